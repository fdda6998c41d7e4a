/* How the intervals of metrics are made. Every method is named in the interval it gives. */
import { seededRandom } from '../encoding/index.ts';
import {
  clopperPearsonInterval,
  type Interval,
  percentileInterval,
  studentQuantile,
  wilsonInterval,
} from '../stats/index.ts';
import { oncePer } from './memo.ts';
import type { Measured } from './metric.ts';
import type { ClassObservations, NumberObservations, Observations } from './observations.ts';
import { meanStandardError, weightedMean } from './row-means.ts';
import { selectRows } from './select-rows.ts';

const replicateCount = 200;
const maximumResampledRows = 20_000;
const groupCount = 40;
const confidence = 0.95;

/** What of observations an interval depends on. */
export interface Weighted {
  readonly weights: Float64Array | null;
}

/** Limits of what a metric can be. */
export interface Bounds {
  readonly low?: number;
  readonly high?: number;
}

/** The interval value ± t·error of Student's distribution. Null where the error is not finite, and without degrees of freedom. */
export function studentInterval(
  value: number,
  error: number,
  options: { readonly degrees: number; readonly method: string; readonly bounds?: Bounds },
): Interval | null {
  if (!Number.isFinite(value) || !Number.isFinite(error) || !(options.degrees > 0)) return null;
  const half = studentQuantile(1 - (1 - confidence) / 2, options.degrees) * error;
  return {
    // A mean of equal numbers may lie beyond them by a rounding.
    low: Math.min(value, Math.max(options.bounds?.low ?? Number.NEGATIVE_INFINITY, value - half)),
    high: Math.max(value, Math.min(options.bounds?.high ?? Number.POSITIVE_INFINITY, value + half)),
    confidence,
    method: options.method,
  };
}

/** The mean of one number a row, with Student's interval. NaN without rows; no interval with fewer than two. */
export function measureMean(values: Float64Array, observations: Weighted, bounds: Bounds = {}): Measured {
  const value = weightedMean(values, observations);
  return {
    value,
    interval: studentInterval(value, meanStandardError(values, observations), {
      degrees: values.length - 1,
      method: "Student's t, of the mean",
      bounds,
    }),
  };
}

/**
 * A share with Wilson's interval.
 * @param effectiveShare how many equal rows a unit of weight is worth; 1 without weights
 */
export function measureShare(successes: number, trials: number, effectiveShare: number): Measured {
  return {
    value: trials === 0 ? 0 : successes / trials,
    interval: wilsonInterval(successes * effectiveShare, trials * effectiveShare),
  };
}

/** Where a metric lies that has reached an end of its range. */
export interface RangeEnd {
  readonly range: readonly [low: number, high: number];
  readonly value: number;
}

/**
 * The interval of a metric that has reached an end of its range because all rows were right, or all were wrong, where
 * resampling shows no spread: as many rows without an exception leave room for exceptions, and the exact interval for none
 * among them says how much. It reaches from that end into the range, by as large a share of it as rows may be exceptions.
 * @param count how many rows tell; null is the answer for fewer than one
 */
export function noneAmongInterval(count: number, { range: [low, high], value }: RangeEnd): Interval | null {
  const rows = Math.floor(count);
  const none = clopperPearsonInterval(0, rows, confidence);
  if (none === null) return null;
  const reach = none.high * (high - low);
  const isHigh = value === high;
  return {
    low: isHigh ? high - reach : low,
    high: isHigh ? high : low + reach,
    confidence,
    method: `Clopper-Pearson, no exception among ${rows}`,
  };
}

/** The interval of an area of 1: as many rows of the rarer class without a mistake leave room for mistakes. */
export function perfectInterval(count: number): Interval | null {
  return noneAmongInterval(count, { range: [0, 1], value: 1 });
}

/**
 * The percentile interval of replicates around a value. Replicates of few rows lie to one side of the value of a curved
 * metric (a calibration error only grows when rows are drawn again); the interval is widened so far that it holds the
 * value. Null where the value is undefined.
 */
export function replicateInterval(value: number, replicates: ArrayLike<number>): Interval | null {
  const interval = Number.isNaN(value) ? null : percentileInterval(replicates);
  return interval === null
    ? null
    : { ...interval, low: Math.min(interval.low, value), high: Math.max(interval.high, value) };
}

/** How a metric is computed for an interval. */
export interface Sampled<O extends Observations> {
  readonly value: (observations: O) => number;
  /** The value under other weights of the same rows; what does not depend on weights is worked out before. */
  readonly reweighted: (weights: Float64Array) => number;
}

/**
 * The interval of any metric of rows. Up to 20,000 rows by a bootstrap, in which every row weighs as often as it would be
 * drawn; with more rows from 40 groups of every fortieth row: each group has its own value, and their spread gives the
 * error of the whole. Seeded: equal rows give equal intervals.
 */
export function sampledInterval<O extends ClassObservations | NumberObservations>(
  observations: O,
  value: number,
  sampled: Sampled<O>,
): Interval | null {
  return observations.rowCount <= maximumResampledRows
    ? replicateInterval(value, resample(observations, sampled.reweighted))
    : groupedInterval(observations, value, sampled.value);
}

function resample(
  observations: Weighted & { readonly rowCount: number },
  compute: (weights: Float64Array) => number,
): Float64Array {
  const weights = new Float64Array(observations.rowCount);
  return Float64Array.from(drawsFor(observations), (draws) => {
    for (let row = 0; row < weights.length; row++) weights[row] = draws[row]! * (observations.weights?.[row] ?? 1);
    return compute(weights);
  });
}

/** How often each row is drawn in each replicate, once for all metrics of the same observations. */
const drawsFor = oncePer(({ rowCount }: { readonly rowCount: number }): Uint8Array[] => {
  const random = seededRandom('rows');
  return Array.from({ length: replicateCount }, () => new Uint8Array(rowCount).map(() => poisson(random)));
});

function groupedInterval<O extends ClassObservations | NumberObservations>(
  observations: O,
  value: number,
  compute: (observations: O) => number,
): Interval | null {
  const values = Float64Array.from({ length: groupCount }, (_, group) => {
    const rows = new Uint32Array(Math.ceil((observations.rowCount - group) / groupCount));
    for (let index = 0; index < rows.length; index++) rows[index] = group + index * groupCount;
    return compute(selectRows(observations, rows) as O);
  });
  return studentInterval(value, meanStandardError(values, { weights: null }), {
    degrees: groupCount - 1,
    method: `${groupCount} groups of rows`,
  });
}

/** How often a row is drawn: a Poisson number of mean 1. */
function poisson(random: () => number): number {
  const limit = Math.exp(-1);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count++;
  return count;
}
