/*
 * The variance of areas under ROC curves, and the covariance of several areas on the same rows.
 *
 * The area is the mean over pairs of a positive and a negative row of 1 where the positive has the higher score, 1/2 where
 * both are equal. Each row's own mean over its pairs is its component; the variance of the area is that of the positives'
 * components over their number plus that of the negatives' over theirs. Mid-ranks give all components in one sort.
 *
 * Source: DeLong, DeLong and Clarke-Pearson 1988; Sun and Xu 2014 for the ranks. No deviations.
 */
import { risingOrder } from './sort-order.ts';
import { CompensatedSum } from './sums.ts';

/** Areas under ROC curves of several scores on the same rows. */
export interface RocAreas {
  /** One a score; NaN with one class only. */
  readonly areas: readonly number[];
  /** `covariance[i][j]` of the areas; NaN with fewer than two rows of a class. */
  readonly covariance: readonly (readonly number[])[];
  readonly positiveCount: number;
  readonly negativeCount: number;
}

/**
 * Areas and their covariance. Ties count half. Rows count alike: there are no weights. NaN scores must be kept out.
 * @param scores one float64[rows] a model
 * @param isPositive uint8[rows], 1 for rows of the positive class
 */
export function rocAreas(scores: readonly Float64Array[], isPositive: Uint8Array): RocAreas {
  let positiveCount = 0;
  for (const flag of isPositive) positiveCount += flag;
  const negativeCount = isPositive.length - positiveCount;
  const counts = { positiveCount, negativeCount };
  const components = scores.map((one) => componentsOf(one, isPositive, counts));
  return {
    areas: components.map(({ area }) => area),
    covariance: components.map((a) => components.map((b) => covarianceOf(a, b))),
    ...counts,
  };
}

interface Components {
  readonly area: number;
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

function componentsOf(
  scores: Float64Array,
  isPositive: Uint8Array,
  counts: { readonly positiveCount: number; readonly negativeCount: number },
): Components {
  const { positiveCount, negativeCount } = counts;
  const order = risingOrder(scores);
  const components = new Float64Array(scores.length);
  let positivesBelow = 0;
  let negativesBelow = 0;
  let sum = 0;
  for (let from = 0; from < order.length; ) {
    const score = scores[order[from]!];
    let to = from;
    let positives = 0;
    while (to < order.length && scores[order[to]!] === score) positives += isPositive[order[to++]!]!;
    const negatives = to - from - positives;
    const ofPositive = (negativesBelow + negatives / 2) / negativeCount;
    const ofNegative = 1 - (positivesBelow + positives / 2) / positiveCount;
    for (let place = from; place < to; place++) {
      const row = order[place]!;
      components[row] = isPositive[row] === 1 ? ofPositive : ofNegative;
    }
    sum += positives * (negativesBelow + negatives / 2);
    positivesBelow += positives;
    negativesBelow += negatives;
    from = to;
  }
  const area = sum / (positiveCount * negativeCount);
  return {
    area,
    positives: components.filter((_, row) => isPositive[row] === 1),
    negatives: components.filter((_, row) => isPositive[row] === 0),
  };
}

function covarianceOf(a: Components, b: Components): number {
  return (
    sampleCovariance(a.positives, b.positives, [a.area, b.area]) / a.positives.length +
    sampleCovariance(a.negatives, b.negatives, [a.area, b.area]) / a.negatives.length
  );
}

function sampleCovariance(x: Float64Array, y: Float64Array, [meanX, meanY]: readonly [number, number]): number {
  if (x.length < 2) return Number.NaN;
  let sum = 0;
  for (let index = 0; index < x.length; index++) sum += (x[index]! - meanX) * (y[index]! - meanY);
  return sum / (x.length - 1);
}

/** The area under the ROC curve of one score, and its variance. */
export interface RocArea {
  /** NaN with one class only. */
  readonly area: number;
  /** NaN with fewer than two rows of a class. */
  readonly variance: number;
}

/**
 * The area of one score and its variance, as `rocAreas` gives it, but several times as fast: both classes are sorted on
 * their own and walked through side by side. Reorders its arguments. NaN scores must be kept out.
 */
export function rocAreaOfSorted(positives: Float64Array, negatives: Float64Array): RocArea {
  positives.sort();
  negatives.sort();
  const pairs = positives.length * negatives.length;
  if (pairs === 0) return { area: Number.NaN, variance: Number.NaN };
  const sum = new CompensatedSum();
  walkMerged(positives, negatives, (below) => sum.add(below));
  const area = sum.value / pairs;
  const variance =
    spreadOf(positives, negatives, area) / positives.length +
    spreadOf(negatives, positives, 1 - area) / negatives.length;
  return { area, variance };
}

/** The sample variance of the components of one class. */
function spreadOf(own: Float64Array, other: Float64Array, mean: number): number {
  let squares = 0;
  walkMerged(own, other, (below) => {
    squares += (below / other.length - mean) ** 2;
  });
  return own.length < 2 ? Number.NaN : squares / (own.length - 1);
}

/** For each of some rising values: how many of the others, also rising, lie below it; equal ones count half. */
function walkMerged(own: Float64Array, other: Float64Array, visit: (below: number) => void): void {
  let below = 0;
  let notAbove = 0;
  for (let index = 0; index < own.length; index++) {
    const value = own[index]!;
    while (below < other.length && other[below]! < value) below++;
    while (notAbove < other.length && other[notAbove]! <= value) notAbove++;
    visit((below + notAbove) / 2);
  }
}
