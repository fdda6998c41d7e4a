import { studentQuantile } from './beta.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { CompensatedSum } from './sums.ts';

/** Where a value lies, and how far others go to either side. */
export interface Spread {
  readonly centre: number;
  readonly deviation: number;
}

/** Mean and deviation (n - 1) of at least two finite values, of any size: neither sum nor squares overflow or vanish. */
export function meanAndDeviation(values: readonly number[]): Spread {
  const largest = largestOf(values);
  if (largest === 0) return { centre: 0, deviation: 0 };
  const sum = new CompensatedSum();
  for (const value of values) sum.add(value / largest);
  const centre = (sum.value / values.length) * largest;
  const far = largestOf(values.map((value) => value - centre));
  if (far === 0) return { centre, deviation: 0 };
  const squares = new CompensatedSum();
  for (const value of values) squares.add(((value - centre) / far) ** 2);
  return { centre, deviation: far * Math.sqrt(squares.value / (values.length - 1)) };
}

function largestOf(values: readonly number[]): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

/** Median, and median distance from it. */
export function medianAndDeviation(values: ArrayLike<number>): Spread {
  const centre = medianOf(Float64Array.from(values));
  return { centre, deviation: medianOf(Float64Array.from(values, (value) => Math.abs(value - centre))) };
}

/** Sorts the values. */
function medianOf(values: Float64Array): number {
  values.sort();
  const middle = values.length >> 1;
  return values.length % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
}

/**
 * How many deviations (n - 1) from the mean of `count` normal values the next one lies beyond on one side with probability `tail`:
 * exact at every count from 2 on.
 * @param tail 0 < tail < 1
 * @see Hahn and Meeker, Statistical Intervals (1991), section 4.7
 */
export function studentReach(count: number, tail: number): number {
  return -studentQuantile(tail, count - 1) * Math.sqrt(1 + 1 / count);
}

/** Values that are drawn to find how far robust deviations reach, and the most samples of them. */
const drawnValues = 400_000;
const mostSamples = 4_000;

/**
 * How many median deviations from the median of `count` normal values the next one lies beyond on one side with probability `tail`. It has
 * no formula: samples are drawn, the probability is exact for each of them, and the reach is where its mean is `tail`. The
 * probability at the reach is that of the tail to within a few per cent of it.
 * @param count at least 5: of fewer the reach is no number to work with
 * @param tail 0 < tail < 1/2
 * @param random numbers in [0, 1): one sequence gives one reach
 */
export function robustReach(count: number, tail: number, random: () => number): number {
  const samples = Math.max(500, Math.min(mostSamples, Math.floor(drawnValues / count)));
  const drawn = new Float64Array(count);
  const spreads = Array.from({ length: samples }, () => {
    for (let at = 0; at < count; at++) drawn[at] = normalQuantile(Math.min(1 - 1e-16, random() + 2 ** -54));
    return medianAndDeviation(drawn);
  });
  // Either side of each sample counts, as if it were mirrored.
  const beyond = (reach: number): number => {
    let sum = 0;
    for (const { centre, deviation } of spreads)
      sum += normalCdf(-(centre + reach * deviation)) + normalCdf(centre - reach * deviation);
    return sum / (2 * samples);
  };
  let [low, high] = [0, 1];
  while (beyond(high) > tail) [low, high] = [high, high * 2];
  while (high - low > 1e-6 * high) {
    const middle = (low + high) / 2;
    if (beyond(middle) > tail) low = middle;
    else high = middle;
  }
  return high;
}
