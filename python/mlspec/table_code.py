"""`python -m mlspec.table_code REQUEST`: calls a function of the project over the rows of a table, and leaves what it says.

A function gets rows as its argument is annotated: `pyarrow.Table` (the default), `pandas.DataFrame` or `polars.DataFrame`. For a mask
it is called once a batch. For one value of the table it is called with the whole table; where it takes an iterator of tables, with an
iterator over batches; where it has `merge` (`mlspec.check`), once a batch.
"""

import inspect
import json
import math
import os
import re
import sys
import typing
from typing import Any, Callable, Dict, Iterator, Optional, Sequence, Tuple

import mlspec
from mlspec.errors import MlspecError
from mlspec.step_recorder import StepRecorder

BATCH_ROWS = 65_536
MISSING = 2
_ITERATORS = re.compile(r"^(?:[\w.]+\.)?(?:Iterator|Iterable|Generator)\[(.+?)(?:,.*)?\]$")
_LIBRARIES = ("pyarrow.Table", "pandas.DataFrame", "polars.DataFrame")


class TableArgument:
    """As what a function takes rows."""

    def __init__(self, library: str, is_iterator: bool) -> None:
        self.library = library
        self.is_iterator = is_iterator

    def of(self, table: Any) -> Any:
        """An Arrow table as the function takes it."""
        if self.library == "pandas.DataFrame":
            return table.to_pandas()
        if self.library == "polars.DataFrame":
            from mlspec.tables import _load

            return _load("polars", "a function over polars tables").from_arrow(table)
        return table


