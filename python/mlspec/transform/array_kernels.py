"""The same nodes over NumPy arrays, for batches. Every result is equal to that of `kernels.py` to the last bit.

A column of numbers is a pair (float64 array, bool array of presence or None); a column of text is a list with None where missing.
Operations without an entry here are computed value by value.
"""

import math

import numpy as np

from . import dates, portable_math
from .kernels import places_of, setting


def both(a, b):
    """Present where both are."""
    if a is None:
        return b
    return a if b is None else a & b


def _one(function):
    def kernel(columns, _count):
        values, valid = columns[0]
        return [(function(values), valid)]

    return kernel


def _two(function):
    def kernel(columns, _count):
        (a, a_valid), (b, b_valid) = columns
        return [(function(a, b), both(a_valid, b_valid))]

    return kernel


def _constant(node):
    value = node["params"]["value"]

    def kernel(_columns, count):
        valid = np.zeros(count, dtype=bool) if value is None else None
        return [(np.full(count, 0.0 if value is None else float(value)), valid)]

    return kernel


def _clip(node):
    low, high = setting(node, "low"), setting(node, "high")
    low = -math.inf if low is None else float(low)
    high = math.inf if high is None else float(high)
    return _one(lambda x: np.where(x < low, low, np.where(x > high, high, x)))


def _center_scale(node):
    center, scale = float(setting(node, "center")), float(setting(node, "scale"))
    return _one(lambda x: (x - center) / scale)


def _minmax(node):
    minimum, span = float(setting(node, "minimum")), float(setting(node, "range"))
    low = float(setting(node, "low"))
    width = float(setting(node, "high")) - low
    return _one(lambda x: low + (x - minimum) / span * width)


def _bucketize(node):
    edges = np.array([float(edge) for edge in setting(node, "edges")])

    def kernel(columns, _count):
        values, valid = columns[0]
        nan = np.isnan(values)
        buckets = np.searchsorted(edges, values, side="right").astype(np.float64)
        return [(buckets, both(valid, ~nan) if nan.any() else valid)]

    return kernel


def present_of(column, count):
    """Neither missing nor NaN."""
    if isinstance(column, list):
        return np.fromiter((value is not None for value in column), dtype=bool, count=count)
    values, valid = column
    present = ~np.isnan(values)
    return present if valid is None else present & valid


def _impute(node):
    value, indicator = setting(node, "value"), setting(node, "indicator") is True

    def kernel(columns, count):
        present = present_of(columns[0], count)
        if isinstance(columns[0], list):
            filled = [value if x is None else x for x in columns[0]]
        else:
            filled = (np.where(present, columns[0][0], float(value)), None)
        return [filled, ((~present).astype(np.float64), None)] if indicator else [filled]

    return kernel


def _is_missing(_node):
    return lambda columns, count: [((~present_of(columns[0], count)).astype(np.float64), None)]


def _choose(chosen, first, second):
    values = np.where(chosen, first[0], second[0])
    if first[1] is None and second[1] is None:
        return values, None
    a = True if first[1] is None else first[1]
    b = True if second[1] is None else second[1]
    return values, np.where(chosen, a, b)


def _coalesce(_node):
    def kernel(columns, count):
        result = columns[-1]
        for column in reversed(columns[:-1]):
            result = _choose(present_of(column, count), column, result)
        return [result]

    return kernel


def _if(_node):
    def kernel(columns, _count):
        values, valid = columns[0]
        chosen = values == 1.0 if valid is None else (values == 1.0) & valid
        return [_choose(chosen, columns[1], columns[2])]

    return kernel


def _connective(decisive):
    def kernel(columns, count):
        (a, a_valid), (b, b_valid) = columns
        a_there = np.ones(count, dtype=bool) if a_valid is None else a_valid
        b_there = np.ones(count, dtype=bool) if b_valid is None else b_valid
        decided = (a_there & (a == decisive)) | (b_there & (b == decisive))
        valid = None if a_valid is None and b_valid is None else decided | (a_there & b_there)
        return [(np.where(decided, decisive, 1.0 - decisive), valid)]

    return lambda _node: kernel


