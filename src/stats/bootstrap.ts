import type { Interval } from './intervals.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { quantileOfSorted } from './sorted-quantile.ts';

/** How often and with which randomness rows are drawn. */
export interface ResamplingOptions {
  readonly replicates: number;
  /** Numbers in [0, 1); the same ones give the same replicates. */
  readonly random: () => number;
}

/**
 * Bootstrap replicates of a statistic of rows: each time as many rows as there are, drawn with replacement. Two models that
 * are compared are measured on the same rows by one statistic of both (a paired bootstrap).
 * @param statistic gets row numbers, the same array each time
 */
export function bootstrapReplicates(
  rowCount: number,
  statistic: (rows: Uint32Array) => number,
  options: ResamplingOptions,
): Float64Array {
  const rows = new Uint32Array(rowCount);
  return Float64Array.from({ length: options.replicates }, () => {
    for (let place = 0; place < rowCount; place++) rows[place] = Math.floor(options.random() * rowCount);
    return statistic(rows);
  });
}

/**
 * The statistic without each row in turn; with more than `groups` rows, without each of so many groups of every so many
 * rows.
 */
export function jackknifeValues(
  rowCount: number,
  statistic: (rows: Uint32Array) => number,
  groups = 200,
): Float64Array {
  const count = Math.min(rowCount, groups);
  return Float64Array.from({ length: count }, (_, group) => {
    const kept: number[] = [];
    for (let row = 0; row < rowCount; row++) if (row % count !== group) kept.push(row);
    return statistic(Uint32Array.from(kept));
  });
}

/**
 * The bias-corrected and accelerated interval of bootstrap replicates. Null with fewer than 20 finite replicates, and where
 * all lie on one side of the estimate.
 * @param sample the estimate on all rows, its replicates, and its jackknife values
 * @see Efron 1987; Efron and Tibshirani 1993, section 14.3
 */
export function bcaInterval(
  sample: {
    readonly estimate: number;
    readonly replicates: ArrayLike<number>;
    readonly jackknife: ArrayLike<number>;
  },
  confidence = 0.95,
): Interval | null {
  const sorted = Float64Array.from(sample.replicates)
    .filter((value) => Number.isFinite(value))
    .sort();
  if (sorted.length < 20) return null;
  let below = 0;
  for (const value of sorted) below += value < sample.estimate ? 1 : value === sample.estimate ? 0.5 : 0;
  const bias = normalQuantile(below / sorted.length);
  if (!Number.isFinite(bias)) return null;
  const acceleration = accelerationOf(Array.from(sample.jackknife).filter((value) => Number.isFinite(value)));
  const shifted = (p: number): number => {
    const z = bias + normalQuantile(p);
    return normalCdf(bias + z / (1 - acceleration * z));
  };
  const tail = (1 - confidence) / 2;
  return {
    low: quantileOfSorted(sorted, shifted(tail)),
    high: quantileOfSorted(sorted, shifted(1 - tail)),
    confidence,
    method: `BCa bootstrap (${sorted.length})`,
  };
}

/** Skewness of the jackknife values over 6; 0 where they are all equal or none. */
function accelerationOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let squares = 0;
  let cubes = 0;
  for (const value of values) {
    squares += (mean - value) ** 2;
    cubes += (mean - value) ** 3;
  }
  return squares > 0 ? cubes / (6 * squares ** 1.5) : 0;
}