def table_argument(function: Callable[..., Any]) -> TableArgument:
    """What the one argument of a function is annotated with. Raises for a function of none or several, and for other types."""
    from mlspec.tables import library_of_annotation

    name = getattr(function, "__name__", "the function")
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    places = [one for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    needed = [one for one in parameters if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    if not places or needed[1:] or (needed and needed[0] is not places[0]):
        raise _bad_signature(f"expected {name} to take one argument, the rows")
    annotation = _hints(function).get(places[0].name, places[0].annotation)
    if annotation is inspect.Parameter.empty:
        return TableArgument(_LIBRARIES[0], False)
    item = _item_of(annotation)
    library = library_of_annotation(annotation if item is None else item)
    if library not in _LIBRARIES:
        raise _bad_signature(f"expected the argument of {name} to be annotated with one of {', '.join(_LIBRARIES)}, found {annotation}")
    return TableArgument(library, item is not None)


def _hints(function: Callable[..., Any]) -> Dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except Exception:
        # Names below `TYPE_CHECKING`: the texts of the annotations are enough.
        return dict(getattr(function, "__annotations__", {}))


def _item_of(annotation: Any) -> Any:
    """Of what an iterator is annotated to be; None where it is no iterator."""
    if isinstance(annotation, str):
        found = _ITERATORS.match(annotation.strip())
        return found.group(1) if found else None
    origin = typing.get_origin(annotation)
    if getattr(origin, "__name__", "") in ("Iterator", "Iterable", "Generator"):
        return (typing.get_args(annotation) or (None,))[0]
    return None


def batches_of(path: str, hidden: Sequence[str]) -> Iterator[Any]:
    """The rows of a Parquet file as Arrow tables of at most 65,536 rows, without the hidden columns."""
    from mlspec.tables import _load

    arrow, parquet = _load("pyarrow", "a function over rows"), _load("pyarrow.parquet", "a function over rows")
    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            yield _without(arrow.Table.from_batches([batch]), hidden)


def _without(table: Any, hidden: Sequence[str]) -> Any:
    return table.select([at for at, name in enumerate(table.column_names) if name not in hidden])


def mask_bytes(returned: Any, given: Any, rows: int) -> bytes:
    """A mask as one byte a row: 0 fails, 1 passes, 2 says nothing. Raises for what is no mask of so many rows."""
    arrow = sys.modules["pyarrow"]
    array = _arrow_array(returned, given, rows, arrow)
    if not (arrow.types.is_boolean(array.type) or arrow.types.is_null(array.type)):
        raise _bad_return(f"expected truth values, found {array.type}")
    if len(array) != rows:
        raise _bad_return(f"expected a truth value for each of the {rows} rows of a batch, found {len(array)}")
    if rows == 0:
        return b""
    numbers = array.cast(arrow.uint8()).fill_null(MISSING)
    return bytes(numbers.buffers()[1])[numbers.offset : numbers.offset + rows]


def _arrow_array(returned: Any, given: Any, rows: int, arrow: Any) -> Any:
    kind = type(returned)
    package = (kind.__module__ or "").split(".")[0]
    wanted = f"expected a truth value for each of the {rows} rows of a batch"
    if package == "pandas" and kind.__name__ == "Series":
        if len(returned) == rows and hasattr(given, "index") and not returned.index.equals(given.index):
            raise _bad_return("the index of its Series is not that of the batch: its rows are in another order, or not those of the batch")
        return arrow.Array.from_pandas(returned)
    if package == "polars" and kind.__name__ == "Series":
        return returned.to_arrow()
    if isinstance(returned, arrow.ChunkedArray):
        return returned.combine_chunks() if returned.num_chunks != 1 else returned.chunk(0)
    if isinstance(returned, arrow.Array):
        return returned
    if isinstance(returned, (list, tuple)) or (package == "numpy" and kind.__name__ == "ndarray"):
        try:
            return arrow.array(returned)
        except (arrow.ArrowException, TypeError, ValueError) as error:
            raise _bad_return(f"{wanted}, found a {kind.__name__} that is none: {error}") from None
    raise _bad_return(f"{wanted}, found a {kind.__name__}")


def one_value(function: Callable[..., Any], argument: TableArgument, tables: Iterator[Any], whole: Callable[[], Any]) -> Any:
    """What a function says of a whole table."""
    merge = getattr(function, "merge", None)
    if merge is None:
        return function((argument.of(table) for table in tables) if argument.is_iterator else argument.of(whole()))
    if argument.is_iterator:
        raise _bad_signature(f"expected {function.__name__}, which has merge, to take one table at a time")
    state: Tuple[Any, ...] = ()
    for table in tables:
        found = function(argument.of(table))
        state = (merge(state[0], found),) if state else (found,)
    if not state:
        return None
    final = getattr(function, "final", None)
    return state[0] if final is None else final(state[0])


def plain_value(value: Any) -> Dict[str, Any]:
    """One value as the values of a result document: `value`, or `number` with the text of what JSON does not hold."""
    for unwrap in ("as_py", "item"):
        if not isinstance(value, (bool, int, float, str, type(None))) and hasattr(value, unwrap):
            value = getattr(value, unwrap)()
    if type(value).__name__ in ("NAType", "NaTType"):
        value = None
    if type(value).__name__ == "Decimal":
        value = float(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        value = float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    if value is None or isinstance(value, (bool, int, float, str)):
        return {"value": value}
    raise _bad_return(f"expected a number, a text, a truth value or None, found a {type(value).__name__}")


def _bad_return(message: str) -> MlspecError:
    return MlspecError("COMPONENT_BAD_OUTPUT", f"the function returned something else: {message}")


def _bad_signature(message: str) -> MlspecError:
    return MlspecError("COMPONENT_BAD_SIGNATURE", message)


def _carry_out(request: Dict[str, Any]) -> Dict[str, Any]:
    from mlspec.loading import load_function
    from mlspec.tables import to_arrow

    code, path, hidden = request["code"], request["rows"], request["hidden"]
    function = load_function(code["module"], code["function"], request["projectRoot"])
    argument = table_argument(function)
    tables = batches_of(path, hidden)
    if request["gives"] == "value":
        return plain_value(one_value(function, argument, tables, lambda: _without(to_arrow(path), hidden)))
    if argument.is_iterator:
        raise _bad_signature(f"expected {function.__name__}, which gives a mask, to take one table at a time")
    with open(request["maskPath"], "wb") as file:
        for table in tables:
            given = argument.of(table)
            file.write(mask_bytes(function(given), given, table.num_rows))
    return {}


def _recorder(request: Dict[str, Any]) -> StepRecorder:
    folder = os.path.dirname(request["resultPath"])
    home = os.path.dirname(os.path.abspath(mlspec.__file__))
    program = os.path.dirname(os.path.dirname(home)) if os.path.basename(os.path.dirname(home)) == "python" else None
    skipped = [folder, os.path.dirname(request["rows"]), home]
    return StepRecorder(request["projectRoot"], program, skipped, os.path.join(folder, "code-of-children"))


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Calls the function that a request names, and leaves a result document."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    with open(arguments[0], encoding="utf-8") as file:
        request = json.load(file)
    recorder = _recorder(request)
    sys.path[:] = [path for path in sys.path if path not in ("", os.getcwd())]
    os.chdir(request["projectRoot"])
    result: Dict[str, Any] = {"status": "complete", "outputs": {}, "values": {}, "artifacts": []}
    try:
        recorder.start()
        result["values"] = _carry_out(request)
    except BaseException as error:
        from mlspec.failure import describe_failure

        described = describe_failure(error, request["projectRoot"])
        print(described.get("traceback") or described["message"], file=sys.stderr)
        result = {**result, "status": "failed", "error": described}
    result["code"] = recorder.loaded()
    recorder.stop()
    temporary = f"{request['resultPath']}.tmp"
    with open(temporary, "w", encoding="utf-8", errors="replace") as file:
        json.dump(result, file, ensure_ascii=False, allow_nan=False)
    os.replace(temporary, request["resultPath"])
    return 0 if result["status"] == "complete" else 1


if __name__ == "__main__":
    sys.exit(main())
