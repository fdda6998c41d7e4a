"""`python -m mlspec.source ROOT REFERENCE PATH`: lets a function of the project bring a table.

The function returns a table (pandas, polars, Arrow, a list of rows, a map of columns, or the path of a Parquet file), or
takes one argument, the path to which it writes a Parquet file.
"""

import inspect
import os
import sys
from typing import Any, Callable, Optional, Sequence

from mlspec.errors import MlspecError
from mlspec.loading import load_function, split_reference
from mlspec.tables import write_table


def bring(function: Callable[..., Any], path: str) -> None:
    """Calls the function and leaves its table at the path."""
    result = function(path) if _takes_path(function) else function()
    if result is not None:
        write_table(result, path)
    if not os.path.exists(path):
        raise MlspecError(
            "INGESTION_PYTHON_FAILED",
            f"{getattr(function, '__name__', 'the function')} returned nothing and wrote nothing to its path",
            "Return a table, or take one argument and write a Parquet file to that path.",
        )


def _takes_path(function: Callable[..., Any]) -> bool:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return any(one.kind in kinds and one.default is inspect.Parameter.empty for one in parameters)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Brings the table of a reference; the last line of standard error says what went wrong."""
    root, reference, path = sys.argv[1:] if argv is None else argv
    try:
        bring(load_function(*split_reference(reference), root), path)
        return 0
    except Exception as error:
        if not isinstance(error, MlspecError):
            import traceback

            traceback.print_exc()
        print(f"{type(error).__name__}: {error}" if not isinstance(error, MlspecError) else str(error), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
