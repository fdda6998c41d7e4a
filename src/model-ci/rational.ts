/** An exact fraction; the denominator is above 0. Verdicts compare these, so that no rounding decides at an edge. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** 0. */
export const zero: Rational = { numerator: 0n, denominator: 1n };
/** 1. */
export const one: Rational = { numerator: 1n, denominator: 1n };

/** The fraction of two whole numbers in lowest terms. The denominator must not be 0. */
export function fraction(numerator: bigint, denominator: bigint): Rational {
  const sign = denominator < 0n ? -1n : 1n;
  const divisor = greatestDivisor(numerator < 0n ? -numerator : numerator, denominator * sign);
  return { numerator: (numerator * sign) / divisor, denominator: (denominator * sign) / divisor };
}

/**
 * The decimal that a finite number is written as: 0.1 is exactly one tenth, as its writer meant, not the double nearest to it.
 */
export function rationalOf(value: number): Rational {
  const [mantissa, exponent] = value.toExponential().split('e');
  const [whole, part = ''] = mantissa!.split('.');
  const digits = BigInt(`${whole}${part}`);
  const power = Number(exponent) - part.length;
  return power >= 0 ? fraction(digits * 10n ** BigInt(power), 1n) : fraction(digits, 10n ** BigInt(-power));
}

/** a + b. */
export function plus(a: Rational, b: Rational): Rational {
  return fraction(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
}

/** a · b. */
export function times(a: Rational, b: Rational): Rational {
  return fraction(a.numerator * b.numerator, a.denominator * b.denominator);
}

/** -a. */
export function negated(a: Rational): Rational {
  return { numerator: -a.numerator, denominator: a.denominator };
}

/** Below 0, 0 or above 0 as a is below, equal to or above b. */
export function compare(a: Rational, b: Rational): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The double nearest to a fraction, within one unit in the last place. */
export function toNumber({ numerator, denominator }: Rational): number {
  const sign = numerator < 0n ? -1 : 1;
  const above = numerator < 0n ? -numerator : numerator;
  const shift = BigInt(Math.max(0, 64 - (bitLength(above) - bitLength(denominator))));
  const quotient = Number((above << shift) / denominator);
  // Two steps, for 2^-shift alone can be too small for a double.
  const half = Number(shift >> 1n);
  return sign * quotient * 2 ** -half * 2 ** -(Number(shift) - half);
}

function bitLength(value: bigint): number {
  return value.toString(16).length * 4;
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x === 0n ? 1n : x;
}
