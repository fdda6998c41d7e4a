"""Logs, lists and downloads artifacts with the client as it is installed. Prints what it found as JSON."""

import filecmp
import json
import sys
from pathlib import Path

import mlflow
from mlflow import MlflowClient

folder = Path(sys.argv[1])
client = MlflowClient()
found = {}

with mlflow.start_run() as run:
    mlflow.log_artifact(str(folder / "large.bin"))
    mlflow.log_artifact(str(folder / "large.bin"), "nested/deep")
    mlflow.log_artifacts(str(folder / "tree"), "tree")
    mlflow.log_text("héllo", "notes/a b (ü).txt")
    mlflow.log_dict({"a": [1, 2]}, "params.json")
    mlflow.log_text("", "empty.txt")
    run_id = run.info.run_id

found["artifact_uri"] = run.info.artifact_uri.replace(run_id, "RUN")


def listing(path=None):
    return [[item.path, item.is_dir, item.file_size] for item in client.list_artifacts(run_id, path)]


found["root"] = listing()
found["tree"] = listing("tree")
found["of a file"] = listing("notes/a b (ü).txt")
found["of nothing"] = listing("nothing")
found["text"] = mlflow.artifacts.load_text(f"runs:/{run_id}/notes/a b (ü).txt")
found["dict"] = mlflow.artifacts.load_dict(f"runs:/{run_id}/params.json")
found["empty"] = mlflow.artifacts.load_text(f"runs:/{run_id}/empty.txt")

downloaded = Path(client.download_artifacts(run_id, "", str(folder / "downloaded")))
found["equal"] = [
    filecmp.cmp(folder / "large.bin", downloaded / "large.bin", shallow=False),
    filecmp.cmp(folder / "large.bin", downloaded / "nested/deep/large.bin", shallow=False),
]
names = sorted(str(p.relative_to(folder / "tree")) for p in (folder / "tree").rglob("*") if p.is_file())
match, mismatch, errors = filecmp.cmpfiles(folder / "tree", downloaded / "tree", names, shallow=False)
found["tree equal"] = [match == names, mismatch, errors]

one = mlflow.artifacts.download_artifacts(f"runs:/{run_id}/tree/sub/b.csv", dst_path=str(folder / "one"))
found["one"] = Path(one).read_text()
try:
    mlflow.artifacts.download_artifacts(f"runs:/{run_id}/missing.txt", dst_path=str(folder / "none"))
except Exception as error:
    found["missing"] = "missing.txt" in str(error)

print(json.dumps(found))
