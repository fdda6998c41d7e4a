"""Makes pairs.json: generated tables with what their columns have to do with each other, by SciPy, pandas and scikit-learn.

Run with them installed: python make_pairs.py > pairs.json
"""

import json
import math
import sys
from fractions import Fraction

import numpy as np
import pandas as pd
import scipy
import sklearn
from scipy import stats
from sklearn.metrics import mutual_info_score

rng = np.random.default_rng(515)


def gaps(values, share):
    return [None if rng.random() < share else value for value in values]


def number(value):
    return float(value.replace("Infinity", "inf")) if isinstance(value, str) else value


def cells(kind, values):
    present = pd.Series([v for v in values if v is not None], dtype=object)
    counts = present.value_counts()
    if len(counts) <= 20:
        return ["missing" if v is None else str(v) for v in values]
    if kind == "VARCHAR":
        often = sorted(counts.items(), key=lambda one: (-one[1], one[0].encode()))[:19]
        kept = {value for value, _ in often}
        return ["missing" if v is None else v if v in kept else "others" for v in values]
    finite = np.sort([number(v) for v in present if math.isfinite(number(v))])
    place = lambda v: min(19, int(np.searchsorted(finite, v)) * 20 // len(finite))
    return ["missing" if v is None else str(place(v)) if math.isfinite(number(v)) else v for v in values]


def cramers_v(a, b):
    table = pd.crosstab(pd.Series(a), pd.Series(b)).to_numpy()
    return float(stats.contingency.association(table, method="cramer")) if min(table.shape) > 1 else None


def ordered(kind, a, b):
    pairs = [(number(x), number(y)) for x, y in zip(a, b) if x is not None and y is not None]
    pairs = [pair for pair in pairs if all(map(math.isfinite, pair))]
    x, y = np.array(pairs, dtype=float).T
    if len(set(x)) < 2 or len(set(y)) < 2:
        return None
    return float((stats.pearsonr if kind == "pearson" else stats.spearmanr)(x, y).statistic)


def most_frequent_right(classes):
    """Whether each is told by the most frequent of the others; ties are wrong."""
    right = 0
    for at, own in enumerate(classes):
        counts = pd.Series(classes[:at] + classes[at + 1 :], dtype=object).value_counts()
        best = counts[counts == counts.max()] if len(counts) else counts
        right += len(best) == 1 and best.index[0] == own
    return right


def class_power(cells, label):
    groups = pd.Series(label).groupby(pd.Series(cells))
    right, base = sum(most_frequent_right(list(group)) for _, group in groups), most_frequent_right(list(label))
    return None if base == len(label) else max(0.0, (right - base) / (len(label) - base))


def mean_power(cells, label):
    rows = [(cell, Fraction(number(y))) for cell, y in zip(cells, label) if y is not None and math.isfinite(number(y))]
    own = baseline = Fraction(0)
    for at, (cell, y) in enumerate(rows):
        others = [one for place, one in enumerate(rows) if place != at]
        same = [value for other, value in others if other == cell]
        mean = sum((value for _, value in others), Fraction(0)) / len(others)
        own += (y - (sum(same, Fraction(0)) / len(same) if same else mean)) ** 2
        baseline += (y - mean) ** 2
    return None if baseline == 0 else max(0.0, float(1 - own / baseline))


def case(name, columns, label):
    encoded = {column: cells(kind, values) for column, (kind, values) in columns.items()}
    names = list(columns)
    has_order = {column: kind != "VARCHAR" and kind != "BOOLEAN" for column, (kind, _) in columns.items()}
    pairs = []
    for at, a in enumerate(names):
        for b in names[at + 1 :]:
            both = has_order[a] and has_order[b]
            pairs.append({
                "a": a,
                "b": b,
                "pearson": ordered("pearson", columns[a][1], columns[b][1]) if both else None,
                "spearman": ordered("spearman", columns[a][1], columns[b][1]) if both else None,
                "cramersV": cramers_v(encoded[a], encoded[b]),
                "mutualInformationBits": float(mutual_info_score(encoded[a], encoded[b]) / math.log(2)),
            })
    kind, target = columns[label]
    by_number = has_order[label] and len({v for v in target if v is not None}) > 20
    power = {
        name: mean_power(encoded[name], target) if by_number else class_power(encoded[name], encoded[label])
        for name in names
        if name != label
    }
    return {"name": name, "label": label, "columns": columns, "pairs": pairs, "power": power}


n = 120
x = rng.normal(0, 1, n)
group = rng.choice(list("abcd"), n, p=[0.5, 0.3, 0.15, 0.05])
numbers = {
    "x": ("DOUBLE", x.tolist()),
    "line": ("DOUBLE", (2 * x + rng.normal(0, 0.5, n)).tolist()),
    "curve": ("DOUBLE", np.exp(x).tolist()),
    "ties": ("BIGINT", [int(v) for v in np.round(x * 2)]),
    "some": ("DOUBLE", gaps((x + rng.normal(0, 1, n)).tolist(), 0.2)),
    "odd": ("DOUBLE", [["NaN", "Infinity", "-Infinity"][at] if at < 3 else v for at, v in enumerate(rng.normal(0, 1, n).tolist())]),
    "large": ("BIGINT", [int(v) * 10**14 for v in rng.integers(-9000, 9000, n)]),
    "same": ("DOUBLE", [7.5] * n),
}
categories = {
    "group": ("VARCHAR", group.tolist()),
    "copy": ("VARCHAR", gaps([g.upper() for g in group], 0.1)),
    "many": ("VARCHAR", [f"v{v}" for v in rng.geometric(0.05, n)]),
    "each": ("VARCHAR", [f"k{at}" for at in range(n)]),
    "flag": ("BOOLEAN", ["true" if g in "ab" and rng.random() < 0.9 else "false" for g in group]),
    "size": ("DOUBLE", [ord(g) + rng.normal(0, 0.7) for g in group]),
}
cases = [case("numbers", numbers, "line"), case("categories", categories, "group"), case("a flag", categories, "flag"),
         case("missing label", numbers, "some")]
versions = {"numpy": np.__version__, "pandas": pd.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__}
json.dump({"versions": versions, "cases": cases}, sys.stdout)
