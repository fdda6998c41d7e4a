import { type ClassObservations, weightOf } from './observations.ts';
import { effectiveCount } from './row-means.ts';

/** Weighted counts: `counts[actual * size + predicted]`. */
export interface Confusion {
  readonly size: number;
  readonly counts: Float64Array;
  /** How many equally weighted rows tell as much: the number of rows without weights. */
  readonly effectiveCount: number;
}

/** Counts how often each class was predicted as each. */
export function confusionOf(observations: ClassObservations): Confusion {
  const size = observations.classes.length;
  const counts = new Float64Array(size * size);
  for (let row = 0; row < observations.rowCount; row++) {
    const cell = observations.actual[row]! * size + observations.predicted[row]!;
    counts[cell] = counts[cell]! + weightOf(observations, row);
  }
  return { size, counts, effectiveCount: effectiveCount(observations) };
}

/** Sum over a row (how often a class was true). */
export function actualCount({ size, counts }: Confusion, index: number): number {
  let sum = 0;
  for (let other = 0; other < size; other++) sum += counts[index * size + other]!;
  return sum;
}

/** Sum over a column (how often a class was predicted). */
export function predictedCount({ size, counts }: Confusion, index: number): number {
  let sum = 0;
  for (let other = 0; other < size; other++) sum += counts[other * size + index]!;
  return sum;
}

/** How often a class was rightly predicted. */
export function hits({ size, counts }: Confusion, index: number): number {
  return counts[index * size + index]!;
}

/** The sum of all cells. */
export function totalCount({ counts }: Confusion): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}

/** a / b, and 0 where b is 0 (as scikit-learn's zero_division=0). */
export function ratio(a: number, b: number): number {
  return b === 0 ? 0 : a / b;
}

/** Share of rows predicted rightly. NaN without rows. */
export function accuracy(confusion: Confusion): number {
  let right = 0;
  for (let index = 0; index < confusion.size; index++) right += hits(confusion, index);
  return right / totalCount(confusion);
}

/** Of the rows predicted as a class, the share that is of it. */
export function precision(confusion: Confusion, index: number): number {
  return ratio(hits(confusion, index), predictedCount(confusion, index));
}

/** Of the rows of a class, the share predicted as it. */
export function recall(confusion: Confusion, index: number): number {
  return ratio(hits(confusion, index), actualCount(confusion, index));
}

/** Of the rows outside a class, the share predicted outside. */
export function specificity(confusion: Confusion, index: number): number {
  const outside = totalCount(confusion) - actualCount(confusion, index);
  return ratio(outside - (predictedCount(confusion, index) - hits(confusion, index)), outside);
}

/** Of the rows outside a class, the share predicted as it. */
export function falsePositiveRate(confusion: Confusion, index: number): number {
  const outside = totalCount(confusion) - actualCount(confusion, index);
  return ratio(predictedCount(confusion, index) - hits(confusion, index), outside);
}

/** Of the rows of a class, the share not predicted as it. */
export function falseNegativeRate(confusion: Confusion, index: number): number {
  const own = actualCount(confusion, index);
  return ratio(own - hits(confusion, index), own);
}

/** Harmonic mean of precision and recall of a class. */
export function f1(confusion: Confusion, index: number): number {
  return ratio(2 * hits(confusion, index), predictedCount(confusion, index) + actualCount(confusion, index));
}

/** Mean of the recalls of the classes that occur. */
export function balancedAccuracy(confusion: Confusion): number {
  const indexes = Array.from({ length: confusion.size }, (_, index) => index).filter(
    (index) => actualCount(confusion, index) > 0,
  );
  return indexes.reduce((sum, index) => sum + recall(confusion, index), 0) / indexes.length;
}

/** Matthews' correlation, for any number of classes; 0 where it is undefined. @see Gorodkin 2004 */
export function matthews(confusion: Confusion): number {
  const total = totalCount(confusion);
  let right = 0;
  let products = 0;
  let actualSquares = 0;
  let predictedSquares = 0;
  for (let index = 0; index < confusion.size; index++) {
    const actual = actualCount(confusion, index);
    const predicted = predictedCount(confusion, index);
    right += hits(confusion, index);
    products += actual * predicted;
    actualSquares += actual * actual;
    predictedSquares += predicted * predicted;
  }
  const under = Math.sqrt((total * total - predictedSquares) * (total * total - actualSquares));
  return ratio(right * total - products, under);
}

/** Cohen's kappa: agreement beyond what the frequencies alone give. NaN where both are constant. @see Cohen 1960 */
export function kappa(confusion: Confusion): number {
  const total = totalCount(confusion);
  let expected = 0;
  for (let index = 0; index < confusion.size; index++)
    expected += (actualCount(confusion, index) * predictedCount(confusion, index)) / (total * total);
  return (accuracy(confusion) - expected) / (1 - expected);
}

/** Averages a metric of one class over all: each alike (macro), or by how often it occurs (weighted). */
export function averageOver(
  confusion: Confusion,
  metric: (confusion: Confusion, index: number) => number,
  mode: 'macro' | 'weighted',
): number {
  let sum = 0;
  let weight = 0;
  for (let index = 0; index < confusion.size; index++) {
    const share =
      mode === 'macro'
        ? actualCount(confusion, index) + predictedCount(confusion, index) > 0
          ? 1
          : 0
        : actualCount(confusion, index);
    sum += share * metric(confusion, index);
    weight += share;
  }
  return sum / weight;
}
