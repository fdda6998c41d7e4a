"""Makes statistics.json: generated columns with their statistics by NumPy, SciPy, pandas and polars.

Run with them installed: python make_statistics.py > statistics.json
"""

import datetime
import json
import math
import sys
import unicodedata

import numpy as np
import pandas as pd
import polars as pl
import scipy
from scipy import stats

rng = np.random.default_rng(2026)
percents = [1, 5, 25, 50, 75, 95, 99]


def with_gaps(values, missing=0.0, nan=0.0, infinite=0.0):
    out = []
    for value in values:
        draw = rng.random()
        if draw < missing:
            out.append(None)
        elif draw < missing + nan:
            out.append("NaN")
        elif draw < missing + nan + infinite:
            out.append("Infinity" if rng.random() < 0.7 else "-Infinity")
        else:
            out.append(value)
    return out


def frequencies(present):
    counts = pd.Series(present, dtype=object).value_counts()
    return {
        "distinctCount": int(len(counts)),
        "onceCount": int((counts == 1).sum()),
        "entropyBits": None if len(counts) == 0 else float(stats.entropy(counts.to_numpy(), base=2)),
        "constant": len(counts) == 1,
    }


def common(values):
    present = [value for value in values if value is not None]
    return {"rowCount": len(values), "missingCount": len(values) - len(present), **frequencies(present)}


def moments(values):
    constant = values.min() == values.max()
    # By a power of two, which changes no digit: fourth powers of 1e150 are beyond a double.
    scale = 2.0 ** math.ceil(math.log2(np.abs(values).max()))
    # Neighbours of one size lose nothing when they are subtracted, and SciPy's mean of doubles is too coarse for them as they are.
    shift = values.min() if 0 < values.max() < 2 * values.min() else 0.0
    scaled = (values - shift) / scale
    return {
        "mean": math.fsum(values) / len(values),
        "standardDeviation": float(np.std(scaled, ddof=1) * scale) if len(values) > 1 else None,
        "skewness": None if constant else float(stats.skew(scaled)),
        "kurtosis": None if constant else float(stats.kurtosis(scaled)),
    }


def deciles(values):
    edges = np.unique(np.concatenate([[values.min()], np.quantile(values, np.arange(1, 11) / 10, method="inverted_cdf")]))
    if len(edges) == 1:
        return {"edges": [edges[0], edges[0]], "counts": [len(values)]}
    counts = pd.cut(pd.Series(values), edges, include_lowest=True).value_counts(sort=False)
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def numbers(values):
    floats = np.array([float(v.replace("Infinity", "inf")) if isinstance(v, str) else v for v in values if v is not None], dtype=float)
    finite = np.sort(floats[np.isfinite(floats)])
    counts, edges = np.histogram(finite, bins=20) if finite[0] != finite[-1] else (np.array([len(finite)]), finite[[0, -1]])
    return {
        **common(values),
        "numbers": {
            "nanCount": int(np.isnan(floats).sum()),
            "positiveInfinityCount": int((floats == np.inf).sum()),
            "negativeInfinityCount": int((floats == -np.inf).sum()),
            "zeroCount": int((finite == 0).sum()),
            "negativeCount": int((finite < 0).sum()),
            "min": float(finite[0]),
            "max": float(finite[-1]),
            **moments(finite),
            "quantiles": [float(np.quantile(finite, p / 100, method="inverted_cdf")) for p in percents],
            "histogram": {"edges": edges.tolist(), "counts": counts.tolist()},
            "quantileHistogram": deciles(finite),
        },
    }


def texts(values):
    series = pl.Series(values, dtype=pl.String).drop_nulls()
    lengths = np.sort(series.str.len_chars().to_numpy())
    space = lambda c: c in "\t\n\f\r " or unicodedata.category(c) in ("Zs", "Zl", "Zp")
    rows = lambda test: int(sum(test(value) for value in series))
    some = lambda test: rows(lambda value: any(test(c) for c in value))
    top = sorted(pd.Series(series.to_list()).value_counts().items(), key=lambda one: (-one[1], one[0].encode()))
    return {
        **common(values),
        "texts": {
            "emptyCount": int((series == "").sum()),
            "minLength": int(lengths[0]),
            "maxLength": int(lengths[-1]),
            "meanLength": float(lengths.mean()),
            "lengths": [int(np.quantile(lengths, p / 100, method="inverted_cdf")) for p in percents],
            "characters": {
                "letters": some(lambda c: unicodedata.category(c).startswith("L")),
                "digits": some(lambda c: unicodedata.category(c) == "Nd"),
                "spaces": some(space),
                "punctuation": some(lambda c: c.isascii() and c.isprintable() and not c.isalnum() and c != " "),
                "nonAscii": int((series.str.len_bytes() != series.str.len_chars()).sum()),
                "control": some(lambda c: unicodedata.category(c) == "Cc"),
                "onlyDigits": rows(lambda value: value.isascii() and value.isdigit()),
                "blank": rows(lambda value: value != "" and all(map(space, value))),
                "padded": rows(lambda value: value != "" and (space(value[0]) or space(value[-1]))),
            },
        },
        "top": [{"value": value, "count": int(count)} for value, count in top[: 100 if len(top) <= 100 else 20]],
    }


