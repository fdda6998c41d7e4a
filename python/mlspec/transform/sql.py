"""Columns of `sql('…')`, computed by DuckDB before the transformation reads the rows. The only part that needs a package."""

from . import dates
from .columns import TransformError, read_values

SQL_TYPES = {
    "boolean": "BOOLEAN",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "string": "VARCHAR",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


def prepare(prepared, columns, row_count):
    """The prepared columns by name. Raises TransformError where DuckDB is not installed or a column is not there."""
    try:
        import duckdb
    except ImportError:
        raise TransformError(
            "TRANSFORM_NEEDS_SQL",
            "the transformation has features with sql(), which the Python package duckdb computes; install duckdb",
        ) from None
    fields = {column["name"]: column for field in prepared for column in field["columns"]}
    given = [_read(field, columns, row_count) for field in fields.values()]
    connection = duckdb.connect()
    quoted = ['"' + name.replace('"', '""') + '"' for name in fields]
    types = [SQL_TYPES[field["type"]] for field in fields.values()]
    declared = ", ".join(["__place BIGINT", *(f"{name} {kind}" for name, kind in zip(quoted, types))])
    connection.execute(f"CREATE TABLE given ({declared})")
    rows = list(zip(range(row_count), *given))
    if rows:
        connection.executemany(f"INSERT INTO given VALUES ({', '.join('?' * (len(fields) + 1))})", rows)
    out = {}
    for field in prepared:
        query = f"SELECT CAST(({field['sql']}) AS {SQL_TYPES[field['type']]}) FROM given ORDER BY __place"
        values = [row[0] for row in connection.execute(query).fetchall()]
        out[field["name"]] = read_values(field, values, False)
    connection.close()
    return out


def _read(field, columns, row_count):
    """A column's values as DuckDB takes them."""
    if field["name"] not in columns:
        raise TransformError(
            "TRANSFORM_INPUT_MISSING", f"sql() reads the column {field['name']}, which the rows do not have"
        )
    values = read_values(field, list(columns[field["name"]]), False)
    convert = {
        "boolean": bool,
        "int64": int,
        "date": dates.format_date,
        "timestamp": lambda value: dates.format_timestamp(value).rstrip("Z"),
    }.get(field["type"], lambda value: value)
    return [None if value is None else convert(value) for value in values]
