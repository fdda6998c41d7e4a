import { CompensatedSum, fallingOrder } from '../stats/index.ts';
import { type ClassObservations, weightOf } from './observations.ts';

const smallestProbability = 2.220446049250313e-16;

/** Rows in falling order of a score, with which of them are positive. */
export interface Ranked {
  readonly order: Uint32Array;
  readonly scores: Float64Array;
  /** uint8[rows]: 1 for rows of the positive class. */
  readonly isPositive: Uint8Array;
}

/** A binary view: one class against all others. */
export function rankedFor(observations: ClassObservations, positive: number): Ranked {
  const scores = observations.scores![positive]!;
  return { order: fallingOrder(scores), scores, isPositive: positivesOf(observations, positive) };
}

/** uint8[rows]: 1 for rows of one class. */
function positivesOf({ actual }: ClassObservations, positive: number): Uint8Array {
  return Uint8Array.from(actual, (index) => (index === positive ? 1 : 0));
}

/**
 * Walks down the score and calls back after every group of equal scores with the weight of positives and negatives so far.
 * @param weights null: every row counts 1
 */
export function walkThresholds(
  ranked: Ranked,
  weights: Float64Array | null,
  visit: (truePositives: number, falsePositives: number) => void,
): void {
  const { order, scores, isPositive } = ranked;
  let truePositives = 0;
  let falsePositives = 0;
  for (let place = 0; place < order.length; place++) {
    const row = order[place]!;
    const weight = weights === null ? 1 : weights[row]!;
    if (isPositive[row] === 1) truePositives += weight;
    else falsePositives += weight;
    if (place + 1 < order.length && scores[order[place + 1]!] === scores[row]) continue;
    visit(truePositives, falsePositives);
  }
}

/** Area under the ROC curve by the trapezoid rule; ties count half. NaN with one class only, and with scores of NaN. */
export function rocAuc(ranked: Ranked, weights: Float64Array | null): number {
  let area = 0;
  let lastTrue = 0;
  let lastFalse = 0;
  walkThresholds(ranked, weights, (truePositives, falsePositives) => {
    area += ((falsePositives - lastFalse) * (truePositives + lastTrue)) / 2;
    lastTrue = truePositives;
    lastFalse = falsePositives;
  });
  return Number.isNaN(ranked.scores[ranked.order.at(-1)!]) ? Number.NaN : area / (lastTrue * lastFalse);
}

/** Average precision: the sum of precision over steps of recall. 0 without positives. */
export function averagePrecision(ranked: Ranked, weights: Float64Array | null): number {
  let sum = 0;
  let last = 0;
  walkThresholds(ranked, weights, (truePositives, falsePositives) => {
    if (truePositives > last) sum += ((truePositives - last) * truePositives) / (truePositives + falsePositives);
    last = truePositives;
  });
  return last === 0 ? 0 : sum / last;
}

/** 1 for rows whose class is among the `k` highest scores, else 0; of equal scores the later class comes first. */
export function topHits(observations: ClassObservations, k: number): Float64Array {
  const scores = observations.scores!;
  const hits = new Float64Array(observations.rowCount);
  for (let row = 0; row < hits.length; row++) {
    const actual = observations.actual[row]!;
    const own = scores[actual]![row]!;
    let better = 0;
    for (let index = 0; index < scores.length; index++) {
      const other = scores[index]![row]!;
      if (other > own || (other === own && index > actual)) better++;
    }
    hits[row] = better < k ? 1 : 0;
  }
  return hits;
}

/** -ln of the score of the true class, row by row; scores are kept from 0 by the spacing of doubles at 1. */
export function logLosses(observations: ClassObservations): Float64Array {
  const scores = observations.scores!;
  const losses = new Float64Array(observations.rowCount);
  for (let row = 0; row < losses.length; row++) {
    const share = scores[observations.actual[row]!]![row]!;
    losses[row] = -Math.log(Math.min(1 - smallestProbability, Math.max(smallestProbability, share)));
  }
  return losses;
}

/** (score of the positive class - 1 if it is true)², row by row; with more classes the sum over all of them. */
export function brierLosses(observations: ClassObservations): Float64Array {
  const scores = observations.scores!;
  const classes = observations.classes.length === 2 ? [1] : scores.map((_, index) => index);
  const losses = new Float64Array(observations.rowCount);
  for (let row = 0; row < losses.length; row++) {
    let sum = 0;
    for (const index of classes) sum += (scores[index]![row]! - (observations.actual[row] === index ? 1 : 0)) ** 2;
    losses[row] = sum;
  }
  return losses;
}

/**
 * Expected calibration error: the mean over equal-width bins of the score of |mean score - share of positives|, weighted
 * by the bins' rows. Of more than two classes: of the highest score against whether it was right.
 * @see Guo et al. 2017, equation 3
 */
export function calibrationError(observations: ClassObservations, binCount = 10): number {
  let error = 0;
  let total = 0;
  for (const bin of calibrationBins(observations, binCount)) {
    error += Math.abs(bin.scoreSum - bin.positiveSum);
    total += bin.weight;
  }
  return error / total;
}

/** One bin of a calibration curve. */
export interface CalibrationBin {
  readonly weight: number;
  readonly scoreSum: number;
  readonly positiveSum: number;
}

/** Rows by the bin of their score, each open on the left; empty bins are left out. */
export function calibrationBins(observations: ClassObservations, binCount = 10): CalibrationBin[] {
  const bins = Array.from({ length: binCount }, () => ({ weight: 0, score: new CompensatedSum(), positive: 0 }));
  const scores = observations.scores!;
  for (let row = 0; row < observations.rowCount; row++) {
    const chosen = observations.classes.length === 2 ? 1 : highestClass(scores, row);
    const score = scores[chosen]![row]!;
    const bin = bins[Math.min(binCount - 1, Math.max(0, Math.ceil(score * binCount) - 1))]!;
    const weight = weightOf(observations, row);
    bin.weight += weight;
    bin.score.add(weight * score);
    if (observations.actual[row] === chosen) bin.positive += weight;
  }
  return bins
    .filter((bin) => bin.weight > 0)
    .map((bin) => ({ weight: bin.weight, scoreSum: bin.score.value, positiveSum: bin.positive }));
}

/** What each row cost, as declared. */
export function rowCosts(observations: ClassObservations): Float64Array {
  const size = observations.classes.length;
  const values = new Float64Array(observations.rowCount);
  for (let row = 0; row < values.length; row++)
    values[row] = observations.costs![observations.actual[row]! * size + observations.predicted[row]!]!;
  return values;
}

/** The class with the highest score; of equal ones the first. */
export function highestClass(scores: readonly Float64Array[], row: number): number {
  let highest = 0;
  for (let index = 1; index < scores.length; index++)
    if (scores[index]![row]! > scores[highest]![row]!) highest = index;
  return highest;
}
