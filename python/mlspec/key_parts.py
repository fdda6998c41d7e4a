"""The part and the fold of a row by the hash of its key: the twin of src/data-quality/key-place.ts and key-folds.ts, where the rules are written down."""

import datetime
import hashlib
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, List, Mapping, Optional, Sequence

from .errors import MlspecError

_USUAL_ORDER = ("train", "validation", "test", "holdback", "debug")
_SEPARATOR = "\x1f"
_UNUSED_BITS = 11
_PLACES = 2.0**53
_MOST_FOLDS = 100
#: Ends of parts are rounded as ECMAScript's toPrecision(15) does.
_END = Context(prec=15, rounding=ROUND_HALF_UP)
_EPOCH = datetime.datetime(1970, 1, 1)
_MICROSECOND = datetime.timedelta(microseconds=1)


def part_of_key(
    key: Any, parts: Mapping[str, float], *, salt: str = "", order: Optional[Sequence[str]] = None
) -> str:
    """The part of a key under `splitting: {by: hash}`, bit for bit as a run decides it.

    `key` is one value, or a tuple or list of values in the order of `task.key`: text, bool, int, float, date, datetime
    (without a zone it is UTC) or None. The column in the table must have that type: 1 and 1.0 are different keys.
    `parts` and `salt` are those of the declaration.
    """
    names = _ordered(parts, _USUAL_ORDER if order is None else order)
    _require_shares(parts)
    place = _place(_values(key), salt) / _PLACES
    below = 0.0
    for name in names[:-1]:
        below += parts[name]
        if place < float(_END.create_decimal(Decimal(below))):
            return name
    return names[-1]


def fold_of_key(key: Any, count: int, *, salt: str = "") -> int:
    """The fold of a key, 1 to `count`, under `splitting: {folds: {by: hash}}`, bit for bit as a run decides it.

    `key` is as in `part_of_key`; `salt` is that of the folds, else that of the split.
    """
    if isinstance(count, bool) or not isinstance(count, int) or not 2 <= count <= _MOST_FOLDS:
        raise _invalid(f"expected 2 to {_MOST_FOLDS} folds, found {count!r}")
    return 1 + _place(_values(key), "folds" + _SEPARATOR + salt) % count


def _values(key: Any) -> Sequence[Any]:
    return key if isinstance(key, (tuple, list)) else (key,)


def _ordered(parts: Mapping[str, float], order: Sequence[str]) -> List[str]:
    """All parts, those of `order` first, others by name."""
    return sorted(parts, key=lambda name: (list(order).index(name) if name in order else len(order), name))


def _require_shares(parts: Mapping[str, float]) -> None:
    if all(share > 0 for share in parts.values()) and abs(sum(parts.values()) - 1) <= 1e-9:
        return
    raise _invalid(f"expected parts with shares above 0 that add up to 1, found {dict(parts)}")


def _place(key: Sequence[Any], salt: str) -> int:
    """From 0 to 2**53 - 1."""
    text = salt + _SEPARATOR + ";".join(_text(value) for value in key)
    try:
        digest = hashlib.new("md5", text.encode("utf-8"), usedforsecurity=False).digest()
    except UnicodeEncodeError:
        raise _invalid(f"expected a text of whole characters, found half of a pair of surrogates in {text!r}") from None
    return int.from_bytes(digest[8:], "little") >> _UNUSED_BITS


def _text(value: Any) -> str:
    if value is None:
        return "-"
    value = _plain(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _float_text(float(value))
    if isinstance(value, str):
        return f"{len(value.encode('utf-8', 'surrogatepass'))}:{value}"
    if isinstance(value, datetime.datetime):
        if value != value:
            return "-"  # NaT of pandas
        moment = value if value.tzinfo is None else value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return str((moment - _EPOCH) // _MICROSECOND)
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise _invalid(f"expected text, bool, int, float, date, datetime or None, found {value!r} ({type(value).__name__})")


def _plain(value: Any) -> Any:
    """The scalars of NumPy as plain values, but floats of fewer bits, whose text in a table is another."""
    if type(value).__module__ != "numpy" or type(value).__name__ in ("float32", "float16", "longdouble"):
        return value
    if type(value).__name__ == "datetime64":
        return value.astype("datetime64[us]").item()
    return value.item()


def _float_text(value: float) -> str:
    """As `repr` writes it, zero and NaN without their sign."""
    return "0.0" if value == 0 else repr(value)


def _invalid(message: str) -> MlspecError:
    return MlspecError(
        "KEY_VALUE_INVALID", message, "Give each value with the type of its column; cast 32-bit floats and decimals to DOUBLE."
    )
