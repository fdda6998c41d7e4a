"""Makes pandera.json: generated tables, generated schemas as Pandera writes them, and its answers to each statement of them.

Run with pandera[io] and pandas installed, and without pyarrow, with which pandas matches patterns in another way:
python make_pandera.py > pandera.json

What Pandera says of values is kept where the column is there and of its type, and of equal values where those that may not be missing are
not: where it is otherwise both programs say so, and what Pandera goes on to say is of other values than those that were asked about. Of a
column without any value nothing is kept of its type, and of the order of columns nothing where some are missing or too many.
"""

import json
import re
import sys
import warnings

import numpy as np
import pandas as pd
import pandera
import pandera.pandas as pa
import yaml
from generated_tables import frame, pattern, present, tables, text, with_gaps
from pandera.errors import SchemaErrors

SCHEMAS = 8
TYPES = {"BIGINT": "int64", "DOUBLE": "float64", "VARCHAR": "str", "BOOLEAN": "bool", "TIMESTAMP": "datetime64[ns]"}
rng = np.random.default_rng(35)


def pick(options):
    return options[int(rng.integers(0, len(options)))]


def some(options, least=1):
    count = min(len(options), int(rng.integers(least, max(least, min(4, len(options))) + 1)))
    return [options[int(k)] for k in rng.permutation(len(options))[:count]]


def often(share):
    return bool(rng.random() < share)


def drawn_tables():
    """With a column of whole numbers of which some are missing."""
    drawn = tables(11)
    for columns in drawn.values():
        count = len(columns["i"]["values"])
        columns["k"] = {"type": "BIGINT", "values": with_gaps(rng, [int(v) for v in rng.integers(0, 9, count)], 0.2, [None])}
    return drawn


def frame_of(columns):
    made = frame({name: column for name, column in columns.items() if name != "k"})
    made["k"] = pd.Series(columns["k"]["values"], dtype="Int64")
    return made


def type_of(columns, name):
    return "Int64" if name == "k" else TYPES[columns[name]["type"]]


def values_of(columns, name):
    values = list(dict.fromkeys(present(columns, name)))
    return [pd.Timestamp(v) for v in values] if columns[name]["type"] == "TIMESTAMP" else values


def extreme(values, which):
    """A value, rather one of the ends, so that some checks pass."""
    return which(values) if often(0.5) else pick(values)


def bounds(values):
    low, high = sorted([extreme(values, min), extreme(values, max)])
    # Bounds that are equal hold themselves: it takes no others.
    return {"min_value": low, "max_value": high, "include_min": low == high or often(0.7), "include_max": low == high or often(0.7)}


def value_set(values, other):
    chosen = values if often(0.5) else some(values)
    return chosen + [other] if often(0.4) else chosen


def lengths(values):
    low, high = sorted([len(extreme(values, lambda v: min(v, key=len))), len(extreme(values, lambda v: max(v, key=len)))])
    return pick([{"min_value": low, "max_value": high}, {"min_value": low}, {"max_value": high}])


def end_of(values, at_end):
    value = pick(values)
    count = int(rng.integers(0, 3))
    return value[len(value) - min(count, len(value)) :] if at_end else value[:count]


def any_check(columns, name):
    kind, values = columns[name]["type"], values_of(columns, name)
    other = {"VARCHAR": text(rng, 3), "BOOLEAN": True, "TIMESTAMP": pd.Timestamp("2030-01-01")}.get(kind, 99)
    values = values or [other]
    options = {"ignore_na": often(0.7), "raise_warning": often(0.15)}
    made = {
        "equal_to": lambda: pa.Check.equal_to(pick(values), **options),
        "not_equal_to": lambda: pa.Check.not_equal_to(pick([*values, other, other]), **options),
        "isin": lambda: pa.Check.isin(value_set(values, other), **options),
        "notin": lambda: pa.Check.notin([other] if often(0.5) else some(values), **options),
        "unique_values_eq": lambda: pa.Check.unique_values_eq(value_set(values, other) if often(0.3) else values, **options),
    }
    if kind != "BOOLEAN":
        made |= {
            "greater_than": lambda: pa.Check.greater_than(extreme(values, min), **options),
            "greater_than_or_equal_to": lambda: pa.Check.greater_than_or_equal_to(extreme(values, min), **options),
            "less_than": lambda: pa.Check.less_than(extreme([*values, other], max), **options),
            "less_than_or_equal_to": lambda: pa.Check.less_than_or_equal_to(extreme(values, max), **options),
            "in_range": lambda: pa.Check.in_range(**bounds(values), **options),
        }
    if kind == "TIMESTAMP":
        for listed in ("isin", "notin", "unique_values_eq"):
            del made[listed]
    if kind == "VARCHAR":
        made |= {
            "str_matches": lambda: pa.Check.str_matches(pick([pattern(rng), ".*", "(?s)[^q]*$"]), **options),
            "str_contains": lambda: pa.Check.str_contains(pick([pattern(rng), ".?"]), **options),
            "str_startswith": lambda: pa.Check.str_startswith(end_of(values, False), **options),
            "str_endswith": lambda: pa.Check.str_endswith(end_of(values, True), **options),
            "str_length": lambda: pa.Check.str_length(**lengths(values), **options),
        }
    of_texts = [name for name in made if name.startswith("str_")]
    return made[pick(of_texts if of_texts and often(0.7) else list(made))]()


def any_column(columns, name, is_whole):
    """In schemas of the whole table every column is required and has its type, as those have that infer one."""
    right = type_of(columns, name)
    draw = 1 if is_whole else rng.random()
    dtype = None if draw < 0.2 else pick(list(TYPES.values())) if draw < 0.35 else right
    most = 6 if columns[name]["type"] == "VARCHAR" else 4
    checks = [any_check(columns, name) for _ in range(int(rng.integers(0, most)))]
    return pa.Column(
        dtype, checks=checks, nullable=often(0.6), unique=often(0.3), required=is_whole or often(0.8), coerce=not is_whole and often(0.08)
    )


