"""How a function says what it reads, writes and is told: annotations and the decorator."""

import sys
from typing import Any, Callable, Dict, TypeVar, overload

from typing import Annotated

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


class Mark:
    """Tells the kinds of arguments apart in an annotation."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        return f"mlspec {self.kind}"


#: An artifact that the step reads. `T` says in which form: an artifact type, `pandas.DataFrame`, `polars.DataFrame`,
#: `pyarrow.Table`, `str` or `pathlib.Path` (the path), or `list[T]` where the port takes several.
InputArtifact = Annotated[T, Mark("input")]

#: An artifact that the step writes: an artifact type, or `str` or `pathlib.Path` for the path alone.
OutputArtifact = Annotated[T, Mark("output")]

#: A parameter. Its value is checked against `T`.
Parameter = Annotated[T, Mark("parameter")]

Input = InputArtifact
Output = OutputArtifact
Param = Parameter


class OutputDict:
    """The result of a component: `-> OutputDict(accuracy=float)`. Its values are small and can be used in conditions."""

    def __init__(self, **types: Any) -> None:
        self.types: Dict[str, Any] = types

    def __repr__(self) -> str:
        return f"OutputDict({', '.join(f'{name}={_name_of(kind)}' for name, kind in self.types.items())})"


def _name_of(kind: Any) -> str:
    return getattr(kind, "__name__", None) or repr(kind)


@overload
def component(function: F) -> F: ...
@overload
def component(*, name: str = ...) -> Callable[[F], F]: ...


def component(function=None, *, name=None):
    """Marks a function as a component and checks its signature at once. The function itself stays what it is."""

    def mark(target):
        if not callable(target):
            from .errors import MlspecError

            raise MlspecError("COMPONENT_BAD_SIGNATURE", f"@component expects a function, found {target!r}")
        target.__mlspec_component__ = name or target.__name__
        # Annotations written as text may name what is defined only further down: they are read when the step runs.
        if not any(isinstance(kind, str) for kind in getattr(target, "__annotations__", {}).values()):
            from .signature import read_signature

            read_signature(target)
        return target

    return mark if function is None else mark(function)


if sys.version_info < (3, 9):  # pragma: no cover
    raise ImportError("mlspec needs Python 3.9 or newer")
