"""Logarithms and the exponential with the same bits on every machine and in every language.

`math.log` and NumPy's functions may differ from machine to machine. These use additions, multiplications, divisions and the
binary exponent alone, which IEEE 754 rounds in one way only, and follow `src/transform/numerics/portable-math.ts` line by
line: both give the same double for every input. Errors stay under 1 ulp.

The method is that of FreeBSD's msun (e_log.c, s_log1p.c, e_exp.c) with the branch for small arguments left out:

    Copyright (C) 1993, 2004 by Sun Microsystems, Inc. All rights reserved.
    Permission to use, copy, modify, and distribute this software is freely granted,
    provided that this notice is preserved.
"""

import math

LN2_HIGH = 0.6931471803691238
LN2_LOW = 1.9082149292705877e-10
L1 = 0.6666666666666735
L2 = 0.3999999999940942
L3 = 0.2857142874366239
L4 = 0.22222198432149784
L5 = 0.1818357216161805
L6 = 0.15313837699209373
L7 = 0.14798198605116586
P1 = 0.16666666666666602
P2 = -0.0027777777777015593
P3 = 6.613756321437934e-05
P4 = -1.6533902205465252e-06
P5 = 4.1381367970572385e-08
INVERSE_LN2 = 1.4426950408889634
# The double with the upper word 0x3fe6a09e: reduced arguments lie between it and its double.
SPLIT = 0.7071065902709961
NARROW_LOW = -0.2928932
NARROW_HIGH = 0.4142135
TINY = 1.1102230246251565e-16
EXP_OVERFLOW = 709.782712893384
EXP_UNDERFLOW = -745.1332191019411
TWO_1023 = 8.98846567431158e+307
TWO_MINUS_100 = 7.888609052210118e-31


def _log_of_reduced(f, k, c):
    """ln(1 + f) + k ln 2 + c, for 1 + f between the square roots of 1/2 and of 2. Numbers or arrays."""
    half_square = 0.5 * f * f
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (L2 + w * (L4 + w * L6))
    odd = z * (L1 + w * (L3 + w * (L5 + w * L7)))
    return s * (half_square + (odd + even)) + (k * LN2_LOW + c) - half_square + f + k * LN2_HIGH


def _reduce(x):
    mantissa, exponent = math.frexp(x)
    if mantissa >= SPLIT:
        return mantissa - 1.0, exponent
    return mantissa * 2.0 - 1.0, exponent - 1


def log(x):
    """The natural logarithm. Below zero NaN, of zero -inf, of NaN NaN."""
    if not x > 0.0:
        return -math.inf if x == 0.0 else math.nan
    if x == math.inf:
        return x
    f, k = _reduce(x)
    return _log_of_reduced(f, k, 0.0)


def log1p(x):
    """ln(1 + x). Below -1 NaN, of -1 -inf, of NaN NaN; -0 stays -0."""
    if not x > -1.0:
        return -math.inf if x == -1.0 else math.nan
    if -TINY < x < TINY:
        return x
    if NARROW_LOW < x < NARROW_HIGH:
        return _log_of_reduced(x, 0, 0.0)
    if x == math.inf:
        return x
    u = 1.0 + x
    f, k = _reduce(u)
    if k < 54:
        c = (1.0 - (u - x) if k >= 2 else x - (u - 1.0)) / u
    else:
        c = 0.0
    return _log_of_reduced(f, k, c)


def exp(x):
    """e to the power x. Above 709.78 inf, below -745.13 zero, of NaN NaN."""
    if x != x:
        return x
    if x > EXP_OVERFLOW:
        return math.inf
    if x < EXP_UNDERFLOW:
        return 0.0
    k = int(INVERSE_LN2 * x + (-0.5 if x < 0 else 0.5))
    high = x - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    square = r * r
    c = r - square * (P1 + square * (P2 + square * (P3 + square * (P4 + square * P5))))
    y = 1.0 + ((r * c) / (2.0 - c) - low + high)
    if k < -1021:
        return y * math.ldexp(1.0, k + 100) * TWO_MINUS_100
    return y * 2.0 * TWO_1023 if k == 1024 else y * math.ldexp(1.0, k)


def log_array(np, x):
    """`log` for an array."""
    usable = (x > 0.0) & (x < math.inf)
    f, k = _reduce_array(np, np.where(usable, x, 1.0))
    out = _log_of_reduced(f, k, 0.0)
    return np.where(usable, out, np.where(x == 0.0, -math.inf, np.where(x > 0.0, x, math.nan)))


def log1p_array(np, x):
    """`log1p` for an array."""
    usable = (x > -1.0) & (x < math.inf)
    safe = np.where(usable, x, 0.0)
    narrow = (safe > NARROW_LOW) & (safe < NARROW_HIGH)
    u = 1.0 + safe
    f, k = _reduce_array(np, u)
    c = np.where(k < 54, np.where(k >= 2, 1.0 - (u - safe), safe - (u - 1.0)) / u, 0.0)
    f = np.where(narrow, safe, f)
    k = np.where(narrow, 0.0, k)
    c = np.where(narrow, 0.0, c)
    out = _log_of_reduced(f, k, c)
    out = np.where((safe > -TINY) & (safe < TINY), safe, out)
    return np.where(usable, out, np.where(x == -1.0, -math.inf, np.where(x > 0.0, x, math.nan)))


def _reduce_array(np, x):
    mantissa, exponent = np.frexp(x)
    upper = mantissa >= SPLIT
    return np.where(upper, mantissa, mantissa * 2.0) - 1.0, np.where(upper, exponent, exponent - 1).astype(np.float64)


def exp_array(np, x):
    """`exp` for an array."""
    usable = (x <= EXP_OVERFLOW) & (x >= EXP_UNDERFLOW)
    safe = np.where(usable, x, 0.0)
    k = np.trunc(INVERSE_LN2 * safe + np.where(safe < 0, -0.5, 0.5))
    high = safe - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    square = r * r
    c = r - square * (P1 + square * (P2 + square * (P3 + square * (P4 + square * P5))))
    y = 1.0 + ((r * c) / (2.0 - c) - low + high)
    tiny = k < -1021
    huge = k == 1024
    power = np.ldexp(1.0, np.where(tiny, k + 100, np.where(huge, 1023, k)).astype(np.int64))
    out = np.where(huge, y * 2.0, y) * power * np.where(tiny, TWO_MINUS_100, 1.0)
    return np.where(usable, out, np.where(x > 0.0, math.inf, np.where(x < 0.0, 0.0, x)))
