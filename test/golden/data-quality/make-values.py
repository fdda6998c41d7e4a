"""Writes values.json: statistics by NumPy and pandas of tables that the tests profile.

Run with numpy and pandas installed:  python make-values.py
"""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd

root = Path(__file__).resolve().parents[3]
data = root / "node_modules" / "vega-datasets" / "data"
shares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]


def number(value):
    return None if value is None or (isinstance(value, float) and math.isnan(value)) else float(value)


def numbers(series):
    present = series.dropna().to_numpy(dtype=float)
    values = np.sort(present[np.isfinite(present)])
    q1, q3 = np.quantile(values, [0.25, 0.75], method="inverted_cdf")
    low, high = q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1)
    median = np.quantile(values, 0.5, method="inverted_cdf")
    mad = np.quantile(np.abs(values - median), 0.5, method="inverted_cdf")
    deviation = mad / 0.6745 if mad > 0 else 1.253314 * np.mean(np.abs(values - median))
    counts, edges = np.histogram(values, bins=20) if values[0] != values[-1] else (np.array([len(values)]), None)
    return {
        "rowCount": int(len(series)),
        "missingCount": int(series.isna().sum()),
        "distinctCount": int(len(np.unique(present))),
        "min": number(values[0]),
        "max": number(values[-1]),
        "mean": number(math.fsum(values) / len(values)),
        "standardDeviation": number(np.std(values, ddof=1)) if len(values) > 1 else None,
        "quantiles": [number(x) for x in np.quantile(values, shares, method="inverted_cdf")],
        "histogram": counts.tolist(),
        "tukey": [int((values < low).sum()), int((values > high).sum())],
        "robust_z": [
            int((values < median - 3.5 * deviation).sum()),
            int((values > median + 3.5 * deviation).sum()),
        ],
    }


def texts(series):
    present = series.dropna().astype(str)
    lengths = present.str.len()
    counts = present.value_counts()
    top = sorted(counts.items(), key=lambda item: (-item[1], item[0].encode()))[:5]
    return {
        "rowCount": int(len(series)),
        "missingCount": int(series.isna().sum()),
        "distinctCount": int(present.nunique()),
        "minLength": int(lengths.min()),
        "maxLength": int(lengths.max()),
        "meanLength": float(lengths.mean()),
        "top": [[value, int(count)] for value, count in top],
    }


penguins = pd.read_json(data / "penguins.json")
airports = pd.read_csv(data / "airports.csv", keep_default_na=False, na_values=[""])
index = np.arange(20_000)
made = {
    "wide": np.ldexp(1.0, (index % 600) - 300) * np.where(index % 2 == 0, 1, -1),
    "near": 1e9 + (index * 7919 % 1000) / 1000,
    "tiny": (index * 104729 % 9973) * 1e-100,
    "whole": (index * 7919 % 20011) - 10_000.0,
    "constant": np.full(len(index), 0.1),
    "mostly_zero": np.where(index % 10 == 0, index * 1.0, 0.0),
}
values = {
    "penguins": {name: numbers(penguins[name]) for name in penguins.select_dtypes("number").columns},
    "penguin_texts": {name: texts(penguins[name]) for name in ["Species", "Island", "Sex"]},
    "airports": {name: numbers(airports[name]) for name in ["latitude", "longitude"]},
    "airport_texts": {name: texts(airports[name]) for name in ["iata", "name", "state", "country"]},
    "made": {name: numbers(pd.Series(column)) for name, column in made.items()},
}
(Path(__file__).parent / "values.json").write_text(json.dumps(values, indent=1) + "\n")
