/** How measured values lie: never a median without its spread. */
export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  /** How many values there were. */
  readonly times: number;
}

/**
 * The spread of values; of an even number of them the median is the mean of the two in the middle.
 * @throws RangeError for no values
 */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('expected at least one measured value');
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index]!;
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? at(half) : (at(half - 1) + at(half)) / 2;
  return { median, lowest: at(0), highest: at(sorted.length - 1), times: sorted.length };
}

/** The median of values. */
export function medianOf(values: readonly number[]): number {
  return spreadOf(values).median;
}
