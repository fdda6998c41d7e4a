/** A rising function and its slope at a point. */
export interface ValueAndSlope {
  readonly value: number;
  readonly slope: number;
}

/**
 * The root of a rising function between `low` and `high`: Newton's steps, halved where they leave the bracket or gain too
 * little. Values of ±Infinity say only on which side the root lies.
 */
export function solveMonotone(
  at: (x: number) => ValueAndSlope,
  bracket: { readonly low: number; readonly high: number; readonly start: number },
): number {
  let { low, high } = bracket;
  let x = Math.min(high, Math.max(low, bracket.start));
  for (let turn = 0; turn < 200; turn++) {
    const { value, slope } = at(x);
    if (value === 0) return x;
    if (value < 0) low = x;
    else high = x;
    const newton = x - value / slope;
    const isUseful = Number.isFinite(newton) && newton > low && newton < high;
    const next = isUseful ? newton : low + (high - low) / 2;
    if (next === x || Math.abs(next - x) <= 1e-16 * Math.abs(x) || high - low <= 1e-16 * Math.abs(x)) return next;
    x = next;
  }
  return x;
}
