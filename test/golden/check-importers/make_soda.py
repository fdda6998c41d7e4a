"""Makes soda.json: generated tables, generated contracts of Soda with checks of every kind, and its answers.

Run with soda-duckdb 4 installed: python make_soda.py > soda.json
"""

import json
import logging
import os
import sys
from importlib.metadata import version

os.environ["SODA_CORE_TELEMETRY_TEST_MODE"] = "true"
os.environ["SODA_TELEMETRY_DISABLED"] = "true"
import duckdb  # noqa: E402
import numpy as np  # noqa: E402
from generated_tables import PIECES, frame, present, tables, text  # noqa: E402
from soda_core.common.yaml import ContractYamlSource  # noqa: E402
from soda_core.contracts.contract_verification import ContractVerificationSession  # noqa: E402
from soda_duckdb.common.data_sources.duckdb_data_source import DuckDBDataSourceImpl  # noqa: E402

logging.disable(logging.CRITICAL)
rng = np.random.default_rng(24)
WHOLE, NUMBERS, TEXTS = ["i", "j", "key no"], ["i", "j", "key no", "h"], ["s", "select"]
# Patterns that databases whose classes are of ASCII read alike.
SIMPLE = [piece for piece in PIECES if "\\s" not in piece.lower() and "\\u" not in piece and "\\-" not in piece and "{," not in piece]


def pick(options):
    return options[int(rng.integers(0, len(options)))]


def some(options, least=1):
    count = min(len(options), int(rng.integers(least, max(least, min(5, len(options))) + 1)))
    return [options[int(k)] for k in rng.permutation(len(options))[:count]]


def pattern():
    return pick(["", "^"]) + "".join(SIMPLE[k] for k in rng.integers(0, len(SIMPLE), rng.integers(1, 4))) + pick(["", "$"])


def threshold(value, percent=False, whole=True):
    """Around a value that the metric could have, of each kind of comparison."""
    around = value + (rng.integers(-2, 3) if whole and not percent else round(float(rng.normal(0, 1 + abs(value) / 4)), 2))
    around = max(0, int(around)) if whole and not percent else round(float(around), 2)
    kind = pick(["must_be", "must_not_be", "must_be_greater_than", "must_be_greater_than_or_equal", "must_be_less_than",
                 "must_be_less_than_or_equal", "must_be_between", "must_be_not_between"])
    if kind.endswith("between"):
        wide = int(rng.integers(0, 5)) if whole else round(float(rng.random()) * (1 + abs(value)), 2)
        bounds = {pick(["greater_than", "greater_than_or_equal"]): around, pick(["less_than", "less_than_or_equal"]): around + wide}
        if rng.random() < 0.3:
            bounds.pop(pick(list(bounds)))
        out = {kind: bounds}
    else:
        out = {kind: around}
    return {"metric": "percent", **out} if percent else out


