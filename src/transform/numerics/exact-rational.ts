/** A fraction of whole numbers: numerator / denominator * 2^exponent, denominator > 0. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly exponent: number;
}

function bitLength(value: bigint): number {
  return value === 0n
    ? 0
    : value.toString(16).length * 4 - Math.clz32(Number.parseInt(value.toString(16)[0]!, 16)) + 28;
}

function shift(value: bigint, bits: number): bigint {
  return bits >= 0 ? value << BigInt(bits) : value >> BigInt(-bits);
}

/** whole * 2^exponent as the nearest double (ties to even); `inexact` says that something was cut off below `whole`. */
function roundScaled(whole: bigint, exponent: number, inexact: boolean): number {
  const length = bitLength(whole);
  const drop = Math.max(length - 53, -1074 - exponent);
  if (drop <= 0) return Number(whole) * 2 ** exponent;
  let kept = shift(whole, -drop);
  const rest = whole - shift(kept, drop);
  const half = shift(1n, drop - 1);
  const up = rest > half || (rest === half && (inexact || (kept & 1n) === 1n));
  if (up) kept += 1n;
  return scaleExactly(Number(kept), exponent + drop);
}

/** value * 2^exponent where the result is known to be representable, in steps that stay in range. */
function scaleExactly(value: number, exponent: number): number {
  let out = value;
  let rest = exponent;
  while (rest > 1000) {
    out *= 2 ** 1000;
    rest -= 1000;
  }
  while (rest < -1000) {
    out *= 2 ** -1000;
    rest += 1000;
  }
  return out * 2 ** rest;
}

const GUARD_BITS = 70;

/** The double nearest to a fraction, ties to even. Beyond the range of doubles: an infinity. */
export function roundRational({ numerator, denominator, exponent }: Rational): number {
  if (numerator === 0n) return 0;
  const negative = numerator < 0n;
  const magnitude = negative ? -numerator : numerator;
  const lift = Math.max(0, GUARD_BITS - (bitLength(magnitude) - bitLength(denominator)));
  const lifted = shift(magnitude, lift);
  const whole = lifted / denominator;
  const result = roundScaled(whole, exponent - lift, whole * denominator !== lifted);
  return negative ? -result : result;
}

function integerSquareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let guess = 1n << BigInt(Math.ceil(bitLength(value) / 2));
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

/** The double nearest to the square root of a fraction >= 0. Never overflows where the root is in range. */
export function roundRoot({ numerator, denominator, exponent }: Rational): number {
  if (numerator === 0n) return 0;
  const wanted = 2 * GUARD_BITS - (bitLength(numerator) - bitLength(denominator));
  let lift = Math.max(0, wanted);
  if ((exponent - lift) % 2 !== 0) lift += 1;
  const lifted = shift(numerator, lift);
  const quotient = lifted / denominator;
  const root = integerSquareRoot(quotient);
  const inexact = root * root !== quotient || quotient * denominator !== lifted;
  return roundScaled(root, (exponent - lift) / 2, inexact);
}
