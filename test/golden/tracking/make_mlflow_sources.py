"""Makes what users of MLflow have, and what MLflow's own client answers about it.

    python make_mlflow_sources.py          # with mlflow installed, 2.17 or newer

Writes mlflow-<version>.tar.gz (mlflow.db beside the folder mlartifacts of `mlflow server`), mlruns-<version>.tar.gz
(the folder of a client without a server), and beside each a JSON of the answers.
"""

import json
import os
import pathlib
import shutil
import sys
import tarfile
import tempfile

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
os.environ["MLFLOW_DISABLE_AUTO_LOGGING"] = "true"

import mlflow
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag
from mlflow.entities import ViewType
from mlflow.tracking import MlflowClient

HERE = pathlib.Path(__file__).parent
HAS_MODELS = hasattr(MlflowClient, "create_logged_model")
AT = 1_700_000_000_000


def fill(client, experiment_of, artifact_uri_of, is_folder):
    first = experiment_of("first")
    client.set_experiment_tag(first, "team", "Ärzte")
    gone = experiment_of("gone")
    run = client.create_run(first, start_time=AT, run_name="long", tags={"mlflow.user": "ann", "k": "v 'quoted'"})
    run_id = run.info.run_id
    client.log_batch(
        run_id,
        metrics=[Metric("loss", 1 / (step + 1), AT + step, step) for step in range(1000)],
        params=[Param("lr", "0.1"), Param("deep/er", "ü" * 300), Param("empty", "")],
        tags=[RunTag("mlflow.note.content", "two\nlines")],
    )
    client.log_batch(run_id, metrics=[Metric("loss", float("nan"), AT + 5000, 5000), Metric("loss", float("inf"), AT, 9)])
    client.log_batch(
        run_id, metrics=[Metric("far", 0.1 + index, AT, 2**53 + 1 + index) for index in range(3)] + [Metric("back", 1.5, AT, -7)]
    )
    client.log_batch(run_id, metrics=[Metric("val/auc", 0.75, AT + 1, 1), Metric("val/auc", 0.5, AT + 2, 1)])
    client.log_inputs(
        run_id,
        datasets=[
            DatasetInput(
                Dataset("iris", "abc123", "local", json.dumps({"uri": "iris.csv"}), schema="{}", profile='{"rows": 150}'),
                [InputTag("mlflow.data.context", "training")],
            )
        ],
    )
    client.log_text(run_id, "hello\n", "notes/räume.txt")
    client.log_text(run_id, "", "empty.txt")
    client.log_dict(run_id, {"a": [1, 2]}, "notes/deep/er/a.json")
    client.set_terminated(run_id, "FINISHED", AT + 60_000)
    child = client.create_run(first, start_time=AT + 1, run_name="child", tags={"mlflow.parentRunId": run_id})
    client.log_metric(child.info.run_id, "loss", 2.5, AT, 0)
    client.set_terminated(child.info.run_id, "FAILED", AT + 2)
    running = client.create_run(first, start_time=AT + 2, run_name="running")
    binned = client.create_run("0", start_time=AT + 3, run_name="binned")
    client.log_param(binned.info.run_id, "p", "1")
    client.set_terminated(binned.info.run_id, "KILLED", AT + 4)
    client.delete_run(binned.info.run_id)
    lost = client.create_run(gone, start_time=AT + 4, run_name="lost")
    client.delete_experiment(gone)
    if HAS_MODELS:
        add_logged_models(client, first, run_id, is_folder)
    add_registry(client, run_id, artifact_uri_of(run_id))
    return [one for one in (run_id, child.info.run_id, running.info.run_id, binned.info.run_id, lost.info.run_id)]


def add_logged_models(client, experiment, run_id, is_folder):
    model = client.create_logged_model(
        experiment, name="forest", source_run_id=run_id, params={"depth": "3"}, tags={"stage": "dev"}, model_type="agent"
    )
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "MLmodel").write_text("flavors: {}\nmlflow_version: 3.0.0\n")
        pathlib.Path(folder, "weights.bin").write_bytes(bytes(range(256)) * 4)
        client.log_model_artifacts(model.model_id, folder)
    client.finalize_logged_model(model.model_id, "READY")
    client.log_batch(run_id, metrics=[Metric("score", 0.25, AT, 3, model_id=model.model_id)])
    if not is_folder:
        # MLflow's folders forget the step of such a point when they are read.
        on_data = Metric("score", 0.5, AT, 4, model_id=model.model_id, dataset_name="iris", dataset_digest="abc123")
        client.log_batch(run_id, metrics=[on_data])
    client.log_outputs(run_id, [mlflow.entities.LoggedModelOutput(model.model_id, 4)])
    client.log_inputs(run_id, models=[mlflow.entities.LoggedModelInput(model.model_id)])
    client.create_logged_model(experiment, name="pending")


