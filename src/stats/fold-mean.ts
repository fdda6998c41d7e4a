/**
 * The mean of a metric over the folds of a cross-validation, with an interval. Folds share rows that they train on, so that their values are not
 * independent, and the usual error of a mean is too small; no estimate of it is without bias for all data (Bengio and Grandvalet). The
 * correction of Nadeau and Bengio puts 1/k + h/t in the place of 1/k, with h rows held out for t that are trained on: it was made for repeated random
 * divisions, and is about right, mostly wide, for folds.
 *
 * @see Nadeau and Bengio, Inference for the Generalization Error, Machine Learning 52, 2003, section 3
 * @see Bengio and Grandvalet, No Unbiased Estimator of the Variance of K-Fold Cross-Validation, JMLR 5, 2004
 */
import { studentQuantile } from './beta.ts';
import type { Interval } from './intervals.ts';
import { CompensatedSum } from './sums.ts';

/** What is known of a mean over folds. */
export interface FoldMean {
  readonly mean: number;
  /** Of a sample (n - 1). */
  readonly deviation: number;
  /** It does not end where the metric ends. */
  readonly interval: Interval;
}

/**
 * The mean, every fold counting the same.
 * @param values one a fold, at least two, all finite; NaN otherwise
 * @param heldOutRatio rows held out for each that is trained on, the mean over folds; above 0
 */
export function foldMean(
  values: readonly number[],
  { heldOutRatio, confidence = 0.95 }: { readonly heldOutRatio: number; readonly confidence?: number },
): FoldMean {
  const count = values.length;
  const mean = sumOf(values) / count;
  const deviation = Math.sqrt(sumOf(values.map((value) => (value - mean) ** 2)) / (count - 1));
  const half = studentQuantile((1 + confidence) / 2, count - 1) * deviation * Math.sqrt(1 / count + heldOutRatio);
  return { mean, deviation, interval: { low: mean - half, high: mean + half, confidence, method: 'corrected t' } };
}

function sumOf(values: readonly number[]): number {
  const sum = new CompensatedSum();
  for (const value of values) sum.add(value);
  return sum.value;
}
