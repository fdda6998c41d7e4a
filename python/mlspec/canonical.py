"""Canonical JSON (RFC 8785): the one text of a JSON value, the same in every language."""

import math
from typing import Any, List

from .errors import MlspecError


def plain_json(value: Any, path: str = "") -> Any:
    """A value with NumPy scalars, arrays, tuples and dates as what JSON has; NaN and infinities become null."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): plain_json(item, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value) if isinstance(value, (set, frozenset)) else value
        return [plain_json(item, f"{path}[{place}]") for place, item in enumerate(items)]
    for method in ("item", "tolist", "to_dict", "isoformat"):
        convert = getattr(value, method, None)
        if convert is None or (method == "item" and getattr(value, "size", 1) != 1):
            continue
        return plain_json(convert(), path)
    raise MlspecError(
        "COMPONENT_BAD_OUTPUT",
        f"a value of type {type(value).__name__} has no JSON form{f' (at {path.lstrip(chr(46))})' if path else ''}",
        "Give numbers, texts, lists and maps.",
    )


def canonical_json(value: Any) -> str:
    """The canonical text: members sorted by UTF-16 code units, numbers as ECMAScript writes them, no white space."""
    out: List[str] = []
    _write(value, out, "the value itself")
    return "".join(out)


def _write(value: Any, out: List[str], place: str) -> None:
    if value is None:
        out.append("null")
    elif isinstance(value, bool):
        out.append("true" if value else "false")
    elif isinstance(value, str):
        out.append(_quote(value, place))
    elif isinstance(value, (int, float)):
        out.append(number_text(value, place))
    elif isinstance(value, (list, tuple)):
        out.append("[")
        for index, item in enumerate(value):
            if index:
                out.append(",")
            _write(item, out, f"{place}[{index}]")
        out.append("]")
    elif isinstance(value, dict):
        _write_members(value, out, place)
    else:
        raise _not_json(f"a {type(value).__name__}", place)


def _write_members(value: dict, out: List[str], place: str) -> None:
    for key in value:
        if not isinstance(key, str):
            raise _not_json(f"a member named by a {type(key).__name__}", place)
    out.append("{")
    for index, key in enumerate(sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))):
        out.append("," if index else "")
        out.append(_quote(key, place) + ":")
        _write(value[key], out, f"{place}.{key}")
    out.append("}")


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _quote(text: str, place: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise _not_json("a text with a lone surrogate", place) from None
    return '"' + "".join(_ESCAPES.get(c) or (f"\\u{ord(c):04x}" if c < " " else c) for c in text) + '"'


def number_text(value: Any, place: str = "the value itself") -> str:
    """A number as ECMAScript's Number::toString writes the nearest double."""
    try:
        number = float(value)
    except OverflowError:
        raise _not_json("a whole number beyond the range of doubles", place) from None
    if not math.isfinite(number):
        raise _not_json(repr(number), place)
    if number == 0:
        return "0"
    mantissa, _, exponent = f"{number!r}".lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return ("-" if number < 0 else "") + _place_point(digits, point)


def _place_point(digits: str, point: int) -> str:
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    exponent = point - 1
    mantissa = digits if count == 1 else digits[0] + "." + digits[1:]
    return f"{mantissa}e{'+' if exponent >= 0 else '-'}{abs(exponent)}"


def _not_json(found: str, place: str) -> MlspecError:
    return MlspecError("ENCODING_NOT_JSON", f"expected a JSON value, found {found} at {place.lstrip('.')}")
