"""Functions of a project that are checks of its data."""

from typing import Any, Callable, Optional, TypeVar

from .errors import MlspecError

F = TypeVar("F", bound=Callable[..., Any])


def check(function: Optional[F] = None, *, merge: Optional[Callable[[Any, Any], Any]] = None, final: Optional[Callable[[Any], Any]] = None) -> Any:
    """Marks a function as a check and looks at its signature at once. The function itself stays what it is.

    With `merge` it is called once a batch, and `merge(one, other)` puts two of its answers together, in the order of the rows;
    `final(merged)` makes the one value of the table of that. Without rows there is no value.
    """

    def mark(marked: F) -> F:
        from .table_code import table_argument

        if table_argument(marked).is_iterator and merge is not None:
            raise MlspecError("COMPONENT_BAD_SIGNATURE", f"expected {marked.__name__}, which has merge, to take one table at a time")
        if final is not None and merge is None:
            raise MlspecError("COMPONENT_BAD_SIGNATURE", f"expected {marked.__name__}, which has final, to have merge too")
        marked.merge = merge  # type: ignore[attr-defined]
        marked.final = final  # type: ignore[attr-defined]
        return marked

    return mark if function is None else mark(function)
