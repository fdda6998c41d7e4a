import { normalQuantile } from './normal.ts';
import { quantileOfSorted } from './sorted-quantile.ts';

/** A range that holds the true value with a stated probability, and the name of the method that made it. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  /** 0…1. */
  readonly confidence: number;
  readonly method: string;
}

/**
 * Wilson's score interval for a proportion.
 * @param successes 0…trials; weighted sums are allowed
 * @param trials above 0; the effective number where weighted; 0 gives null
 * @see Wilson 1927
 */
export function wilsonInterval(successes: number, trials: number, confidence = 0.95): Interval | null {
  if (!(trials > 0)) return null;
  const z = normalQuantile(1 - (1 - confidence) / 2);
  const share = successes / trials;
  const center = (share + (z * z) / (2 * trials)) / (1 + (z * z) / trials);
  const half =
    (z / (1 + (z * z) / trials)) * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  return {
    low: successes <= 0 ? 0 : Math.max(0, center - half),
    high: successes >= trials ? 1 : Math.min(1, center + half),
    confidence,
    method: 'Wilson',
  };
}

/** The interval value ± z·error, from a standard error. Null where the error is not finite. */
export function normalInterval(
  value: number,
  standardError: number,
  options: { readonly confidence?: number; readonly method: string; readonly low?: number; readonly high?: number },
): Interval | null {
  if (!Number.isFinite(value) || !Number.isFinite(standardError)) return null;
  const confidence = options.confidence ?? 0.95;
  const half = normalQuantile(1 - (1 - confidence) / 2) * standardError;
  return {
    low: Math.max(options.low ?? Number.NEGATIVE_INFINITY, value - half),
    high: Math.min(options.high ?? Number.POSITIVE_INFINITY, value + half),
    confidence,
    method: options.method,
  };
}

/** The central interval of bootstrap replicates (percentile method). Null with fewer than 20 finite replicates. */
export function percentileInterval(replicates: ArrayLike<number>, confidence = 0.95): Interval | null {
  const sorted = Float64Array.from(replicates)
    .filter((value) => Number.isFinite(value))
    .sort();
  if (sorted.length < 20) return null;
  return {
    low: quantileOfSorted(sorted, (1 - confidence) / 2),
    high: quantileOfSorted(sorted, 1 - (1 - confidence) / 2),
    confidence,
    method: `bootstrap (${sorted.length})`,
  };
}
