"""Makes drift.json: pairs of columns with their distances by SciPy and pandas.

Run with scipy and pandas installed: python make_drift.py > drift.json
"""

import json
import math
import sys

import numpy as np
import pandas as pd
import scipy
from scipy import stats
from scipy.spatial.distance import jensenshannon

rng = np.random.default_rng(77)


def with_gaps(values, missing=0.0, nan=0.0, infinite=0.0):
    out = [float(value) for value in values]
    for at in range(len(out)):
        draw = rng.random()
        if draw < missing:
            out[at] = None
        elif draw < missing + nan:
            out[at] = "NaN"
        elif draw < missing + nan + infinite:
            out[at] = "Infinity" if rng.random() < 0.7 else "-Infinity"
    return out


def number(value):
    return float(value.replace("Infinity", "inf")) if isinstance(value, str) else value


def kind(value):
    value = number(value)
    if value is None:
        return "missing"
    if math.isnan(value):
        return "nan"
    return "interval" if math.isfinite(value) else ("positive_infinity" if value > 0 else "negative_infinity")


def cells_of_numbers(a, b):
    finite = [[number(v) for v in side if kind(v) == "interval"] for side in (a, b)]
    pooled = pd.Series(finite[0] + finite[1])
    before = pooled.map(pooled.value_counts().sort_index().cumsum().shift(fill_value=0).to_dict())
    left = len(finite[0])
    intervals = max(2, min(20, min(left, len(finite[1])) // 10))
    place = np.minimum(intervals - 1, (before * intervals // len(pooled)).astype(int)).tolist() if len(pooled) else []
    keys = [place[:left] + [kind(v) for v in a if kind(v) != "interval"], place[left:] + [kind(v) for v in b if kind(v) != "interval"]]
    return keys, finite


def distances(keys):
    cells = sorted({str(k) for side in keys for k in side})
    counts = [pd.Series([str(k) for k in side]).value_counts().reindex(cells, fill_value=0).to_numpy() for side in keys]
    p, q = counts[0] / counts[0].sum(), counts[1] / counts[1].sum()
    floor = np.where(p > 0, p, 0.5 / counts[0].sum()), np.where(q > 0, q, 0.5 / counts[1].sum())
    psi = ((floor[0] - floor[1]) * np.log(floor[0] / floor[1]))[p != q].sum()
    table = np.array(counts)
    chi = stats.chi2_contingency(table, correction=False).statistic if table.shape[1] > 1 else 0.0
    return {"psi": float(psi), "jensen_shannon": float(jensenshannon(p, q, base=2) ** 2),
            "hellinger": float(np.linalg.norm(np.sqrt(p) - np.sqrt(q)) / np.sqrt(2)), "l_infinity": float(np.abs(p - q).max()),
            "chi_squared": float(np.sqrt(chi / table.sum()))}


cases = []
for name, a, b in [
    ("normal", rng.normal(size=400), rng.normal(0.5, 1.4, size=300)),
    ("ties", rng.poisson(3, size=500), rng.poisson(4, size=200)),
    ("large", rng.normal(1e15, 3.0, size=300), rng.normal(1e15, 3.0, size=300)),
    ("heavy", rng.standard_cauchy(size=500), rng.standard_cauchy(size=400) * 2),
    ("one value", np.full(30, 7.0), np.full(20, 7.0)),
    ("few", rng.normal(size=9), rng.normal(size=8)),
    ("small numbers", rng.normal(size=200) * 1e-300, rng.normal(size=150) * 1e-300),
]:
    for gaps in ({}, {"missing": 0.2, "nan": 0.1, "infinite": 0.05}):
        left, right = with_gaps(a, **gaps), with_gaps(b, **gaps)
        keys, finite = cells_of_numbers(left, right)
        # From the first value and in units of the range, where neither cancellation nor underflow falsifies it.
        apart = np.array(finite[0]) - finite[0][0]
        unit = np.abs(apart).max() or 1.0
        spread = np.std(apart / unit) * unit
        cases.append({"name": name, "type": "DOUBLE", "reference": left, "current": right, **distances(keys),
                      "kolmogorov_smirnov": float(stats.ks_2samp(*finite).statistic),
                      "wasserstein": float(stats.wasserstein_distance(*finite) / spread) if spread > 0 else None})
for name, values in [("letters", list("abcdefg")), ("unicode", ["é", "e\u0301", "日本", "", " ", "NULL", "x'y\"z"])]:
    p, q = rng.dirichlet(np.ones(len(values))), rng.dirichlet(np.ones(len(values)))
    a = [None if rng.random() < 0.1 else str(v) for v in rng.choice(values, 300, p=p)]
    b = [None if rng.random() < 0.2 else str(v) for v in rng.choice(values + ["new"], 250, p=np.append(q * 0.9, 0.1))]
    keys = [[f"v{v}" if v is not None else "missing" for v in side] for side in (a, b)]
    cases.append({"name": name, "type": "VARCHAR", "reference": a, "current": b, **distances(keys),
                  "kolmogorov_smirnov": None, "wasserstein": None})

json.dump({"made_with": f"SciPy {scipy.__version__}, pandas {pd.__version__}", "cases": cases}, sys.stdout, ensure_ascii=False)
