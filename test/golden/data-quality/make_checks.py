"""Makes checks.json: generated columns with what NumPy, SciPy, pandas and scikit-learn say of them as checks name it.

Run with them installed: python make_checks.py > checks.json
"""

import json
import math
import sys

import numpy as np
import pandas as pd
import scipy
import sklearn
from scipy import stats
from sklearn.metrics import mutual_info_score

rng = np.random.default_rng(5)


def with_gaps(values, missing=0.0, nan=0.0, infinite=0.0):
    draws = rng.random(len(values))
    out = []
    for value, draw in zip(values, draws):
        if draw < missing:
            out.append(None)
        elif draw < missing + nan:
            out.append("NaN")
        elif draw < missing + nan + infinite:
            out.append("Infinity" if draw * 1000 % 1 < 0.6 else "-Infinity")
        else:
            out.append(value)
    return out


def as_floats(values):
    return np.array([np.nan if v is None else float(str(v).replace("Infinity", "inf")) for v in values])


def frequencies(values):
    present = pd.Series([v for v in values if v is not None], dtype=object)
    counts = present.value_counts()
    return {
        "missing_count(x)": len(values) - len(present),
        "completeness(x)": len(present) / len(values),
        "distinct_count(x)": int(present.nunique()),
        "unique_count(x)": int((counts == 1).sum()),
        "duplicate_count(x)": int(present.duplicated().sum()),
        "distinctness(x)": present.nunique() / len(present),
        "uniqueness(x)": int((counts == 1).sum()) / len(present),
        "unique_value_ratio(x)": int((counts == 1).sum()) / present.nunique(),
        "entropy(x)": float(stats.entropy(counts.to_numpy(), base=2)),
        "most_frequent_share(x)": int(counts.iloc[0]) / len(present),
    }


def centred(values):
    """By a power of two and, where that loses nothing, a shift: SciPy's mean of doubles is too coarse, and squares of 1e-290 are none."""
    scale = 2.0 ** math.ceil(math.log2(np.abs(values).max()))
    shift = values.min() if 0 < values.max() < 2 * values.min() else 0.0
    return (values - shift) / scale, scale


def numbers(values):
    floats = as_floats(values)
    present = np.array([v is not None for v in values])
    finite = floats[np.isfinite(floats)]
    scaled, scale = centred(finite)
    quantile = lambda share: float(np.quantile(finite, share, method="inverted_cdf"))
    low, median, high = quantile(0.25), quantile(0.5), quantile(0.75)
    distances = np.abs(finite - median)
    mad = float(np.quantile(distances, 0.5, method="inverted_cdf"))
    deviation = mad / 0.6745 if mad > 0 else float(np.mean(distances)) * 1.253314
    ordered = pd.Series(floats)[present & ~np.isnan(floats)]
    steps = ordered.diff().dropna() if not np.isinf(ordered).any() else None
    found = {
        **frequencies(values),
        "zero_count(x)": int((floats == 0).sum()),
        "negative_count(x)": int((floats < 0).sum()),
        "nan_count(x)": int((np.isnan(floats) & present).sum()),
        "infinite_count(x)": int(np.isinf(floats).sum()),
        "min(x)": float(finite.min()),
        "max(x)": float(finite.max()),
        "sum(x)": math.fsum(finite),
        "mean(x)": math.fsum(finite) / len(finite),
        "variance(x)": float(np.var(scaled, ddof=1) * scale * scale),
        "standard_deviation(x)": float(np.std(scaled, ddof=1) * scale),
        "median(x)": median,
        "quantile(x, 0.05)": quantile(0.05),
        "quantile(x, 0.99)": quantile(0.99),
        "interquartile_range(x)": high - low,
        "outlier_count(x)": int(((finite < low - 1.5 * (high - low)) | (finite > high + 1.5 * (high - low))).sum()),
        "outlier_count(x, method='mad')": int((distances > 3.5 * deviation).sum()),
    }
    if finite.min() != finite.max():
        found["skewness(x)"] = float(stats.skew(scaled))
        found["kurtosis(x)"] = float(stats.kurtosis(scaled))
    failing = {}
    if steps is not None:
        nan = found["nan_count(x)"]
        failing = {
            "increasing(x)": int((steps < 0).sum()) + nan,
            "strictly_increasing(x)": int((steps <= 0).sum()) + nan,
            "decreasing(x)": int((steps > 0).sum()) + nan,
        }
    failing["unique(x)"] = int(pd.Series([v for v in values if v is not None], dtype=object).duplicated(keep=False).sum())
    return found, failing


