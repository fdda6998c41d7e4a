import type { Observations } from './observations.ts';

/** A model that needs no training. */
export type TrivialKind = 'majority' | 'mean' | 'median' | 'prior';

/** What a trivial model learns from the training part. */
export interface LearntLabels {
  /** Rows of each class, in the order of the observations' classes. */
  readonly counts: readonly number[];
  readonly mean: number;
  readonly median: number;
}

/**
 * What a trivial model says of the rows of observations. Classifiers: `majority` says the most frequent class of the
 * training part (of equally frequent ones the first) and gives no scores, `prior` says the same and gives the frequencies
 * as scores. Numbers: the mean or the median. Rankings: one score for all, as good as an order by chance. Null where the
 * kind says nothing of such a task, and where nothing was learnt.
 */
export function trivialAnswers(
  kind: TrivialKind,
  learnt: LearntLabels,
  observations: Observations,
): Observations | null {
  const { rowCount } = observations;
  if (observations.kind === 'ranking') return { ...observations, scores: new Float64Array(rowCount) };
  if (observations.kind === 'numbers') {
    const value = kind === 'median' ? learnt.median : learnt.mean;
    const isNumber = (kind === 'mean' || kind === 'median') && Number.isFinite(value);
    return isNumber ? { ...observations, predicted: new Float64Array(rowCount).fill(value) } : null;
  }
  const total = learnt.counts.reduce((sum, count) => sum + count, 0);
  if ((kind !== 'majority' && kind !== 'prior') || total === 0) return null;
  const majority = learnt.counts.indexOf(Math.max(...learnt.counts));
  return {
    ...observations,
    predicted: new Int32Array(rowCount).fill(majority),
    scores: kind === 'prior' ? learnt.counts.map((count) => new Float64Array(rowCount).fill(count / total)) : null,
  };
}
