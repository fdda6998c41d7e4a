"""Makes wandb-0.31.0.tar.gz and wandb-0.19.11.tar.gz, folders of offline runs, and a JSON file beside each, what wandb's own
reader of those logs (`wandb.sdk.internal.datastore`, which 0.31 no longer has) and its own messages give.

pip install wandb==0.31.0 in one environment and wandb==0.19.11 "setuptools<81" in another, then
python make_wandb.py make 0.31.0 FOLDER            with each of them and its version, into a new folder each
python make_wandb.py read 0.31.0 FOLDER DATASTORE  with each; DATASTORE is datastore.py of 0.19.11
"""

import importlib.util
import json
import os
import subprocess
import sys
import tarfile
import time

here = os.path.dirname(os.path.abspath(__file__))

script = """
import os, sys, time
import wandb
kind, folder = sys.argv[1], sys.argv[2]
settings = wandb.Settings(x_stats_sampling_interval=0.1) if kind == "first" else None
common = dict(project="churn", dir=folder, settings=settings)
if kind == "first":
    run = wandb.init(id="first001", name="first", notes="a note räume", tags=["a", "b c"], group="g", job_type="train",
        config={"lr": 0.1, "deep": {"er": [1, 2], "x.y": None}, "text": "t", "flag": True}, **common)
    run.config.update({"later": 2})
    for step in range(40):
        run.log({"loss": 1 / (step + 1), "nested": {"x": step, "text": "s"}, "flag": step % 2 == 0})
    run.log({"odd": float("nan"), "big": float("inf"), "word": "text"}, step=100)
    run.log({"hist": wandb.Histogram([1, 2, 3])}, step=101)
    run.summary["best"] = 1.5
    run.summary["verdict"] = "good"
    with open(os.path.join(folder, "saved.txt"), "w") as file:
        file.write("saved")
    run.save(os.path.join(folder, "saved.txt"), base_path=folder)
    with open(os.path.join(run.dir, "own.json"), "w") as file:
        file.write("{}")
    print("x" * 40000)
    time.sleep(1)
    run.finish()
elif kind == "failed":
    run = wandb.init(id="failed02", name="failed", **common)
    run.log({"loss": 2})
    run.finish(exit_code=3)
elif kind == "killed":
    run = wandb.init(id="killed03", name="killed", **common)
    for step in range(200):
        run.log({"loss": step})
    time.sleep(2)
    os.kill(os.getpid(), 9)
elif kind == "resumed":
    run = wandb.init(id="failed02", resume="allow", **common)
    run.log({"loss": 1})
    run.finish()
"""


def make(folder):
    os.makedirs(folder)
    env = os.environ | {"WANDB_MODE": "offline", "WANDB_SILENT": "true", "WANDB_DISABLE_GIT": "true", "WANDB_ERROR_REPORTING": "false"}
    for kind in ["first", "failed", "killed", "resumed"]:
        time.sleep(1.1)
        subprocess.run([sys.executable, "-c", script, kind, folder], env=env, cwd=folder)


def load(path):
    sys.modules.setdefault("wandb", __import__("wandb"))._assert_is_internal_process = True
    spec = importlib.util.spec_from_file_location("datastore", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def value(item):
    for name in ("boolean", "integer", "number", "text", "json"):
        if name in item.DESCRIPTOR.fields_by_name and item.HasField(name):
            return json.dumps(getattr(item, name)) if name != "json" else item.json
    return item.value_json


def items(record):
    return {".".join(getattr(item, "nested_key", [])) or item.key: value(item) for item in record}


def read(folder, datastore):
    from wandb.proto import wandb_internal_pb2

    module = load(datastore)
    answers = {}
    for name in sorted(os.listdir(os.path.join(folder, "wandb"))):
        if not name.startswith("offline-run-"):
            continue
        (log,) = [one for one in os.listdir(os.path.join(folder, "wandb", name)) if one.endswith(".wandb")]
        store = module.DataStore()
        store.open_for_scan(os.path.join(folder, "wandb", name, log))
        found = {"config": {}, "history": [], "stats": [], "summary": {}, "run": {}, "exit": None, "output": ""}
        while True:
            try:
                data = store.scan_data()
            except AssertionError:
                break
            if data is None:
                break
            record = wandb_internal_pb2.Record()
            record.ParseFromString(data)
            kind = record.WhichOneof("record_type")
            if kind == "run":
                run = record.run
                found["run"] = {"id": run.run_id, "project": run.project, "name": run.display_name, "notes": run.notes,
                    "tags": list(run.tags), "group": run.run_group, "job": run.job_type, "start": run.start_time.ToMilliseconds()}
                found["config"] |= items(run.config.update)
            elif kind == "config":
                found["config"] |= items(record.config.update)
            elif kind == "history":
                found["history"].append(items(record.history.item))
            elif kind == "stats":
                found["stats"].append([record.stats.timestamp.ToMilliseconds(), items(record.stats.item)])
            elif kind == "summary":
                found["summary"] |= items(record.summary.update)
            elif kind == "exit":
                found["exit"] = record.exit.exit_code
            elif kind in ("output_raw", "output"):
                found["output"] += getattr(record, kind).line
        answers[name] = found
    return answers


def main():
    what, version, folder = sys.argv[1:4]
    if what == "make":
        make(folder)
        return
    with open(os.path.join(here, f"wandb-{version}.json"), "w") as file:
        json.dump(read(folder, sys.argv[4]), file, indent=1, sort_keys=True)
        file.write("\n")
    with tarfile.open(os.path.join(here, f"wandb-{version}.tar.gz"), "w:gz") as archive:
        def keep(entry):
            return None if "/logs" in entry.name or "/tmp" in entry.name or "latest-run" in entry.name or "debug" in entry.name else entry
        archive.add(os.path.join(folder, "wandb"), "wandb", filter=keep)
        archive.add(os.path.join(folder, "saved.txt"), "saved.txt")


if __name__ == "__main__":
    main()
