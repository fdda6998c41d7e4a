import { CompensatedSum, quantileOfSorted, risingOrder } from '../stats/index.ts';
import { type NumberObservations, weightOf } from './observations.ts';

const smallestDivisor = 2.220446049250313e-16;

/** |error|, row by row. */
export function absoluteErrors({ actual, predicted }: NumberObservations): Float64Array {
  return actual.map((value, row) => Math.abs(value - predicted[row]!));
}

/** error², row by row. */
export function squaredErrors({ actual, predicted }: NumberObservations): Float64Array {
  return actual.map((value, row) => (value - predicted[row]!) ** 2);
}

/** |error| / |actual|, row by row; an actual of 0 counts as the spacing of doubles at 1 (as in scikit-learn). */
export function percentageErrors({ actual, predicted }: NumberObservations): Float64Array {
  return actual.map((value, row) => Math.abs(value - predicted[row]!) / Math.max(Math.abs(value), smallestDivisor));
}

/** The pinball loss of a quantile, row by row. */
export function quantileLosses({ actual, predicted }: NumberObservations, quantile: number): Float64Array {
  return actual.map((value, row) =>
    Math.max(quantile * (value - predicted[row]!), (quantile - 1) * (value - predicted[row]!)),
  );
}

/**
 * R² = 1 - residual sum of squares / total sum of squares, and its standard error by the delta method. NaN with fewer than
 * two rows; constant actuals: 1 if exact, else 0, without an error.
 */
export function rSquared(observations: NumberObservations): { readonly value: number; readonly error: number } {
  const { actual, rowCount } = observations;
  if (rowCount < 2) return { value: Number.NaN, error: Number.NaN };
  const mean = weightedMean(actual, observations);
  const squares = squaredErrors(observations);
  const distances = actual.map((value) => (value - mean) ** 2);
  const residual = weightedMean(squares, observations);
  const total = weightedMean(distances, observations);
  if (total === 0) return { value: residual === 0 ? 1 : 0, error: Number.NaN };
  const ratio = residual / total;
  const influences = squares.map((square, row) => (square - ratio * distances[row]!) / total);
  return { value: 1 - ratio, error: meanStandardError(influences, observations) };
}

/** The weighted mean of values, one a row. NaN without rows. */
export function weightedMean(values: Float64Array, observations: { readonly weights: Float64Array | null }): number {
  const sum = new CompensatedSum();
  const total = new CompensatedSum();
  for (let row = 0; row < values.length; row++) {
    const weight = weightOf(observations, row);
    sum.add(weight * values[row]!);
    total.add(weight);
  }
  return sum.value / total.value;
}

/** The standard error of a weighted mean. NaN with fewer than two rows. */
export function meanStandardError(
  values: Float64Array,
  observations: { readonly weights: Float64Array | null },
): number {
  if (values.length < 2) return Number.NaN;
  const mean = weightedMean(values, observations);
  let squares = 0;
  let total = 0;
  for (let row = 0; row < values.length; row++) {
    const weight = weightOf(observations, row);
    squares += (weight * (values[row]! - mean)) ** 2;
    total += weight;
  }
  return (Math.sqrt(squares) / total) * Math.sqrt(values.length / (values.length - 1));
}

/**
 * The weighted median: the smallest value at which half of the weight is reached, or the mean of two where exactly half is.
 * Rows of weight 0 do not count. NaN without rows.
 */
export function median(values: Float64Array, observations: { readonly weights: Float64Array | null }): number {
  if (observations.weights === null) return quantileOfSorted(Float64Array.from(values).sort(), 0.5);
  const order = risingOrder(values).filter((row) => weightOf(observations, row) > 0);
  const half = observations.weights.reduce((sum, weight) => sum + weight, 0) / 2;
  let reached = 0;
  for (const [place, row] of order.entries()) {
    reached += weightOf(observations, row);
    if (reached > half) return values[row]!;
    if (reached === half) return (values[row]! + values[order[place + 1]!]!) / 2;
  }
  return Number.NaN;
}

/** How many equally weighted rows tell as much: (Σ w)² / Σ w². @see Kish 1965 */
export function effectiveCount(observations: {
  readonly rowCount: number;
  readonly weights: Float64Array | null;
}): number {
  if (observations.weights === null) return observations.rowCount;
  let sum = 0;
  let squares = 0;
  for (const weight of observations.weights) {
    sum += weight;
    squares += weight * weight;
  }
  return squares === 0 ? 0 : (sum * sum) / squares;
}