def add_registry(client, run_id, artifact_uri):
    client.create_registered_model("forest", tags={"owner": "ann"}, description="a forest")
    client.create_registered_model("none yet")
    for number in range(1, 5):
        source = f"{artifact_uri}/notes"
        client.create_model_version("forest", source, run_id, tags={"n": str(number)}, description=f"the {number}.")
    client.delete_model_version("forest", "2")
    client.delete_model_version("forest", "4")
    client.set_registered_model_alias("forest", "champion", "3")
    client.transition_model_version_stage("forest", "1", "Production")


def answers(client, runs):
    experiments = client.search_experiments(view_type=ViewType.ALL)
    found = {"mlflow": mlflow.__version__, "experiments": [dict(one) for one in experiments], "runs": [], "models": []}
    for run_id in runs:
        found["runs"].append(answer_about_run(client, run_id))
    ids = [one.experiment_id for one in experiments]
    found["counts"] = {
        one.experiment_id: len(client.search_runs([one.experiment_id], run_view_type=ViewType.ALL)) for one in experiments
    }
    found["filtered"] = [one.info.run_id for one in client.search_runs(ids, "metrics.loss < 3 and params.lr = '0.1'")]
    if HAS_MODELS:
        active = [one.experiment_id for one in experiments if one.lifecycle_stage == "active"]
        found["logged_models"] = [one.to_dictionary() for one in client.search_logged_models(active)]
        for model in found["logged_models"]:
            model["files"] = files_of(client.list_logged_model_artifacts, model["model_id"])
    for model in client.search_registered_models():
        found["models"].append({
            "name": model.name, "description": model.description, "tags": model.tags, "aliases": model.aliases,
            "created": model.creation_timestamp,
            "versions": [
                {k: v for k, v in dict(one).items() if isinstance(v, (str, int, list, dict, type(None)))}
                for one in client.search_model_versions(f"name = '{model.name}'")
            ],
        })  # fmt: skip
    return found


def answer_about_run(client, run_id):
    run = client.get_run(run_id)
    histories = {
        key: [[str(one.value), one.timestamp, str(one.step)] for one in client.get_metric_history(run_id, key)]
        for key in run.data.metrics
    }
    inputs = [
        {"dataset": dict(one.dataset), "tags": {tag.key: tag.value for tag in one.tags}} for one in run.inputs.dataset_inputs
    ]
    return {
        "info": {k: v for k, v in dict(run.info).items() if isinstance(v, (str, int, type(None)))},
        "params": run.data.params,
        "tags": run.data.tags,
        "metrics": {key: str(value) for key, value in run.data.metrics.items()},
        "histories": histories,
        "inputs": inputs,
        "model_inputs": [one.model_id for one in getattr(run.inputs, "model_inputs", [])],
        "model_outputs": [[one.model_id, one.step] for one in (run.outputs.model_outputs if getattr(run, "outputs", None) else [])],
        "files": files_of(client.list_artifacts, run_id),
    }  # fmt: skip


def files_of(listing, owner, path=None):
    found = {}
    for one in listing(owner, path):
        found.update(files_of(listing, owner, one.path) if one.is_dir else {one.path: one.file_size})
    return found


def pack(name, folder, members):
    with tarfile.open(HERE / f"{name}.tar.gz", "w:gz") as archive:
        for member in members:
            archive.add(folder / member, member)


def write(name, found):
    text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True, default=dict)
    (HERE / f"{name}.json").write_text(text + "\n")


def make_database(folder):
    """Files lie as `mlflow server` puts them: mlflow-artifacts:/1/… is mlartifacts/1/…"""
    from mlflow.store.artifact import mlflow_artifacts_repo
    from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository

    root = folder / "mlartifacts"
    place = lambda uri: LocalArtifactRepository(str(root / uri.removeprefix("mlflow-artifacts:/")))  # noqa: E731
    from mlflow.store.artifact import artifact_repository_registry as registry

    registry._artifact_repository_registry.register("mlflow-artifacts", lambda artifact_uri, *a, **k: place(artifact_uri))
    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")

    def experiment(name):
        number = len(client.search_experiments(view_type=ViewType.ALL))
        return client.create_experiment(name, artifact_location=f"mlflow-artifacts:/{number}")

    runs = fill(client, experiment, lambda run_id: client.get_run(run_id).info.artifact_uri, False)
    name = f"mlflow-{mlflow.__version__}"
    write(name, answers(client, runs))
    pack(name, folder, ["mlflow.db", "mlartifacts"])


def make_folder(folder):
    client = MlflowClient(str(folder / "mlruns"))
    runs = fill(client, client.create_experiment, lambda run_id: client.get_run(run_id).info.artifact_uri, True)
    name = f"mlruns-{mlflow.__version__}"
    write(name, answers(client, runs))
    pack(name, folder, ["mlruns"])


if __name__ == "__main__":
    for make, kind in ((make_database, "database"), (make_folder, "folder")):
        folder = pathlib.Path("/tmp/mlflow-sources") / kind
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        os.chdir(folder)
        make(folder)
        shutil.rmtree(folder)
    sys.exit(0)
