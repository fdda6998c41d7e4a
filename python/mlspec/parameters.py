"""Checks the value of a parameter against its annotation and converts what is only written differently."""

import enum
import pathlib
import typing
from typing import Any

from .errors import MlspecError


class _Mismatch(Exception):
    def __init__(self, expected: str, hint: str = "") -> None:
        super().__init__(expected)
        self.expected = expected
        self.hint = hint


def convert_parameter(name: str, value: Any, kind: Any, owner: str) -> Any:
    """The value as the annotated type.

    Whole numbers fit float and floats without fraction fit int; nothing else is guessed. Raises COMPONENT_BAD_PARAMETER.
    """
    try:
        return _convert(value, kind)
    except _Mismatch as mismatch:
        raise MlspecError(
            "COMPONENT_BAD_PARAMETER",
            f"parameter {name} of {owner}: expected {mismatch.expected}, found {_found(value)}",
            mismatch.hint or f"Change {name} under params of the step, or the annotation in the code.",
        ) from None


def _found(value: Any) -> str:
    if isinstance(value, str):
        return f"the text {value!r}"
    return "nothing (null)" if value is None else f"{_kind_name(type(value))} {value!r}"


def _kind_name(kind: Any) -> str:
    names = {
        int: "a whole number",
        float: "a number",
        str: "a text",
        bool: "true or false",
        list: "a list",
        dict: "a map",
        tuple: "a list",
    }
    return names.get(kind) or getattr(kind, "__name__", str(kind))


def _convert(value: Any, kind: Any) -> Any:
    if kind is Any or isinstance(kind, (str, typing.TypeVar)):
        return value
    origin = typing.get_origin(kind)
    if origin is typing.Union or type(kind).__name__ == "UnionType":
        return _convert_union(value, typing.get_args(kind))
    if origin is typing.Literal:
        return _convert_literal(value, typing.get_args(kind))
    if origin in (list, tuple, set, frozenset) or kind in (list, tuple, set, frozenset):
        return _convert_items(value, origin or kind, typing.get_args(kind))
    if origin is dict or kind is dict:
        return _convert_map(value, typing.get_args(kind))
    if origin is typing.Annotated:
        return _convert(value, typing.get_args(kind)[0])
    return _convert_plain(value, kind)


def _convert_plain(value: Any, kind: Any) -> Any:
    if kind is bool:
        return _require(isinstance(value, bool), value, "true or false", "Write true or false without quotes.")
    if kind is int:
        return _convert_int(value)
    if kind is float:
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
        return float(_require(good, value, "a number", "Write the number without quotes."))
    if kind is str:
        return _require(isinstance(value, str), value, "a text", "Put the value in quotes.")
    if kind is type(None):
        return _require(value is None, value, "null")
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return _convert_enum(value, kind)
    if isinstance(kind, type) and issubclass(kind, pathlib.PurePath):
        return kind(_require(isinstance(value, str), value, "a path"))
    return value


def _convert_int(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    good = isinstance(value, int) and not isinstance(value, bool)
    return _require(good, value, "a whole number", "Write the number without quotes.")


def _convert_union(value: Any, members: tuple) -> Any:
    # An exact match first, so that `Union[float, int]` leaves 3 what it is.
    for member in members:
        if isinstance(member, type) and type(value) is member:
            return value
    for member in members:
        try:
            return _convert(value, member)
        except _Mismatch:
            continue
    raise _Mismatch(" or ".join("null" if one is type(None) else _kind_name(one) for one in members))


def _convert_literal(value: Any, choices: tuple) -> Any:
    for choice in choices:
        if choice == value and type(choice) is type(value):
            return choice
    raise _Mismatch("one of " + ", ".join(repr(choice) for choice in choices))


def _convert_enum(value: Any, kind: Any) -> Any:
    for member in kind:
        if value == member.value or value == member.name:
            return member
    raise _Mismatch("one of " + ", ".join(repr(member.value) for member in kind))


def _convert_items(value: Any, kind: Any, members: tuple) -> Any:
    if not isinstance(value, (list, tuple)):
        raise _Mismatch("a list")
    if kind is tuple and members and members[-1] is not Ellipsis:
        if len(members) != len(value):
            raise _Mismatch(f"a list of {len(members)}")
        return tuple(_convert_member(item, member, place) for place, (item, member) in enumerate(zip(value, members)))
    member = members[0] if members else Any
    return kind(_convert_member(item, member, place) for place, item in enumerate(value))


def _convert_map(value: Any, members: tuple) -> Any:
    if not isinstance(value, dict):
        raise _Mismatch("a map")
    if len(members) != 2:
        return value
    return {key: _convert_member(item, members[1], key) for key, item in value.items()}


def _convert_member(value: Any, kind: Any, place: Any) -> Any:
    try:
        return _convert(value, kind)
    except _Mismatch as mismatch:
        raise _Mismatch(f"{mismatch.expected} at {place}") from None


def _require(good: bool, value: Any, expected: str, hint: str = "") -> Any:
    if not good:
        raise _Mismatch(expected, hint)
    return value
