/**
 * Logarithms and the exponential with the same bits on every machine and in every language.
 *
 * `Math.log` and its like are allowed to differ from machine to machine, and NumPy's differ with the processor's vector
 * units. A model that was trained on one side of such a difference and served on the other is off by a bit here and by
 * a whole bucket there. These functions use additions, multiplications, divisions and the binary exponent alone, each of
 * which IEEE 754 rounds in one way only; `python/mlspec/transform/portable_math.py` has the same lines, and both give the
 * same double for every input. Errors stay under 1 ulp.
 *
 * The method is that of FreeBSD's msun (e_log.c, s_log1p.c, e_exp.c) with the branch for small arguments left out:
 *
 *   Copyright (C) 1993, 2004 by Sun Microsystems, Inc. All rights reserved.
 *   Permission to use, copy, modify, and distribute this software is freely granted,
 *   provided that this notice is preserved.
 */

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const L1 = 0.6666666666666735;
const L2 = 0.3999999999940942;
const L3 = 0.2857142874366239;
const L4 = 0.22222198432149784;
const L5 = 0.1818357216161805;
const L6 = 0.15313837699209373;
const L7 = 0.14798198605116586;
const P1 = 0.16666666666666602;
const P2 = -0.0027777777777015593;
const P3 = 6.613756321437934e-5;
const P4 = -1.6533902205465252e-6;
const P5 = 4.1381367970572385e-8;
const INVERSE_LN2 = Math.LOG2E;
const TWO_54 = 1.8014398509481984e16;
/** 1 + x lies between the square roots of 1/2 and of 2 (nearly): no exponent is split off. */
const NARROW_LOW = -0.2928932;
const NARROW_HIGH = 0.4142135;
const EXP_OVERFLOW = 709.782712893384;
const EXP_UNDERFLOW = -745.1332191019411;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** ln(1 + f) + k ln 2 + c, for 1 + f between the square roots of 1/2 and of 2. */
function logOfReduced(f: number, k: number, c: number): number {
  const halfSquare = 0.5 * f * f;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (L2 + w * (L4 + w * L6));
  const odd = z * (L1 + w * (L3 + w * (L5 + w * L7)));
  return s * (halfSquare + (odd + even)) + (k * LN2_LOW + c) - halfSquare + f + k * LN2_HIGH;
}

/** The natural logarithm. Below zero NaN, of zero -Infinity, of NaN NaN. */
export function portableLog(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  let k = 0;
  let value = x;
  if (value < 2.2250738585072014e-308) {
    value *= TWO_54;
    k = -54;
  }
  double[0] = value;
  const high = words[1]! + 0x95f62;
  k += (high >>> 20) - 1023;
  words[1] = (high & 0xfffff) + 0x3fe6a09e;
  return logOfReduced(double[0] - 1, k, 0);
}

/** ln(1 + x), exact also where x is tiny. Below -1 NaN, of -1 -Infinity, of NaN NaN; -0 stays -0. */
export function portableLog1p(x: number): number {
  if (!(x > -1)) return x === -1 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x > -1.1102230246251565e-16 && x < 1.1102230246251565e-16) return x;
  if (x > NARROW_LOW && x < NARROW_HIGH) return logOfReduced(x, 0, 0);
  if (x === Number.POSITIVE_INFINITY) return x;
  const u = 1 + x;
  double[0] = u;
  const high = words[1]! + 0x95f62;
  const k = (high >>> 20) - 1023;
  const c = k < 54 ? (k >= 2 ? 1 - (u - x) : x - (u - 1)) / u : 0;
  words[1] = (high & 0xfffff) + 0x3fe6a09e;
  return logOfReduced(double[0] - 1, k, c);
}

/** 2 to the power k, for -1022 <= k <= 1023. */
function powerOfTwo(k: number): number {
  words[0] = 0;
  words[1] = (k + 1023) << 20;
  return double[0]!;
}

/** e to the power x. Above 709.78 Infinity, below -745.13 zero, of NaN NaN. */
export function portableExp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > EXP_OVERFLOW) return Number.POSITIVE_INFINITY;
  if (x < EXP_UNDERFLOW) return 0;
  const k = Math.trunc(INVERSE_LN2 * x + (x < 0 ? -0.5 : 0.5));
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const square = r * r;
  const c = r - square * (P1 + square * (P2 + square * (P3 + square * (P4 + square * P5))));
  const y = 1 + ((r * c) / (2 - c) - low + high);
  if (k < -1021) return y * powerOfTwo(k + 100) * 7.888609052210118e-31;
  return k === 1024 ? y * 2 * 8.98846567431158e307 : y * powerOfTwo(k);
}
