"""Tables that nobody chose by hand: drawn from a seed, with missing values, NaN, texts of many scripts, instants, repeated values.

A column is kept as a list of JSON values with its SQL type. A missing number is null or "NaN": to pandas both are NaN.
"""

import numpy as np
import pandas as pd

SIGNS = list("abcXYZ019 _-.'\"\\%[") + list("éßÅΩж日本٣५😀\u00a0\n") + ["ab", "12"]


def text(rng, longest=8):
    return "".join(SIGNS[k] for k in rng.integers(0, len(SIGNS), rng.integers(0, longest + 1)))


def with_gaps(rng, values, share, gaps):
    return [gaps[rng.integers(0, len(gaps))] if rng.random() < share else value for value in values]


def instant(rng):
    return str(pd.Timestamp("2020-01-01") + pd.Timedelta(minutes=int(rng.integers(0, 2_000_000))))


def table(rng, rows, share):
    words = [text(rng, 4) for _ in range(4)] + ["red", "green"]
    sorted_numbers = np.sort(rng.integers(-50, 50, rows))
    swaps = rng.integers(0, 3)
    for _ in range(swaps if rows > 1 else 0):
        a, b = rng.integers(0, rows, 2)
        sorted_numbers[[a, b]] = sorted_numbers[[b, a]]
    return {
        "i": {"type": "BIGINT", "values": [int(v) for v in rng.integers(-5, 20, rows)]},
        "j": {"type": "BIGINT", "values": [int(v) for v in rng.integers(-5, 20, rows)]},
        "key no": {"type": "BIGINT", "values": [int(v) for v in rng.integers(0, rows * rows + 1, rows)]},
        "up": {"type": "DOUBLE", "values": with_gaps(rng, [float(v) for v in sorted_numbers], share, [None, "NaN"])},
        "f": {"type": "DOUBLE", "values": with_gaps(rng, [round(float(v), 2) for v in rng.normal(3, 4, rows)], share, [None, "NaN"])},
        "g": {"type": "DOUBLE", "values": with_gaps(rng, [float(v) for v in rng.integers(0, 6, rows)], share, [None, "NaN"])},
        "h": {"type": "DOUBLE", "values": [float(v) for v in rng.integers(0, 6, rows)]},
        "s": {"type": "VARCHAR", "values": with_gaps(rng, [text(rng) for _ in range(rows)], share, [None])},
        "select": {"type": "VARCHAR", "values": with_gaps(rng, [words[k] for k in rng.integers(0, len(words), rows)], share, [None])},
        "t": {"type": "TIMESTAMP", "values": with_gaps(rng, [instant(rng) for _ in range(rows)], share, [None])},
        "b": {"type": "BOOLEAN", "values": [bool(v) for v in rng.integers(0, 2, rows)]},
    }


def tables(seed):
    rng = np.random.default_rng(seed)
    shapes = [(60, 0.1), (45, 0.3), (30, 0.0), (7, 0.5), (1, 0.0), (0, 0.0), (12, 1.0)]
    return {f"t{at}": table(rng, rows, share) for at, (rows, share) in enumerate(shapes)}


def frame(columns):
    """The same table as pandas has it."""
    made = {}
    for name, column in columns.items():
        values, kind = column["values"], column["type"]
        if kind == "DOUBLE":
            made[name] = np.array([np.nan if v is None or v == "NaN" else v for v in values], dtype=float)
        elif kind == "BIGINT":
            made[name] = np.array(values, dtype="int64")
        elif kind == "BOOLEAN":
            made[name] = np.array(values, dtype=bool)
        elif kind == "TIMESTAMP":
            made[name] = pd.Series(pd.to_datetime(pd.Series(values, dtype=object))).astype("datetime64[ns]")
        else:
            made[name] = pd.Series(values, dtype=object)
    return pd.DataFrame(made)


def present(columns, name):
    return [v for v in columns[name]["values"] if v is not None and v != "NaN"]


PIECES = ["a", "b", "X", "[a-c]", "[^0-9]", r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", r"\d+", r"\w{2}", r"\w{,2}", ".", ".*",
          r"[\w-]", r"[\d.]", r"[\s_]", r"[^\w]", "é?", "(?:1|2)", "(ab|12)", r"\.", r"\-", "日", r"\u00e9", "[[]", "0{1,2}"]


def pattern(rng):
    inner = "".join(PIECES[k] for k in rng.integers(0, len(PIECES), rng.integers(1, 4)))
    head = ["", "", "^", "^", r"\A", "(?i)", "(?s)", "(?a)"][rng.integers(0, 8)]
    tail = ["", "", "$", r"\Z"][rng.integers(0, 4)]
    return head + inner + tail