def any_schema(columns):
    is_whole = often(0.5)
    names = list(columns)
    if not is_whole:
        names = some(names, 3)
    elif often(0.3):
        names.remove(pick(names))
    if often(0.2):
        names = some(names, len(names))
    made = {name: any_column(columns, name, is_whole) for name in names}
    if often(0.15):
        made["not there"] = pa.Column("int64", nullable=True, required=is_whole or often(0.7))
    unique = some([name for name in ("i", "g", "select", "h", "k", "b") if name in made] or ["i"]) if often(0.5) else None
    strict = True if is_whole else pick([False, False, True, "filter"])
    return pa.DataFrameSchema(made, strict=strict, ordered=often(0.5), unique=unique, coerce=not is_whole and often(0.1))


def any_written(columns):
    """Of instants some cannot be written."""
    while True:
        try:
            return any_schema(columns).to_yaml()
        except yaml.representer.RepresenterError:
            continue


def asked(schema, data):
    """What it found, and the checks that only warned, as pairs of a column and a place."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            schema.validate(data, lazy=True)
            errors = []
        except SchemaErrors as thrown:
            errors = thrown.schema_errors
    form = re.compile(r"Column '(.*?)' failed .*?validator (?:number )?(\d+):", re.DOTALL)
    warned = [form.match(str(one.message)) for one in told]
    return errors, {(one.group(1), int(one.group(2))) for one in warned if one}


def count_of(error):
    return len(error.failure_cases) if isinstance(error.failure_cases, pd.DataFrame) else None


def check_places(said, place, checks):
    """Where the checks of a column stand in what is written of it."""
    listed = said.get("checks")
    for at, check in enumerate(checks):
        if isinstance(listed, list):
            yield at, check.name, f"{place}.checks[{at}]"
        else:
            yield at, check.name, f"{place}.checks.{check.name}" if listed else f"{place}.{check.name}"


def column_answers(name, said, schema, data, found, warned):
    place = f"columns.{name}"
    its = {(reason, at): error for (column, reason, at), error in found.items() if column == name}
    answers = {}

    def answer(where, reason, at=None, counted=True):
        error = its.get((reason, at))
        count = (0 if error is None else count_of(error)) if counted else None
        answers[where] = {"success": error is None, "count": count}

    if said.get("required", True):
        answer(f"{place}.required", "COLUMN_NOT_IN_DATAFRAME", counted=False)
    if name not in data:
        return answers
    wrong = {reason for reason, _ in its}
    if said.get("dtype") and data[name].notna().any():
        answer(f"{place}.dtype", "WRONG_DATATYPE", counted=False)
    if wrong & {"WRONG_DATATYPE", "DATATYPE_COERCION"}:
        return answers
    if not said.get("nullable", False):
        answer(f"{place}.nullable", "SERIES_CONTAINS_NULLS")
    if said.get("unique", False) and "SERIES_CONTAINS_NULLS" not in wrong:
        answer(f"{place}.unique", "SERIES_CONTAINS_DUPLICATES")
    for at, kind, where in check_places(said, place, schema.columns[name].checks):
        if ("CHECK_ERROR", at) in its:
            continue
        if (name, at) in warned:
            answers[where] = {"success": False, "count": None}
        else:
            answer(where, "DATAFRAME_CHECK", at, counted=kind != "unique_values_eq")
    return answers


def answers_of(written, schema, data):
    errors, warned = asked(schema, data)
    found = {}
    for error in errors:
        reason = error.reason_code.name
        if reason == "COLUMN_NOT_IN_DATAFRAME":
            found[(str(error.failure_cases), reason, None)] = error
        else:
            column = error.schema.name if isinstance(error.schema, pa.Column) else None
            found[(column, reason, error.check_index)] = error
    answers = {}
    for name, said in written["columns"].items():
        answers |= column_answers(name, said, schema, data, found, warned)
    return answers | whole_answers(written, data, {reason for column, reason, _ in found if column is None})


def whole_answers(written, data, found):
    answers = {}
    names = written["columns"]
    is_whole = set(names) == set(data.columns)
    if written.get("strict") is True:
        answers["strict"] = {"success": "COLUMN_NOT_IN_SCHEMA" not in found, "count": None}
    if written.get("ordered") and is_whole:
        answers["ordered"] = {"success": "COLUMN_NOT_ORDERED" not in found, "count": None}
    keys = written.get("unique")
    if keys and all(key in data and (names.get(key, {"nullable": True}).get("nullable") or data[key].notna().all()) for key in keys):
        answers["unique"] = {"success": "DUPLICATES" not in found, "count": None}
    return answers


def main():
    drawn = drawn_tables()
    documents, unread = [], 0
    for table, columns in drawn.items():
        data = frame_of(columns)
        for _ in range(SCHEMAS if len(data) > 10 else 3):
            text_of = any_written(columns)
            # What is read again is what was written: some arguments are not.
            again = pa.DataFrameSchema.from_yaml(text_of)
            try:
                answers = answers_of(yaml.safe_load(text_of), again, data)
            except Exception as thrown:
                unread += 1
                print(f"{table}: {thrown!r}", file=sys.stderr)
                continue
            documents.append({"table": table, "text": text_of, "answers": answers})
    versions = {"pandera": pandera.__version__, "pandas": pd.__version__, "python": sys.version.split()[0]}
    json.dump({"from": "pandera", "versions": versions, "unread": unread, "tables": drawn, "documents": documents}, sys.stdout, ensure_ascii=False)


main()
