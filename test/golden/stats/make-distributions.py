"""Makes distributions.json: special functions and quantiles, far into the tails.

Most probabilities come from mpmath with 40 digits (those below 1e-290 are left out); quantiles, t, the intervals and
large shapes of beta from SciPy. Run with scipy and mpmath installed: python make-distributions.py > distributions.json
"""

import json
import sys

import mpmath as mp
import numpy as np
import scipy
from scipy import special, stats

mp.mp.dps = 40
rng = np.random.default_rng(8)
cases = []


def add(name, args, value):
    value = float(value)
    if np.isfinite(value) and (value == 0 or abs(value) > 1e-290):
        cases.append([name, [float(a) for a in args], value])


for x in [0, 1e-10, 0.1, 0.46, 0.47, 0.5, 0.9, 1, 1.5, 1.99, 2, 2.01, 3, 4, 5.5, 8, 12, 20, 25, -0.3, -1, -3, -7.9] + list(rng.normal(0, 4, 40)):
    add("erfc", [x], mp.erfc(mp.mpf(float(x))))
for x in [0, 0.1, -0.1, 1, -1, 1.96, -1.96, -5, 5, -10, -20, -36] + list(rng.normal(0, 6, 40)):
    add("normalCdf", [x], mp.ncdf(mp.mpf(float(x))))
for p in [1e-300, 1e-100, 1e-20, 1e-9, 0.001, 0.025, 0.0749, 0.0751, 0.3, 0.5, 0.7, 0.925, 0.975, 0.999, 1 - 1e-9] + list(rng.uniform(size=30)):
    add("normalQuantile", [p], special.ndtri(p))
for x in [1e-300, 1e-8, 0.1, 0.5, 0.9, 0.999999, 1, 1.0000001, 1.3, 1.5, 1.7, 1.9999999, 2, 2.2, 2.4999, 2.5001, 3, 7, 14.9, 15, 100, 1e6, 1e15] + list(rng.gamma(1, 10, 40)):
    add("logGamma", [x], mp.loggamma(mp.mpf(float(x))))

def gamma_below(a, x):
    # SciPy is off by 1e-6 for large shapes, mpmath's own function gives up there: the plain series
    a, x = mp.mpf(float(a)), mp.mpf(float(x))
    term = total = mp.mpf(1)
    n = 1
    while term > total * mp.mpf(10) ** -35:
        term *= x / (a + n)
        total += term
        n += 1
    return mp.exp(a * mp.log(x) - x - mp.loggamma(a + 1)) * total


shapes = [0.001, 0.3, 0.5, 1, 1.5, 2, 7.3, 15, 40, 333.3, 1e4, 1e6]
for a in shapes:
    for p in [1e-250, 1e-30, 1e-8, 0.02, 0.5, 0.9, 1 - 1e-6]:
        x = float(special.gammaincinv(a, p))
        if 1e-280 < x < 1e12:
            below = gamma_below(a, x)
            add("gammaBelow", [a, x], below)
            add("gammaAbove", [a, x], 1 - below)
    for p in [1e-12, 1e-4, 0.025, 0.3, 0.5, 0.8, 0.975, 0.99999]:
        x = float(special.gammaincinv(a, p))
        if x > 1e-250 and a <= 1e4:
            add("chiSquaredQuantile", [p, 2 * a], stats.chi2.ppf(p, 2 * a))

for a in [0.01, 0.5, 1, 2.5, 30, 999, 1e5]:
    for b in [0.01, 0.5, 1, 3.5, 70, 1001, 1e5]:
        for p in [1e-200, 1e-12, 0.025, 0.5, 0.975, 1 - 1e-9]:
            x = float(special.betaincinv(a, b, p))
            if not 1e-280 < x < 1:
                continue
            mx = mp.mpf(x)
            if max(a, b) <= 1001:
                add("betaBelow", [x, a, b], mp.betainc(a, b, 0, mx, regularized=True))
                add("betaAbove", [x, a, b], 1 - mp.betainc(a, b, 0, mx, regularized=True))
            else:
                add("betaBelow", [x, a, b], special.betainc(a, b, x))
            if p > 1e-100:
                add("betaQuantile", [p, a, b], special.betaincinv(a, b, p))
for degrees in [0.5, 1, 2, 3.7, 10, 100, 1e4, 1e8]:
    for t in [-1e4, -50, -6, -2, -0.3, -1e-5, 0, 1e-5, 0.7, 3, 40]:
        add("studentCdf", [t, degrees], special.stdtr(degrees, t))
    for p in [1e-10, 1e-3, 0.025, 0.4, 0.4999, 0.6, 0.975, 0.99999]:
        add("studentQuantile", [p, degrees], special.stdtrit(degrees, p))
for n in [1, 2, 10, 57, 1000, 10**6]:
    for k in sorted({0, 1, n // 10, n // 2, n - 1, n}):
        for confidence in [0.9, 0.95, 0.999]:
            # binomtest's own root finder is exact to 1e-5 only for a million trials
            tail = (1 - confidence) / 2
            add("clopperPearsonLow", [k, n, confidence], 0 if k == 0 else special.betaincinv(k, n - k + 1, tail))
            add("clopperPearsonHigh", [k, n, confidence], 1 if k == n else special.betainccinv(k + 1, n - k, tail))
            found = stats.binomtest(k, n).proportion_ci(confidence, method="wilson")
            add("wilsonLow", [k, n, confidence], found.low)
            add("wilsonHigh", [k, n, confidence], found.high)

json.dump({"made_with": f"SciPy {scipy.__version__}, mpmath {mp.__version__}, NumPy {np.__version__}", "cases": cases}, sys.stdout)
