/**
 * Mean and standard deviation that are the same for every order of the rows. Sums of floats depend on their order, so a
 * value is first made a whole number: its distance from the middle of the range, in steps of a power of two (at most 52
 * bits, so that the sum of squares fits into 128). Those are summed exactly by the engine and divided here. Whole numbers
 * in a range below 2^52 lose nothing; other values at most 2^-52 of the range, or 2^-1000.
 */

const maximumBits = 52;
const sumBits = 126;
const maximumExponent = 1000;

/** How values of a range become whole numbers: `round((value - center) * scale)`. */
export interface FixedPoint {
  readonly center: number;
  readonly scale: number;
}

/** The fixed point of `count` values between `min` and `max`, all finite. */
export function fixedPointOf(min: number, max: number, count: number): FixedPoint {
  const middle = min / 2 + max / 2;
  const center = Math.abs(middle) < 2 ** 53 ? Math.floor(middle) : middle;
  const useful = center >= min && center <= max ? center : middle;
  const half = Math.max(max - useful, useful - min);
  const bits = Math.min(maximumBits, Math.floor((sumBits - Math.ceil(Math.log2(count + 1))) / 2));
  const exponent = half === 0 ? 0 : Math.ceil(Math.log2(half));
  return { center: useful, scale: 2 ** Math.min(maximumExponent, bits - exponent - 1) };
}

/** Mean and sample standard deviation from the sums of `count` whole numbers and of their squares. */
export function momentsOf(
  sums: { readonly count: number; readonly sum: bigint; readonly squares: bigint },
  { center, scale }: FixedPoint,
): { readonly mean: number; readonly standardDeviation: number | null } {
  const { count, sum, squares } = sums;
  const mean = center + Number(sum) / count / scale;
  if (count < 2) return { mean, standardDeviation: null };
  const above = BigInt(count) * squares - sum * sum;
  return { mean, standardDeviation: Math.sqrt(Number(above) / count / (count - 1)) / scale };
}
