"""Makes dbt.json: generated tables, generated properties with data tests, and the answers of dbt.

Run with dbt-core and dbt-duckdb installed: python make_dbt.py > dbt.json

Conditions of `where` are over columns without NaN: the database takes it for the largest number, as the table of what is imported says. A
package of tests (dbt_utils) is in no registry of Python packages, and is not asked.
"""

import contextlib
import json
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

os.environ["DO_NOT_TRACK"] = "1"
import duckdb  # noqa: E402
import numpy as np  # noqa: E402
import yaml  # noqa: E402
from dbt.cli.main import dbtRunner  # noqa: E402
from generated_tables import present, tables, text  # noqa: E402

DOCUMENTS = 2
rng = np.random.default_rng(41)
CONDITIONS = [
    *["i > 3", "h <= 2 and i != 4", "j is not null or h < 3", "h in (1, 2, 3)", "not (i between 0 and 5)", "g is null", "j - i >= 2"],
    *["\"select\" = 'red'", "\"select\" in ('red', 'green') or \"key no\" > 9", "s <> '' and s is not null", "b = true", "i + j < 3 * h"],
]


def pick(options):
    return options[int(rng.integers(0, len(options)))]


def some(options):
    return [options[int(k)] for k in rng.permutation(len(options))[: int(rng.integers(1, len(options) + 1))]]


def often(share):
    return bool(rng.random() < share)


def limit(key):
    return {key: pick(["> 2", ">5", ">= 3", "!= 0", ">0"])}


def config(kind):
    """Settings of a test, most of which have none."""
    made = {}
    if often(0.3):
        made["where"] = pick(CONDITIONS)
    if often(0.3):
        made["severity"] = pick(["warn", "error", "WARN"])
    if kind == "not_null" and often(0.3):
        made |= limit("warn_if") if str(made.get("severity")).lower() == "warn" else limit("error_if")
    if often(0.05):
        made |= pick([{"limit": 3}, {"enabled": False}, {"fail_calc": "sum(1)"}, {"tags": ["nightly"]}])
    return made


def accepted(columns, name):
    values = list(dict.fromkeys(present(columns, name)))
    values = values if often(0.4) or not values else some(values)
    if often(0.4):
        values = [*values, text(rng, 3) if columns[name]["type"] == "VARCHAR" else 99]
    said = {"values": values or [text(rng, 3) if columns[name]["type"] == "VARCHAR" else 99]}
    if columns[name]["type"] != "VARCHAR" and often(0.8):
        said["quote"] = False
    return said


def any_test(columns, name, label):
    kind = pick(["not_null", "unique", "accepted_values", "accepted_values"])
    if kind == "accepted_values" and columns[name]["type"] in ("TIMESTAMP", "BOOLEAN"):
        kind = "unique"
    arguments = accepted(columns, name) if kind == "accepted_values" else {}
    said = {"name": label}
    if arguments:
        said |= {"arguments": arguments} if often(0.5) else arguments
    its = config(kind)
    if its:
        said["config"] = its
    return {"test_name": kind, **said} if often(0.2) else {kind: said}


def properties(at, table, columns):
    """A model or a source with tests, and the name of each test by its place."""
    named, places = [], {}
    is_model = at % 2 == 0
    place = "models[0]" if is_model else "sources[0].tables[0]"
    for number, name in enumerate(columns):
        tests = []
        for _ in range(int(rng.integers(1, 4))):
            label = f"t{at}_{number}_{len(tests)}"
            places[f"{place}.columns[{number}].data_tests[{len(tests)}]"] = label
            tests.append(any_test(columns, name, label))
        named.append({"name": name, "quote": True, "data_tests": tests})
    if is_model:
        return {"version": 2, "models": [{"name": f"m{at}", "columns": named}]}, places
    return {"version": 2, "sources": [{"name": f"s{at}", "schema": "raw", "tables": [{"name": table, "columns": named}]}]}, places


def fill(path, drawn):
    with duckdb.connect(str(path)) as database:
        database.execute("CREATE SCHEMA raw")
        for table, columns in drawn.items():
            kinds = ", ".join(f'"{name}" {column["type"]}' for name, column in columns.items())
            database.execute(f"CREATE TABLE raw.{table} ({kinds})")
            rows = list(zip(*[[None if v is None else str(v) for v in column["values"]] for column in columns.values()]))
            if rows:
                casts = ", ".join(f"CAST(? AS {column['type']})" for column in columns.values())
                database.executemany(f"INSERT INTO raw.{table} VALUES ({casts})", rows)


def project(folder):
    (folder / "models").mkdir()
    (folder / "dbt_project.yml").write_text(yaml.safe_dump({"name": "asked", "version": "1.0", "profile": "asked", "flags": {"send_anonymous_usage_stats": False}}))
    target = {"type": "duckdb", "path": str(folder / "asked.duckdb"), "threads": 1}
    (folder / "profiles.yml").write_text(yaml.safe_dump({"asked": {"target": "one", "outputs": {"one": target}}}))


def outcomes(folder):
    """What dbt says of each test that it could carry out."""
    with contextlib.redirect_stdout(sys.stderr):
        run = dbtRunner().invoke(["build", "--quiet", "--project-dir", str(folder), "--profiles-dir", str(folder)])
    if run.exception:
        raise run.exception
    return {one.node.name: (str(one.status), one.failures) for one in run.result.results}


def answer(status, failures, kind):
    """Of rows alone it counts rows; of equal and of other values it counts values."""
    if status not in ("pass", "fail", "warn"):
        return None
    return {"success": status == "pass", "count": int(failures) if kind == "not_null" else None}


def kind_of(document, place):
    at = document
    for key in place.replace("]", "").replace("[", ".").split("."):
        at = at[int(key)] if key.isdigit() else at[key]
    return at.get("test_name") or next(iter(at))


def main():
    drawn = tables(13)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project(folder)
        fill(folder / "asked.duckdb", drawn)
        made = []
        for table, columns in drawn.items():
            for _ in range(DOCUMENTS):
                at = len(made)
                document, places = properties(at, table, columns)
                written = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
                (folder / "models" / f"p{at}.yml").write_text(written, encoding="utf-8")
                if at % 2 == 0:
                    (folder / "models" / f"m{at}.sql").write_text(f"select * from raw.{table}")
                made.append((table, document, written, places))
        said = outcomes(folder)
    documents, silent = [], 0
    for table, document, written, places in made:
        found = {place: answer(*said.get(label, ("none", None)), kind_of(document, place)) for place, label in places.items()}
        silent += sum(one is None for one in found.values())
        documents.append({"table": table, "text": written, "answers": {place: one for place, one in found.items() if one is not None}})
    versions = {package: version(package) for package in ("dbt-core", "dbt-duckdb", "duckdb")} | {"python": sys.version.split()[0]}
    json.dump({"from": "dbt", "versions": versions, "silent": silent, "tables": drawn, "documents": documents}, sys.stdout, ensure_ascii=False)


main()
