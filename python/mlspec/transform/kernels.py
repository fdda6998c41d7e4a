"""What each node of a transformation computes, value by value, with the standard library alone.

A column is a list: a float for numbers (booleans 0.0 and 1.0, dates days, timestamps microseconds), a str for text, None where
missing. `make_kernel` returns a function from input columns to a list of output columns. The twin of `src/transform/operations/`.
"""

import math
from bisect import bisect_right

from . import dates, portable_math, text

LARGEST_INTEGER = 9007199254740992
# Places of values that a hash node remembers: hashing byte by byte is slow in Python.
KEPT_HASHES = 100_000


def value_text(kind, value):
    """A value of a column of this type as text."""
    if kind == "string":
        return value
    if kind == "boolean":
        return "false" if value == 0 else "true"
    if kind == "date":
        return dates.format_date(value)
    if kind == "timestamp":
        return dates.format_timestamp(value)
    return text.format_number(value)


def divide(a, b):
    """IEEE 754 division: by zero an infinity or NaN."""
    if b != 0.0:
        return a / b
    if a == 0.0 or a != a or b != b:
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def _sqrt(x):
    return math.sqrt(x) if x >= 0.0 else (x if x == 0.0 else math.nan)


def _map(function):
    """A kernel that applies a function to present values."""

    def kernel(columns, _count):
        return [[None if value is None else function(value) for value in columns[0]]]

    return kernel


def _map_two(function):
    def kernel(columns, _count):
        return [[None if a is None or b is None else function(a, b) for a, b in zip(columns[0], columns[1])]]

    return kernel


def _constant(node, _types):
    value = node["params"]["value"]
    if value is not None and node["type"] != "string":
        value = float(value)
    return lambda _columns, count: [[value] * count]


def setting(node, key):
    """A constant or parameter of a node."""
    return node["constants"][key] if key in node["constants"] else node["params"][key]


def _clip(node, _types):
    low, high = setting(node, "low"), setting(node, "high")
    low = -math.inf if low is None else float(low)
    high = math.inf if high is None else float(high)
    return _map(lambda x: low if x < low else high if x > high else x)


def _center_scale(node, _types):
    center, scale = float(setting(node, "center")), float(setting(node, "scale"))
    return _map(lambda x: (x - center) / scale)


def _minmax(node, _types):
    minimum, span = float(setting(node, "minimum")), float(setting(node, "range"))
    low = float(setting(node, "low"))
    width = float(setting(node, "high")) - low
    return _map(lambda x: low + (x - minimum) / span * width)


def _bucketize(node, _types):
    edges = [float(edge) for edge in setting(node, "edges")]
    return _map(lambda x: None if x != x else float(bisect_right(edges, x)))


def places_of(values):
    """The place of each value in a list."""
    return {(value if isinstance(value, str) else float(value)): place for place, value in enumerate(values)}


def _vocabulary(node, types):
    values = setting(node, "values")
    places, others, kind = places_of(values), setting(node, "oov"), types[0]

    def place(value):
        if value != value:
            return None
        found = places.get(value)
        if found is not None:
            return float(found)
        if others <= 1:
            return float(len(values)) if others == 1 else -1.0
        return float(len(values) + text.hash_bucket(value_text(kind, value), others))

    return _map(place)


def _one_hot(node, types):
    values = setting(node, "values")
    places, others, kind = places_of(values), setting(node, "oov"), types[0]

    def kernel(columns, count):
        out = [[0.0] * count for _ in range(len(values) + others)]
        for row, value in enumerate(columns[0]):
            if value is None or value != value:
                continue
            place = places.get(value)
            if place is not None:
                out[place][row] = 1.0
            elif others > 0:
                out[len(values) + text.hash_bucket(value_text(kind, value), others)][row] = 1.0
        return out

    return kernel


def _hash(node, types):
    buckets, kind = setting(node, "buckets"), types[0]
    known = {}

    def place(value):
        found = known.get(value)
        if found is None:
            found = float(text.hash_bucket(value_text(kind, value), buckets))
            if len(known) < KEPT_HASHES:
                known[value] = found
        return found

    return _map(place)


def _cross(_node, types):
    def kernel(columns, _count):
        out = []
        for row in zip(*columns):
            if any(value is None for value in row):
                out.append(None)
            else:
                out.append("|".join(text.escape_crossed(value_text(kind, value)) for kind, value in zip(types, row)))
        return [out]

    return kernel


def _in(node, _types):
    places = places_of(setting(node, "values"))
    return _map(lambda value: 1.0 if value == value and value in places else 0.0)


def _tokens(node, _types):
    vocabulary = setting(node, "values")
    places = {word: place for place, word in enumerate(vocabulary)}

    def kernel(columns, count):
        out = [[0.0] * count for _ in vocabulary]
        for row, value in enumerate(columns[0]):
            for word in text.words(value) if value is not None else ():
                place = places.get(word)
                if place is not None:
                    out[place][row] += 1.0
        return out

    return kernel


def absent(value):
    """Missing or NaN."""
    return value is None or value != value


def _impute(node, _types):
    value = setting(node, "value")
    if node["type"] != "string":
        value = float(value)
    indicator = setting(node, "indicator") is True

    def kernel(columns, _count):
        filled = [value if absent(x) else x for x in columns[0]]
        return [filled, [1.0 if absent(x) else 0.0 for x in columns[0]]] if indicator else [filled]

    return kernel


