"""Recomputes values.json with SciPy: python make_values.py. Prints every value that differs, then how many were compared.

Table 1: labels by the basic estimator of Renggli et al. 2019 (ease.ml/ci), section 3.1, for 32 steps; `paired` takes
n - o as one variable of range 2.
Table 2: labels for one proportion by the exact binomial distribution, stable: enough for every larger number tried.
Coefficients: n - 1.1 o > 0.01 +/- 0.01, alone and together with d < 0.1 +/- 0.01, one step.
Tails: ln P(X >= k) of binomials; sizes: the exact size for small tolerances and very small error probabilities, with the
largest error probability at it and one below. `python make_values.py --write` writes the last two.
"""

import json
import math
import os
import sys

import numpy as np
from scipy.stats import binom

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "values.json")
values = json.load(open(path))
steps = values["steps"]
compared = 0


def expect(where, name, found, stated):
    global compared
    compared += 1
    if found != stated:
        print(where, name, "stated", stated, "found", found)


def hoeffding(span, log_share, eps):
    return math.ceil(span**2 * log_share / (2 * eps**2) - 1e-6)


def log_share(reliability, m=1):
    return math.log(m) - math.log(round(1 - reliability, 9))


for row in values["table1"]:
    eps, r = row["tolerance"], row["reliability"]
    for column, span, m in [("one", 1, 1), ("two", 2, 2), ("paired", 2, 1)]:
        none = hoeffding(span, log_share(r, m) + math.log(steps), eps)
        full = hoeffding(span, log_share(r, m) + steps * math.log(2), eps)
        expect(row, column + "_none", none, row[column + "_none"])
        expect(row, column + "_full", full, row[column + "_full"])


def log_worst(n, eps):
    k = np.arange(math.floor(n * eps) + 1, n + 1)
    p = k / n - eps
    k, p = k[p > 0], p[p > 0]
    return binom.logsf(k - 1, n, p).max()


for row in values["table2"]:
    eps, delta = row["tolerance"], row["delta"]
    n = math.ceil(math.log(1 / delta) / (2 * eps**2))
    expect(row, "hoeffding", n, row["hoeffding"])
    expect(row, "hoeffding_two_sided", math.ceil(math.log(2 / delta) / (2 * eps**2)), row["hoeffding_two_sided"])
    while log_worst(n, eps) <= math.log(delta):
        n -= 1
    expect(row, "exact", n + 1, row["exact"])

c = values["coefficients"]
expect("coefficients", "single", hoeffding(2.1, log_share(c["reliability"], 2), 0.01), c["single"])
expect("coefficients", "with", hoeffding(2.1, log_share(c["reliability"], 4), 0.01), c["with_disagreement"])
expect("coefficients", "d", hoeffding(1, log_share(c["reliability"], 2), 0.01), c["disagreement_alone"])

tails = [(n, k, p) for n in (10, 145, 5572, 142272) for p in (0.001, 0.3, 0.5, 0.9) for z in (0, 2, 5, 12)
         for k in [min(n, math.ceil(n * p + z * math.sqrt(n * p * (1 - p))))]]
tails = [{"n": n, "k": k, "p": p, "log_tail": float(binom.logsf(k - 1, n, p))} for n, k, p in tails]
# Below about 1e-300 SciPy's logsf is -inf; those are left out.
tails = [row for row in tails if math.isfinite(row["log_tail"])]

sizes = []
for eps, log_delta in [(0.01, math.log(0.01)), (0.01, math.log(1e-4 / 32)), (0.02, math.log(0.01) - 8 * math.log(2)),
                       (0.01, math.log(1e-4) - 32 * math.log(2))]:
    low, high = 1, math.ceil(-log_delta / (2 * eps**2))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if log_worst(middle, eps) > log_delta else (low, middle)
    n = high + 24
    while log_worst(n, eps) <= log_delta and n > high - 24:
        n -= 1
    sizes.append({"tolerance": eps, "delta": math.exp(log_delta), "exact": n + 1})

if "--write" in sys.argv:
    values["tails"], values["sizes"] = tails, sizes
    with open(path, "w") as file:
        json.dump(values, file, indent=1)
        file.write("\n")
expect("tails", "all", tails, values["tails"])
expect("sizes", "all", sizes, values["sizes"])
print(compared, "values compared")
