"""Tables between Parquet files and the libraries that read them. A library is imported when it is asked for."""

import importlib
import os
import shutil
from typing import Any, Iterable, List

from .errors import MlspecError, package_missing


def _load(module: str, needed_for: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.split(".")[0]
        if error.name not in (module, package):
            raise
        raise package_missing(needed_for, package) from None


def table_files(path: str) -> List[str]:
    """The Parquet files of a table: the file itself, or those of a folder in the order of their names and rows."""
    if not os.path.isdir(path):
        return [path]
    return [os.path.join(path, name) for name in sorted(os.listdir(path)) if name.endswith(".parquet")]


def to_arrow(path: str, columns: Any = None) -> Any:
    """The table as a pyarrow.Table."""
    parquet = _load("pyarrow.parquet", "reading a table as Arrow")
    wanted = list(columns) if columns is not None else None
    parts = []
    for name in table_files(path):
        with parquet.ParquetFile(name) as file:
            parts.append(file.read(columns=wanted))
    return parts[0] if len(parts) == 1 else _load("pyarrow", "reading a table as Arrow").concat_tables(parts)


def to_pandas(path: str, columns: Any = None) -> Any:
    """The table as a pandas.DataFrame."""
    pandas = _load("pandas", "reading a table as pandas")
    try:
        importlib.import_module("pyarrow")
    except ModuleNotFoundError:
        try:
            return pandas.read_parquet(path, columns=columns)
        except ImportError:
            raise package_missing("reading Parquet with pandas", "pyarrow") from None
    return to_arrow(path, columns).to_pandas()


def to_polars(path: str, columns: Any = None) -> Any:
    """The table as a polars.DataFrame."""
    polars = _load("polars", "reading a table as polars")
    return polars.read_parquet(table_files(path), columns=columns, hive_partitioning=False)


def to_polars_lazy(path: str) -> Any:
    """The table as a polars.LazyFrame."""
    return _load("polars", "reading a table as polars").scan_parquet(
        table_files(path), hive_partitioning=False
    )


def library_of(value: Any) -> str:
    """`pandas.DataFrame` and the like for a table object or its type; an empty text for anything else."""
    kind = value if isinstance(value, type) else type(value)
    for base in kind.__mro__:
        package = (base.__module__ or "").split(".")[0]
        if package in ("pandas", "polars", "pyarrow") and base.__name__ in ("DataFrame", "LazyFrame", "Table"):
            return f"{package}.{base.__name__}"
    return ""


def library_of_annotation(kind: Any) -> str:
    """As `library_of`, also for annotations that are text, such as `pd.DataFrame` below `TYPE_CHECKING`."""
    if isinstance(kind, type):
        return library_of(kind)
    if not isinstance(kind, str):
        return ""
    alias, _, name = kind.strip().rpartition(".")
    package = {"pd": "pandas", "pl": "polars", "pa": "pyarrow"}.get(alias, alias)
    return library_of_name(f"{package}.{name}")


def library_of_name(name: str) -> str:
    """The name where it is one of the known table types, else an empty text."""
    return name if name in READERS else ""


READERS = {
    "pandas.DataFrame": to_pandas,
    "polars.DataFrame": to_polars,
    "polars.LazyFrame": to_polars_lazy,
    "pyarrow.Table": to_arrow,
}


def write_table(table: Any, path: str) -> None:
    """Writes a table as one Parquet file: pandas, polars, Arrow, a list of rows, a map of columns, or a file's path."""
    library = library_of(table)
    if library == "polars.LazyFrame":
        table, library = table.collect(), "polars.DataFrame"
    if library == "polars.DataFrame":
        table.write_parquet(path)
    elif library:
        _write_arrow(_arrow_of(table, library), path)
    elif isinstance(table, (str, os.PathLike)):
        if os.path.abspath(table) != os.path.abspath(path):
            shutil.copyfile(table, path)
    elif isinstance(table, dict):
        _write_arrow(_load("pyarrow", "writing a table").table(table), path)
    elif isinstance(table, Iterable) and not isinstance(table, (bytes, bytearray)):
        _write_arrow(_load("pyarrow", "writing a table").Table.from_pylist(list(table)), path)
    else:
        raise MlspecError(
            "COMPONENT_BAD_OUTPUT",
            f"a {type(table).__name__} cannot be written as a table",
            "Give a pandas or polars DataFrame, a pyarrow.Table, a list of rows, a map of columns, or a path.",
        )


def _arrow_of(table: Any, library: str) -> Any:
    if library == "pyarrow.Table":
        return table
    arrow = _load("pyarrow", "writing a pandas table")
    if any(name is not None for name in table.index.names):
        table = table.reset_index()
    return arrow.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)


def _write_arrow(table: Any, path: str) -> None:
    parquet = _load("pyarrow.parquet", "writing a table")
    parquet.write_table(
        table, path, compression="zstd", coerce_timestamps="us", allow_truncated_timestamps=True, store_schema=False
    )