def with_threshold(body, rows):
    draw = rng.random()
    if draw < 0.35:
        return body
    if draw < 0.6:
        return {**body, "threshold": threshold(float(rng.random()) * 60, percent=True)}
    return {**body, "threshold": threshold(int(rng.integers(0, max(1, rows // 2) + 1)))}


def filtered(body):
    conditions = ["i > 3", "\"key no\" < 900 and j <> 4", "\"select\" = 'red'", "i in (1, 2, 3) or j between 2 and 9", "s is not null"]
    return {**body, "filter": pick(conditions)} if rng.random() < 0.25 else body


def values(columns, name):
    found = list(dict.fromkeys(present(columns, name)))
    chosen = some(found) if found else []
    return (found if rng.random() < 0.4 else chosen) + [text(rng, 3) if name in TEXTS else 99]


def missing(columns, name):
    body = {}
    if name in ["i", "s", "select"] and rng.random() < 0.5:
        body["missing_values"] = values(columns, name)[:3]
    if name in TEXTS and rng.random() < 0.4:
        body["missing_format"] = {"regex": pattern(), "name": "a form"}
    return body


def validity(columns, name):
    if name in NUMBERS:
        found = present(columns, name) or [0]
        low, high = sorted([pick(found), pick(found)])
        options = [{"valid_min": low}, {"valid_max": high}, {"valid_min": low, "valid_max": high}]
        options += [{"valid_values": values(columns, name)}, {"invalid_values": values(columns, name)}] if name in WHOLE else []
        return pick(options)
    return pick([
        {"valid_values": values(columns, name)},
        {"invalid_values": values(columns, name)},
        {"valid_format": {"regex": pattern(), "name": "a form"}},
        {"invalid_format": {"regex": pattern(), "name": "a form"}},
        {"valid_length": int(rng.integers(0, 6))},
        {"valid_min_length": int(rng.integers(0, 4)), "valid_max_length": int(rng.integers(3, 9))},
    ])


def aggregate(columns, name):
    found = present(columns, name)
    function = pick(["avg", "sum", "min", "max"]) if name in NUMBERS else pick(["min_length", "max_length", "avg_length"])
    lengths = [len(v) for v in found] if name in TEXTS else [float(v) for v in found]
    measured = {"avg": np.mean, "sum": np.sum, "min": np.min, "max": np.max}[function.split("_")[0]](lengths) if lengths else 0
    return {"aggregate": {"function": function, "threshold": threshold(float(measured), whole=False)}}


def column_checks(columns, name, rows):
    kinds = [
        lambda: {"missing": filtered(with_threshold(missing(columns, name), rows))},
        lambda: {"missing": filtered(with_threshold(missing(columns, name), rows))},
        lambda: {"duplicate": filtered(with_threshold({}, rows))},
    ]
    if name in NUMBERS + TEXTS:
        kinds += [lambda: {"invalid": filtered(with_threshold(validity(columns, name), rows))} for _ in range(4)]
        kinds += [lambda: aggregate(columns, name) for _ in range(2)]
    return [make() for make in kinds]


def table_checks(columns, rows):
    names = list(columns)
    makes = [
        lambda: {"row_count": {}},
        lambda: {"row_count": filtered({"threshold": threshold(rows)})},
        lambda: {"row_count": filtered({"threshold": threshold(rows)})},
        lambda: {"schema": {"allow_extra_columns": bool(rng.integers(0, 2)), "allow_other_column_order": bool(rng.integers(0, 2))}},
        lambda: {"duplicate": {"columns": some(names, 2)}},
        lambda: {"failed_rows": {"expression": pick(["i > 15", "j < i", "\"select\" = 'red' or s is null", "i between 2 and 3"])}},
        lambda: {"failed_rows": {"expression": pick(["i > 15", "j < i", "h >= 5"]), "threshold": threshold(rows / 4)}},
    ]
    return [make() for make in makes]


def contract(table, columns):
    rows = len(columns["i"]["values"])
    listed = [{"name": name} for name in (list(columns) if rng.random() < 0.5 else [*columns][::-1])]
    if rng.random() < 0.4:
        listed = listed[: int(rng.integers(3, len(listed)))]
    for column in listed:
        if columns[column["name"]]["type"] == "DOUBLE" and column["name"] != "h":
            continue
        column["checks"] = column_checks(columns, column["name"], rows)
        if column["name"] == "select" and rng.random() < 0.5:
            column["missing_values"] = values(columns, "select")[:2]
    if rng.random() < 0.2:
        listed.append({"name": "none"})
    return {"dataset": f"source/main/{table}", "columns": listed, "checks": table_checks(columns, rows)}


def named(document):
    """Gives every check a name, and tells the place of each name."""
    places = {}
    lists = [(document["checks"], "checks")] + [(c.get("checks", []), f"columns[{at}].checks") for at, c in enumerate(document["columns"])]
    for checks, place in lists:
        for at, check in enumerate(checks):
            [body] = check.values()
            name = f"c{len(places)}"
            body.update({"name": name, "qualifier": name})
            places[name] = f"{place}[{at}]"
    return places


def answers(connection, document, places):
    source = DuckDBDataSourceImpl.from_existing_cursor(connection, name="source")
    result = ContractVerificationSession.execute(
        contract_yaml_sources=[ContractYamlSource.from_str(json.dumps(document, ensure_ascii=False))], data_source_impls=[source]
    )
    found = {}
    for check in result.contract_verification_results[0].check_results:
        outcome = check.outcome.name
        if outcome not in ("PASSED", "FAILED"):
            continue
        place = places[check.check.name]
        body = next(iter(body_at(document, place).values()))
        kind = next(iter(body_at(document, place)))
        metrics = check.diagnostic_metric_values or {}
        count = metrics.get(f"{kind}_count") if kind in ("missing", "invalid") and "threshold" not in body else None
        found[place] = {"success": outcome == "PASSED", "count": None if count is None else int(count)}
    return found


def body_at(document, place):
    inner = document
    for key in place.replace("]", "").replace("[", ".").split("."):
        inner = inner[int(key)] if key.isdigit() else inner[key]
    return inner


def main():
    drawn = tables(9)
    documents, silent = [], 0
    connection = duckdb.connect(":memory:")
    for table, columns in drawn.items():
        data = frame(columns)  # noqa: F841
        lists = ", ".join(f'CAST("{name}" AS {column["type"]}) AS "{name}"' for name, column in columns.items())
        connection.execute(f"CREATE TABLE {table} AS SELECT {lists} FROM data")
        for name, column in columns.items():
            if column["type"] == "DOUBLE":
                connection.execute(f'UPDATE {table} SET "{name}" = NULL WHERE isnan("{name}")')
        for _ in range(3 if len(data) > 10 else 2):
            document = contract(table, columns)
            places = named(document)
            found = answers(connection, document, places)
            silent += len(places) - len(found)
            documents.append({"table": table, "text": json.dumps(document, ensure_ascii=False), "answers": found})
    versions = {"soda-core": version("soda-core"), "soda-duckdb": version("soda-duckdb"), "duckdb": duckdb.__version__, "python": sys.version.split()[0]}
    for columns in drawn.values():
        for column in columns.values():
            column["values"] = [None if v == "NaN" else v for v in column["values"]]
    json.dump({"from": "soda", "versions": versions, "silent": silent, "tables": drawn, "documents": documents}, sys.stdout, ensure_ascii=False)


main()