def times(values, days):
    stamps = pd.Series(pd.to_datetime([v for v in values if v is not None], format="ISO8601")).sort_values()
    unique = stamps.drop_duplicates().reset_index(drop=True)
    gaps = unique.diff()
    write = lambda stamp: stamp.strftime("%Y-%m-%d") if days else stamp.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    at = int(gaps.argmax()) if len(unique) > 1 else None
    span = pd.date_range(stamps.min().normalize(), stamps.max().normalize(), freq="D")
    return {
        **common(values),
        "times": {
            "infiniteCount": 0,
            "min": write(stamps.min()),
            "max": write(stamps.max()),
            "quantiles": [write(stamps.iloc[max(0, math.ceil(p * len(stamps) / 100) - 1)]) for p in percents],
            "absentDayCount": int(len(span.difference(stamps.dt.normalize()))),
            "largestGap": None if at is None else {"from": write(unique[at - 1]), "to": write(unique[at])},
        },
    }


def pick(alphabet, rows, most):
    return ["".join(rng.choice(list(alphabet), rng.integers(0, most))) for _ in range(rows)]


def days(rows, spread):
    start = datetime.date(2019, 11, 3)
    return [(start + datetime.timedelta(days=int(d))).isoformat() for d in rng.integers(0, spread, rows)]


def instants(rows, spread):
    start = datetime.datetime(1969, 12, 30, 22, 11, 5, 123)
    return [(start + datetime.timedelta(microseconds=int(d))).isoformat() for d in rng.integers(0, spread, rows)]


floats = lambda values: [float(v) for v in values]
n = 300
columns = [
    ("normal", "DOUBLE", with_gaps(floats(rng.normal(3, 2, n)), 0.05, 0.03, 0.03)),
    ("heavy", "DOUBLE", floats(np.exp(rng.normal(0, 3, n)))),
    ("cauchy", "DOUBLE", with_gaps(floats(rng.standard_cauchy(n)), 0.1)),
    ("offset", "DOUBLE", floats(1e9 + rng.random(n))),
    ("scale", "DOUBLE", floats(rng.normal(0, 1, n) * 1e150)),
    ("small", "DOUBLE", floats(rng.random(n) * 1e-150)),
    ("repeated", "DOUBLE", with_gaps(floats(rng.choice([-2.5, 0.0, 0.25, 7.0], n, p=[0.1, 0.6, 0.2, 0.1])), 0.2, 0.1)),
    ("constant", "DOUBLE", with_gaps([0.1] * n, 0.5)),
    ("one", "DOUBLE", [4.5]),
    ("two", "DOUBLE", [4.5, -1.25]),
    ("whole", "BIGINT", with_gaps([int(v) for v in rng.integers(-10**12, 10**12, n)], 0.1)),
    ("poisson", "INTEGER", with_gaps([int(v) for v in rng.poisson(2, n)], 0.1)),
    ("geometric", "SMALLINT", [int(v) for v in rng.geometric(0.05, n)]),
    ("words", "VARCHAR", with_gaps([str(v) for v in rng.choice(["a", "b b", " c", "Straße", "日本", "", "7"], n)], 0.1)),
    ("letters", "VARCHAR", pick("abcXYZäé 09-_,.\t\n\u00a0\u2003٣", n, 6)),
    ("digits", "VARCHAR", with_gaps(pick("0123456789", n, 3), 0.3)),
    ("symbols", "VARCHAR", pick("~!'\"\\/ 🙂\u0001", n, 5)),
    ("day", "DATE", with_gaps(days(n, 700), 0.1)),
    ("dense", "DATE", days(n, 30)),
    ("single", "DATE", ["2024-02-29"]),
    ("instant", "TIMESTAMP", with_gaps(instants(n, 10**13), 0.1)),
]


def expected(kind, values):
    if kind == "VARCHAR":
        return texts(values)
    return times(values, kind == "DATE") if kind in ("DATE", "TIMESTAMP") else numbers(values)


def weighted(values, weights):
    finite = np.array([(v, w) for v, w in zip(values, weights) if v is not None and not isinstance(v, str)], dtype=float)
    x, w = finite.T
    mean = np.average(x, weights=w)
    return {
        "missing": float(sum(w for v, w in zip(values, weights) if v is None) / sum(weights)),
        "mean": float(mean),
        "standardDeviation": float(np.sqrt(np.average((x - mean) ** 2, weights=w))),
        "quantiles": [float(np.quantile(x, p / 100, method="inverted_cdf", weights=w)) for p in percents],
    }


tokens = {"whole": [int(v) for v in rng.integers(0, 9, n)], "shares": floats(rng.random(n) * 1e-3), "large": floats(np.exp(rng.normal(20, 4, n)))}
weights = [
    {"name": f"{name} by {by}", "values": values, "weights": tokens[by], "expected": weighted(values, tokens[by])}
    for name, kind, values in columns
    if name in ("normal", "heavy", "repeated", "whole", "poisson")
    for by in tokens
]
cases = [{"name": name, "type": kind, "values": values, "expected": expected(kind, values)} for name, kind, values in columns]
versions = {"numpy": np.__version__, "pandas": pd.__version__, "polars": pl.__version__, "scipy": scipy.__version__}
json.dump({"versions": versions, "cases": cases, "weighted": weights}, sys.stdout)