def case(name, kind, values):
    found, failing = numbers(values) if kind != "VARCHAR" else (frequencies(values), {})
    return {"name": name, "columns": {"x": {"type": kind, "values": values}}, "expected": found, "failing": failing}


def pair(name, kinds, columns):
    a, b = columns
    both = pd.DataFrame({"x": a, "y": b})
    cells = both.astype(object).where(both.notna(), "missing")
    table = pd.crosstab(cells.x, cells.y)
    found = {
        "cramers_v(x, y)": float(stats.contingency.association(table.to_numpy(), method="cramer")),
        "mutual_information(x, y)": float(mutual_info_score(cells.x.astype(str), cells.y.astype(str)) / math.log(2)),
    }
    if kinds[0] != "VARCHAR" and kinds[1] != "VARCHAR":
        known = both.dropna().astype(float)
        found["correlation(x, y)"] = float(stats.pearsonr(known.x, known.y).statistic)
        found["rank_correlation(x, y)"] = float(stats.spearmanr(known.x, known.y).statistic)
    columns = {key: {"type": kind, "values": list(values)} for key, kind, values in zip("xy", kinds, columns)}
    return {"name": name, "columns": columns, "expected": found, "failing": {}}


def main():
    plain = lambda array: [value.item() for value in array]
    small = plain(rng.integers(0, 8, 300))
    cases = [
        case("normal with gaps", "DOUBLE", with_gaps(plain(rng.normal(3, 2, 700)), 0.05, 0.03, 0.01)),
        case("normal with NaN", "DOUBLE", with_gaps(plain(rng.normal(0, 1, 400)), 0.1, 0.05)),
        case("lognormal", "DOUBLE", plain(rng.lognormal(0, 3, 500))),
        case("offset", "DOUBLE", plain(1e9 + rng.normal(0, 1, 400))),
        case("tiny", "DOUBLE", plain(rng.normal(0, 1, 200) * 1e-290)),
        case("one far away", "DOUBLE", [*plain(rng.normal(0, 1, 300)), 1e12]),
        case("rounded", "DOUBLE", with_gaps(plain(np.round(rng.normal(0, 2, 600), 1)), 0.02)),
        case("mostly one value", "DOUBLE", [5.0] * 90 + plain(rng.normal(5, 1, 30))),
        case("whole", "BIGINT", with_gaps(plain(rng.integers(-1000, 1000, 500)), 0.1)),
        case("large whole", "BIGINT", plain(rng.integers(2**40, 2**52, 300))),
        case("rising", "BIGINT", plain(np.cumsum(rng.integers(-1, 5, 400)))),
        case("binary", "BIGINT", plain(rng.integers(0, 2, 250))),
        case("words", "VARCHAR", with_gaps(plain(rng.choice(["red", "grün", "蓝", "", "it's"], 400)), 0.1)),
        pair("numbers", ["BIGINT", "BIGINT"], [small, [v + e for v, e in zip(small, plain(rng.integers(0, 4, 300)))]]),
        pair(
            "classes",
            ["VARCHAR", "VARCHAR"],
            [[f"k{v}" for v in small], [f"c{(v * 3 + e) % 5}" for v, e in zip(small, plain(rng.integers(0, 3, 300)))]],
        ),
    ]
    versions = {"numpy": np.__version__, "scipy": scipy.__version__, "pandas": pd.__version__, "scikit-learn": sklearn.__version__}
    json.dump({"made_with": versions, "cases": cases}, sys.stdout, ensure_ascii=False)
    sys.stdout.write("\n")


main()