def _day_part(function):
    def kernel(columns, _count, unit):
        values, valid = columns[0]
        return [(np.asarray(function(values.astype(np.int64) // unit), dtype=np.float64), valid)]

    return kernel


def _clock_part(unit, modulus):
    return lambda _node: _one(lambda x: (x.astype(np.int64) // unit % modulus).astype(np.float64))


def _plain(function):
    return lambda _node: _one(function)


def _plain_two(function):
    return lambda _node: _two(function)


def _compare(function):
    return lambda _node: _two(lambda a, b: function(a, b).astype(np.float64))


DAY_PARTS = {
    "year": _day_part(dates.year),
    "month": _day_part(dates.month),
    "day": _day_part(dates.day),
    "weekday": _day_part(dates.weekday),
    "day_of_year": _day_part(dates.day_of_year),
    "week": _day_part(dates.week),
}

# Operations over numbers; those of TEXT_TOO also take text.
KERNELS = {
    "constant": _constant,
    "add": _plain_two(np.add),
    "subtract": _plain_two(np.subtract),
    "multiply": _plain_two(np.multiply),
    "divide": _plain_two(np.divide),
    "negate": _plain(np.negative),
    "abs": _plain(np.abs),
    "sqrt": _plain(np.sqrt),
    "log": _plain(lambda x: portable_math.log_array(np, x)),
    "log1p": _plain(lambda x: portable_math.log1p_array(np, x)),
    "exp": _plain(lambda x: portable_math.exp_array(np, x)),
    "clip": _clip,
    "standardize": _center_scale,
    "minmax": _minmax,
    "robust_scale": _center_scale,
    "bucketize": _bucketize,
    "quantile_buckets": _bucketize,
    "impute": _impute,
    "is_missing": _is_missing,
    "coalesce": _coalesce,
    "if": _if,
    "and": _connective(0.0),
    "or": _connective(1.0),
    "not": _plain(lambda x: 1.0 - x),
    "less": _compare(np.less),
    "less_or_equal": _compare(np.less_equal),
    "equal": _compare(np.equal),
    "not_equal": _compare(np.not_equal),
    "hour": _clock_part(3_600_000_000, 24),
    "minute": _clock_part(60_000_000, 60),
    "second": _clock_part(1_000_000, 60),
}
TEXT_TOO = {"impute", "is_missing"}


def _vocabulary_of_numbers(node):
    """Only where no value needs its hash: the places of numbers among sorted values."""
    values = setting(node, "values")
    others = setting(node, "oov")
    known = np.array(sorted(places_of(values)), dtype=np.float64)
    places = np.array([places_of(values)[value] for value in known.tolist()], dtype=np.float64)

    def kernel(columns, count):
        numbers, _ = columns[0]
        present = present_of(columns[0], count)
        out = np.full(count, float(len(values)) if others == 1 else -1.0)
        if len(known) > 0:
            at = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
            out = np.where(known[at] == numbers, places[at], out)
        return [(out, None if present.all() else present)]

    return kernel


def make_array_kernel(node, types):
    """The kernel of a node over arrays, or None where it is computed value by value."""
    op = node["op"]
    if op in DAY_PARTS:
        unit = dates.DAY_US if types[0] == "timestamp" else 1
        return lambda columns, count: DAY_PARTS[op](columns, count, unit)
    if op == "constant" and node["type"] == "string":
        return None
    if op == "cast" and "string" not in (types[0], node["type"]) and node["type"] == "float64":
        return lambda columns, _count: [columns[0]]
    if op == "vocabulary" and types[0] != "string" and setting(node, "oov") <= 1:
        return _vocabulary_of_numbers(node)
    if op not in KERNELS or ("string" in types and op not in TEXT_TOO):
        return None
    return KERNELS[op](node)
