"""Checks of a Parquet file by Pandera on Polars: `python check_pandera.py FILE CHECKS`.

CHECKS is the list that bench/data/suite.ts makes. Prints the seconds, imports apart, and how many held.
"""

import datetime
import json
import sys
import time

import pandera.polars as pa
import polars as pl


def at(text):
    return datetime.datetime.fromisoformat(text)


def share_present(least):
    return pa.Check(
        lambda data: data.lazyframe.select(pl.col(data.key).count() / pl.len() >= least), name=f"present {least}"
    )


def mean_between(low, high):
    return pa.Check(
        lambda data: data.lazyframe.select(pl.col(data.key).mean().is_between(low, high)), name="mean"
    )


def highest(most):
    return pa.Check(lambda data: data.lazyframe.select(pl.col(data.key).max() <= most), name="highest")


COLUMN_CHECKS = {
    "between": lambda c: pa.Check.in_range(c["low"], c["high"]),
    "mean": lambda c: mean_between(c["low"], c["high"]),
    "highest": lambda c: highest(c["most"]),
    "length": lambda c: pa.Check.str_length(c["low"], c["high"]),
    "times": lambda c: pa.Check.in_range(at(c["low"]), at(c["high"])),
    "matches": lambda c: pa.Check.str_matches(c["pattern"]),
    "among": lambda c: pa.Check.isin(c["values"]),
}


def column(checks):
    present = next(check for check in checks if check["of"] == "present")
    made = [COLUMN_CHECKS[check["of"]](check) for check in checks if check["of"] in COLUMN_CHECKS]
    gaps = [] if present["least"] == 1 else [share_present(present["least"])]
    return pa.Column(
        nullable=present["least"] < 1,
        unique=any(check["of"] == "unique" for check in checks),
        checks=[*made, *gaps],
    )


with open(sys.argv[2]) as file:
    checks = json.load(file)
names = list(dict.fromkeys(check["column"] for check in checks if "column" in check))
wanted = {check["of"]: check["count"] for check in checks if "count" in check}
schema = pa.DataFrameSchema(
    {name: column([check for check in checks if check.get("column") == name]) for name in names},
    checks=[
        pa.Check(lambda data: data.lazyframe.select(pl.len() == wanted["rows"])),
        pa.Check(lambda data: len(data.lazyframe.collect_schema()) == wanted["columns"]),
    ],
)
started = time.perf_counter()
failed = 0
try:
    # Of a lazy frame Pandera looks at the schema alone.
    schema.validate(pl.read_parquet(sys.argv[1]), lazy=True)
except pa.errors.SchemaErrors as errors:
    print(errors, file=sys.stderr)
    failed = len(errors.schema_errors)
seconds = time.perf_counter() - started
print(json.dumps({"seconds": seconds, "passed": len(checks) - failed}))
