"""What a function reads, writes and is told, from its signature."""

import collections.abc
import inspect
import typing
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from .errors import MlspecError
from .ports import Mark, OutputDict

EMPTY = inspect.Parameter.empty


class Slot(NamedTuple):
    """One argument. `kind` is input, output, parameter, or open where only the step can tell."""

    name: str
    kind: str
    type: Any
    default: Any
    many: bool
    optional: bool

    @property
    def required(self) -> bool:
        return self.default is EMPTY


class Signature(NamedTuple):
    """All arguments of a function, and the values that it says it returns."""

    name: str
    slots: List[Slot]
    values: Dict[str, Any]
    returns: Any
    variadic: bool


def read_signature(function: Callable[..., Any]) -> Signature:
    """Reads a signature. Raises COMPONENT_BAD_SIGNATURE for one that no step can call."""
    name = getattr(function, "__name__", repr(function))
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise MlspecError("COMPONENT_BAD_SIGNATURE", f"the signature of {name} cannot be read: {error}") from None
    slots = []
    variadic = False
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            variadic = True
        elif parameter.kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL):
            raise MlspecError(
                "COMPONENT_BAD_SIGNATURE",
                f"{name} takes {parameter.name} by position only; a step calls its function by names",
                f"Write {parameter.name.lstrip('*')} as an ordinary argument.",
            )
        else:
            slots.append(_slot(function, parameter))
    returns = resolve(getattr(function, "__annotations__", {}).get("return", EMPTY), function)
    return Signature(name, slots, _values(returns), returns, variadic)


def _slot(function: Callable[..., Any], parameter: inspect.Parameter) -> Slot:
    kind, type_ = "open", resolve(parameter.annotation, function)
    type_, optional = without_none(type_)
    marked = mark_of(type_)
    if marked is not None:
        kind, type_ = marked
        type_ = resolve(type_, function)
        type_, inner = without_none(type_)
        optional = optional or inner
    item = _item_of(type_, function)
    many = item is not None and (kind == "input" or (kind == "open" and is_artifact(item)))
    if many:
        type_ = item
    return Slot(parameter.name, kind, type_, parameter.default, many, optional)


def _item_of(kind: Any, function: Callable[..., Any]) -> Any:
    """`T` of `list[T]` and `Sequence[T]`, else None."""
    if typing.get_origin(kind) not in (list, collections.abc.Sequence):
        return None
    return resolve(typing.get_args(kind)[0], function)


def mark_of(annotation: Any) -> Optional[tuple]:
    """`(kind, T)` for `InputArtifact[T]` and its like, else None. A bare `InputArtifact` has the type Any."""
    for mark in getattr(annotation, "__metadata__", ()):
        if isinstance(mark, Mark):
            inner = annotation.__origin__
            return mark.kind, Any if isinstance(inner, typing.TypeVar) else inner
    return None


def without_none(annotation: Any) -> tuple:
    """`(T, True)` for `Optional[T]`, else `(annotation, False)`."""
    if typing.get_origin(annotation) is typing.Union or type(annotation).__name__ == "UnionType":
        rest = [one for one in typing.get_args(annotation) if one is not type(None)]
        if len(rest) == 1 and len(rest) < len(typing.get_args(annotation)):
            return rest[0], True
    return annotation, False


def resolve(annotation: Any, function: Callable[..., Any]) -> Any:
    """An annotation as a value. One that is text and cannot be evaluated stays text."""
    text = annotation.__forward_arg__ if isinstance(annotation, typing.ForwardRef) else annotation
    if not isinstance(text, str):
        return annotation
    target = inspect.unwrap(function)
    try:
        return eval(text, getattr(target, "__globals__", {}), _closure(target))
    except Exception:
        return text


def _closure(function: Callable[..., Any]) -> Dict[str, Any]:
    try:
        return dict(inspect.getclosurevars(function).nonlocals)
    except TypeError:
        return {}


def is_artifact(kind: Any) -> bool:
    """Whether a type is one of the artifact types."""
    from .artifacts import Artifact

    return isinstance(kind, type) and issubclass(kind, Artifact)


def _values(returns: Any) -> Dict[str, Any]:
    if isinstance(returns, OutputDict):
        return dict(returns.types)
    if isinstance(returns, type) and issubclass(returns, dict) and hasattr(returns, "__total__"):
        return dict(returns.__annotations__)
    return {}