def _is_missing(_node, _types):
    return lambda columns, _count: [[1.0 if absent(x) else 0.0 for x in columns[0]]]


def _coalesce(_node, _types):
    def kernel(columns, _count):
        out = []
        for row in zip(*columns):
            out.append(next((value for value in row if not absent(value)), row[-1]))
        return [out]

    return kernel


def _if(_node, _types):
    return lambda columns, _count: [[a if test == 1.0 else b for test, a, b in zip(*columns)]]


def _connective(decisive):
    other = 1.0 - decisive

    def decide(a, b):
        if a == decisive or b == decisive:
            return decisive
        return None if a is None or b is None else other

    return lambda _node, _types: lambda columns, _count: [[decide(a, b) for a, b in zip(columns[0], columns[1])]]


def _compare(function):
    return lambda _node, _types: _map_two(lambda a, b: 1.0 if function(a, b) else 0.0)




def to_integer(x):
    """The whole part, or None beyond 2^53 and for NaN."""
    if x != x or abs(x) >= LARGEST_INTEGER + 2:
        return None
    return float(math.trunc(x))


def _parse_boolean(trimmed):
    word = trimmed.lower() if len(trimmed) <= 5 else ""
    if word in ("true", "1"):
        return 1.0
    return 0.0 if word in ("false", "0") else None


def _parse_integer(trimmed):
    number = text.parse_number(trimmed)
    return None if number is None else to_integer(number)


def _as_float(parse):
    def parsed(value):
        number = parse(value)
        return None if number is None else float(number)

    return parsed


_FROM_TEXT = {
    "boolean": _parse_boolean,
    "date": _as_float(dates.parse_date),
    "timestamp": _as_float(dates.parse_timestamp),
    "int64": _parse_integer,
    "float64": text.parse_number,
}


def _cast(node, types):
    source, target = types[0], node["type"]
    if source == target:
        return lambda columns, _count: [columns[0]]
    if target == "string":
        return _map(lambda value: value_text(source, value))
    if source == "string":
        parse = _FROM_TEXT[target]
        return _map(lambda value: parse(text.trim(value)))
    if target == "boolean":
        return _map(lambda x: None if x != x else 0.0 if x == 0.0 else 1.0)
    if target == "int64":
        return _map(to_integer)
    if source == "date" and target == "timestamp":
        return _map(lambda x: x * float(dates.DAY_US))
    if source == "timestamp" and target == "date":
        return _map(lambda x: float(int(x) // dates.DAY_US))
    return _map(lambda x: x)


def _day_part(function):
    def make(_node, types):
        unit = dates.DAY_US if types[0] == "timestamp" else 1
        return _map(lambda value: float(function(int(value) // unit)))

    return make


def _clock_part(unit, modulus):
    return lambda _node, _types: _map(lambda value: float(int(value) // unit % modulus))


def _plain(function):
    return lambda _node, _types: _map(function)


def _plain_two(function):
    return lambda _node, _types: _map_two(function)


KERNELS = {
    "constant": _constant,
    "add": _plain_two(lambda a, b: a + b),
    "subtract": _plain_two(lambda a, b: a - b),
    "multiply": _plain_two(lambda a, b: a * b),
    "divide": _plain_two(divide),
    "negate": _plain(lambda x: -x),
    "abs": _plain(abs),
    "sqrt": _plain(_sqrt),
    "log": _plain(portable_math.log),
    "log1p": _plain(portable_math.log1p),
    "exp": _plain(portable_math.exp),
    "clip": _clip,
    "standardize": _center_scale,
    "minmax": _minmax,
    "robust_scale": _center_scale,
    "bucketize": _bucketize,
    "quantile_buckets": _bucketize,
    "vocabulary": _vocabulary,
    "one_hot": _one_hot,
    "hash": _hash,
    "cross": _cross,
    "in": _in,
    "impute": _impute,
    "is_missing": _is_missing,
    "coalesce": _coalesce,
    "if": _if,
    "and": _connective(0.0),
    "or": _connective(1.0),
    "not": _plain(lambda x: 1.0 - x),
    "less": _compare(lambda a, b: a < b),
    "less_or_equal": _compare(lambda a, b: a <= b),
    "equal": _compare(lambda a, b: a == b),
    "not_equal": _compare(lambda a, b: a != b),
    "cast": _cast,
    "year": _day_part(dates.year),
    "month": _day_part(dates.month),
    "day": _day_part(dates.day),
    "weekday": _day_part(dates.weekday),
    "day_of_year": _day_part(dates.day_of_year),
    "week": _day_part(dates.week),
    "hour": _clock_part(3_600_000_000, 24),
    "minute": _clock_part(60_000_000, 60),
    "second": _clock_part(1_000_000, 60),
    "lower": _plain(text.lower),
    "trim": _plain(text.trim),
    "length": _plain(lambda value: float(len(value))),
    "token_count": _plain(lambda value: float(len(text.words(value)))),
    "tokens": _tokens,
}


def make_kernel(node, types):
    """The kernel of a node whose inputs have the given types."""
    return KERNELS[node["op"]](node, types)
