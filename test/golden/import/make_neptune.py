"""Makes neptune-export.tar.gz, an export in the layout and with the columns that the README of neptune-ai/neptune-exporter describes
(commit 03928bc; the program itself is on no package index). Values follow from formulas that the test repeats.

pip install pyarrow==26.0.1
python make_neptune.py
"""

import datetime
import decimal
import hashlib
import os
import tarfile
import tempfile

import pyarrow as pa
import pyarrow.parquet as pq

here = os.path.dirname(os.path.abspath(__file__))
schema = pa.schema(
    [
        ("project_id", pa.string()),
        ("run_id", pa.string()),
        ("attribute_path", pa.string()),
        ("attribute_type", pa.string()),
        ("step", pa.decimal128(18, 6)),
        ("timestamp", pa.timestamp("ms", tz="UTC")),
        ("int_value", pa.int64()),
        ("float_value", pa.float64()),
        ("string_value", pa.string()),
        ("bool_value", pa.bool_()),
        ("datetime_value", pa.timestamp("ms", tz="UTC")),
        ("string_set_value", pa.list_(pa.string())),
        ("file_value", pa.struct([("path", pa.string())])),
        ("histogram_value", pa.struct([("type", pa.string()), ("edges", pa.list_(pa.float64())), ("values", pa.list_(pa.float64()))])),
    ]
)
project = "team/churn"
start = datetime.datetime(2025, 6, 1, 12, 0, 0, 250000, tzinfo=datetime.timezone.utc)


def folder(part):
    clean = "".join(c if c.isalnum() or c in "_-" else "_" for c in part)
    return clean + "-" + hashlib.blake2b(part.encode(), digest_size=8).hexdigest()


def at(step):
    return start + datetime.timedelta(seconds=step)


def rows(run, fraction):
    row = lambda path, kind, **values: {"project_id": project, "run_id": run, "attribute_path": path, "attribute_type": kind, **values}
    yield row("sys/custom_run_id", "string", string_value=f"named {run}")
    yield row("sys/experiment/name", "string", string_value="baseline")
    yield row("sys/creation_time", "datetime", datetime_value=start)
    yield row("sys/modification_time", "datetime", datetime_value=at(100))
    yield row("sys/owner", "string", string_value="ann")
    yield row("sys/failed", "bool", bool_value=fraction)
    yield row("sys/tags", "string_set", string_set_value=["a", "b"])
    yield row("params/lr", "float", float_value=0.1)
    yield row("params/layers", "int", int_value=2**60)
    yield row("params/flag", "bool", bool_value=True)
    yield row("params/räume (m²)", "string", string_value="x\ny")
    for step in range(6000 if not fraction else 20):
        exact = decimal.Decimal(step) / (4 if fraction else 1)
        value = float("nan") if step == 3 else float("inf") if step == 4 else step / 7
        yield row("metrics/loss", "float_series", step=exact, timestamp=at(step), float_value=value)
    for step in range(3):
        yield row("logs/out", "string_series", step=decimal.Decimal(step), timestamp=at(step), string_value=f'line "{step}"')
        histogram = {"type": "COUNTING", "edges": [0.0, 1.0, 2.0], "values": [1.0, float(step)]}
        yield row("logs/grads", "histogram_series", step=decimal.Decimal(step), timestamp=at(step), histogram_value=histogram)
        yield row("images/sample", "file_series", step=decimal.Decimal(step), timestamp=at(step), file_value={"path": f"{folder(project)}/{run}/sample_{step}.png"})
    yield row("data/sample", "file", file_value={"path": f"{folder(project)}/{run}/sample.csv"})
    yield row("data/set", "file_set", file_value={"path": f"{folder(project)}/{run}/set"})
    yield row("data/stolen", "file", file_value={"path": "../../../../../../../../etc/passwd"})
    yield row("data/gone", "file", file_value={"path": "gone.txt"})


def main():
    root = tempfile.mkdtemp()
    for run, fraction in [("RUN-1", False), ("RUN 2", True)]:
        data = os.path.join(root, "data", folder(project))
        files = os.path.join(root, "files", folder(project), run)
        os.makedirs(data, exist_ok=True)
        os.makedirs(os.path.join(files, "set", "deep"))
        for name in ["sample_0.png", "sample_1.png", "sample_2.png", "sample.csv", "set/a.txt", "set/deep/b.txt"]:
            with open(os.path.join(files, name), "w") as file:
                file.write(f"{run} {name}")
        all_rows = list(rows(run, fraction))
        half = len(all_rows) // 2
        for part, some in enumerate([all_rows[:half], all_rows[half:]]):
            table = pa.Table.from_pylist(some, schema=schema)
            pq.write_table(table, os.path.join(data, f"{folder(run)}_part_{part}.parquet"), compression="snappy")
    with tarfile.open(os.path.join(here, "neptune-export.tar.gz"), "w:gz") as archive:
        archive.add(root, "exports")


if __name__ == "__main__":
    main()
