/* How the intervals of metrics are made. Every method is named in the interval it gives. */
import { seededRandom } from '../encoding/index.ts';
import {
  clopperPearsonInterval,
  type Interval,
  percentileInterval,
  studentQuantile,
  wilsonInterval,
} from '../stats/index.ts';
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

/** The interval value ± t·error of Student's distribution. Null where the error is not finite. */
export function studentInterval(
  value: number,
  error: number,
  options: { readonly degrees: number; readonly method: string; readonly bounds?: Bounds },
): Interval | null {
  if (!Number.isFinite(value) || !Number.isFinite(error)) return null;
  const half = studentQuantile(1 - (1 - confidence) / 2, options.degrees) * error;
  return {
    low: Math.max(options.bounds?.low ?? Number.NEGATIVE_INFINITY, value - half),
    high: Math.min(options.bounds?.high ?? Number.POSITIVE_INFINITY, value + half),
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

/**
 * The interval of a metric whose best value is 1, where all rows were right and resampling shows no spread: as many rows
 * without a mistake leave room for mistakes, and the exact interval for none among them says how much.
 * @param count how many rows tell
 */
export function perfectInterval(count: number): Interval | null {
  const none = clopperPearsonInterval(Math.floor(count), Math.floor(count), confidence);
  return none === null ? null : { ...none, method: `Clopper-Pearson, none wrong of ${Math.floor(count)}` };
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
    ? percentileInterval(resample(observations, sampled.reweighted))
    : groupedInterval(observations, value, sampled.value);
}

function resample(
  observations: Weighted & { readonly rowCount: number },
  compute: (weights: Float64Array) => number,
): Float64Array {
  const random = seededRandom('rows');
  const weights = new Float64Array(observations.rowCount);
  return Float64Array.from({ length: replicateCount }, () => {
    for (let row = 0; row < weights.length; row++) weights[row] = poisson(random) * (observations.weights?.[row] ?? 1);
    return compute(weights);
  });
}

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
