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

/** An estimate with its interval. */
export interface Estimate {
  readonly value: number;
  readonly interval: Interval | null;
}

/**
 * The interval of one - other, of two independent estimates, put together from their own intervals: what each of them may be off on the side that counts, in squares. Of two Wilson
 * intervals it is Newcombe's tenth method; of two symmetric ones the usual one. Null where an interval is missing, a value undefined, or their confidences differ.
 * @see Zou and Donner, "Construction of confidence limits about effect measures: a general approach", 2008, equation 3
 */
export function differenceInterval(one: Estimate, other: Estimate): Interval | null {
  const [a, b] = [one.interval, other.interval];
  const value = one.value - other.value;
  if (a === null || b === null || a.confidence !== b.confidence || !Number.isFinite(value)) return null;
  return {
    low: value - Math.hypot(one.value - a.low, b.high - other.value),
    high: value + Math.hypot(a.high - one.value, other.value - b.low),
    confidence: a.confidence,
    method: a.method === b.method ? `difference of two: ${a.method}` : `difference: ${a.method}; ${b.method}`,
  };
}
