"""Columns that go in and come out, and how values of many kinds become the ones that kernels know."""

import datetime
import math
import operator

from . import dates

LARGEST_INTEGER = 9007199254740992
EPOCH = datetime.datetime(1970, 1, 1)


class TransformError(Exception):
    """The transformation cannot be applied. `code` stands in the reference of errors."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


class Column:
    """A column of the result. `values` is a list with None where missing; numbers of int64 columns are ints."""

    __slots__ = ("name", "type", "_values", "_valid")

    def __init__(self, name, kind, values, valid=None):
        self.name = name
        self.type = kind
        self._values = values
        self._valid = valid

    def to_list(self):
        """The values, None where missing."""
        if isinstance(self._values, list):
            if self.type != "int64":
                return self._values
            return [None if value is None else int(value) for value in self._values]
        values = self._values.astype("int64").tolist() if self.type == "int64" else self._values.tolist()
        if self._valid is None:
            return values
        return [value if there else None for value, there in zip(values, self._valid.tolist())]

    def to_numpy(self):
        """An array: int64 where nothing is missing, float64 with NaN where something is, objects for text."""
        import numpy as np

        if self.type == "string":
            return np.array(self._values, dtype=object)
        if isinstance(self._values, list):
            valid = np.array([value is not None for value in self._values], dtype=bool)
            values = np.array([0.0 if value is None else value for value in self._values], dtype=np.float64)
        else:
            values = self._values
            valid = np.ones(len(values), dtype=bool) if self._valid is None else self._valid
        if valid.all():
            return values.astype(np.int64) if self.type == "int64" else values
        return np.where(valid, values, np.nan)


def _wrong(field, row, value):
    found = type(value).__name__
    return TransformError(
        "TRANSFORM_INPUT_TYPE", f"row {row}: {field['name']} is {found} {value!r:.60}; expected {field['type']}"
    )


def _is_absent(value):
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def _number(kind, value):
    """A value as the float that kernels know, or None where it has another type."""
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return None if kind in ("date", "timestamp") else float(bool(value))
    if kind in ("date", "timestamp"):
        moment = _moment(kind, value)
        if moment is not None:
            return moment
    if kind == "float64":
        try:
            return value.__float__() if not isinstance(value, str) else None
        except AttributeError:
            return None
    return _whole(kind, value)


def _whole(kind, value):
    try:
        number = operator.index(value)
    except TypeError:
        if not isinstance(value, float) or not value.is_integer():
            return None
        number = int(value)
    if kind == "boolean" and number not in (0, 1):
        return None
    return float(number) if abs(number) <= LARGEST_INTEGER else None


def _moment(kind, value):
    """Days or microseconds of a text, a date, a datetime (UTC where it has no zone), pandas' and NumPy's own."""
    if isinstance(value, str):
        parsed = dates.parse_date(value) if kind == "date" else dates.parse_timestamp(value)
        return None if parsed is None else float(parsed)
    if type(value).__name__ == "datetime64":
        value = value.astype("datetime64[us]").item()
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        value = value - EPOCH
        microseconds = (value.days * 86400 + value.seconds) * 1_000_000 + value.microseconds
        return float(microseconds // dates.DAY_US if kind == "date" else microseconds)
    if isinstance(value, datetime.date):
        days = value.toordinal() - EPOCH.toordinal()
        return float(days if kind == "date" else days * dates.DAY_US)
    return None


def _well_formed(value):
    """The text with U+FFFD for lone surrogates, which JSON can carry and UTF-8 cannot."""
    if value.isascii():
        return value
    try:
        value.encode("utf-8")
        return value
    except UnicodeEncodeError:
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def read_values(field, values, nan_is_missing):
    """A list of values of any kind as the list that kernels know. Raises TransformError naming row and column."""
    out = []
    for row, value in enumerate(values):
        if _is_absent(value) or (nan_is_missing and isinstance(value, float) and math.isnan(value)):
            out.append(None)
        elif field["type"] == "string":
            if not isinstance(value, str):
                raise _wrong(field, row, value)
            out.append(_well_formed(str(value)))
        else:
            number = _number(field["type"], value)
            if number is None:
                raise _wrong(field, row, value)
            out.append(number)
    return out


def read_array(np, field, values, nan_is_missing):
    """As `read_values`, for NumPy: (array, presence or None), or a list for text. Arrays of a fitting type are not looped over."""
    array = values.to_numpy() if hasattr(values, "to_numpy") else values
    if field["type"] != "string" and isinstance(array, np.ndarray):
        if array.dtype.kind == "f" and field["type"] == "float64":
            numbers = array.astype(np.float64)
            present = ~np.isnan(numbers) if nan_is_missing else None
            return numbers, None if present is None or present.all() else present
        if array.dtype.kind in "iub" and field["type"] in ("float64", "int64") and _fits(np, array):
            return array.astype(np.float64), None
        if array.dtype.kind == "b" and field["type"] == "boolean":
            return array.astype(np.float64), None
        if array.dtype.kind == "M" and field["type"] in ("date", "timestamp"):
            return _moments(np, field, array)
    return to_array(np, field["type"], read_values(field, list(values), nan_is_missing))


def _fits(np, array):
    return array.size == 0 or array.dtype.kind == "b" or (
        int(array.max()) <= LARGEST_INTEGER and int(array.min()) >= -LARGEST_INTEGER
    )


def _moments(np, field, array):
    absent = np.isnat(array)
    whole = array.astype("datetime64[us]").astype(np.int64)
    numbers = np.where(absent, 0, whole // dates.DAY_US if field["type"] == "date" else whole).astype(np.float64)
    return numbers, ~absent if absent.any() else None


def to_array(np, kind, values):
    """A list with None as (array, presence or None); text stays a list."""
    if kind == "string":
        return values
    absent = None in values
    numbers = np.array([0.0 if value is None else value for value in values], dtype=np.float64)
    return numbers, np.array([value is not None for value in values], dtype=bool) if absent else None


def to_values(column):
    """(array, presence) as a list with None; lists stay."""
    if isinstance(column, list):
        return column
    numbers, valid = column
    values = numbers.tolist()
    if valid is None:
        return values
    return [value if there else None for value, there in zip(values, valid.tolist())]
