"""What users do with all of MLflow beside logging, against a live `mlspec server` (MLFLOW_TRACKING_URI): projects, serving,
evaluation, training with PyTorch Lightning, the command line. One line for each test."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
import mlflow
import numpy as np
import pandas as pd
import uvicorn
from mlflow import MlflowClient
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

client = MlflowClient()
PICKLED = {"serialization_format": "cloudpickle", "pip_requirements": ["scikit-learn"]}
names = list("abcde")
values, labels = make_classification(n_samples=120, n_features=5, random_state=1)
frame = pd.DataFrame(values, columns=names)
# What `mlflow run` and `mlflow models serve` start is this environment's, as after `activate`; or of the one below, which has uvicorn.
programs = [Path(sys.executable).parent, Path(uvicorn.__file__).parents[4] / "bin"]
os.environ["PATH"] = os.pathsep.join([*map(str, programs), os.environ["PATH"]])
environment = dict(os.environ)


def mlflow_cli(*arguments, **more):
    command = [sys.executable, "-m", "mlflow", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, **more)
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return done.stdout


def registered(name):
    """A model of this name with two versions; the second is its champion."""
    mlflow.set_experiment(name)
    models = [LogisticRegression(C=strength).fit(frame, labels) for strength in (0.001, 10.0)]
    for model in models:
        with mlflow.start_run():
            signature = mlflow.models.infer_signature(frame, model.predict(frame))
            mlflow.sklearn.log_model(model, name="line", signature=signature, registered_model_name=name, **PICKLED)
    client.set_registered_model_alias(name, "champion", "2")
    return models


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def ask(url, body, process, log):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    for _ in range(600):
        assert process.poll() is None, (process.poll(), log.read_text())
        with contextlib.suppress(OSError):
            return json.load(urllib.request.urlopen(request, timeout=30))
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def serves(uri, model):
    port, log = free_port(), Path(f"serve-{time.time_ns()}.log")
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", uri, "--env-manager", "local", "-p", str(port)]
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)
    try:
        rows = frame.head(20)
        said = ask(f"http://127.0.0.1:{port}/invocations", {"dataframe_split": rows.to_dict(orient="split")}, process, log)
        assert said["predictions"] == model.predict(rows).tolist(), (uri, said)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        process.wait(60)


def test_models_serve():
    first, second = registered("served")
    assert list(first.predict(frame.head(20))) != list(second.predict(frame.head(20)))
    serves("models:/served@champion", second)
    serves("models:/served/1.0.0", first)


def test_mlflow_run():
    folder = Path("project")
    folder.mkdir()
    (folder / "MLproject").write_text(
        "name: small\nentry_points:\n  main:\n    parameters:\n      rate: {type: float, default: 0.5}\n"
        "    command: python train.py {rate}\n"
    )
    (folder / "train.py").write_text(
        "import sys, mlflow\n"
        "with mlflow.start_run() as run:\n"
        "    mlflow.log_metric('double', 2 * float(sys.argv[1]))\n"
        "    mlflow.log_text('made', 'out.txt')\n"
    )
    mlflow_cli("run", str(folder), "-P", "rate=0.25", "--env-manager", "local", "--experiment-name", "projects")
    found = mlflow.search_runs(experiment_names=["projects"])
    assert list(found["metrics.double"]) == [0.5] and list(found["params.rate"]) == ["0.25"], found.to_dict()
    assert list(found.status) == ["FINISHED"]
    assert list(found["tags.mlflow.project.entryPoint"]) == ["main"]
    assert mlflow.artifacts.load_text(f"runs:/{found.run_id[0]}/out.txt") == "made"
    submitted = mlflow.projects.run(str(folder), parameters={"rate": 1.5}, env_manager="local", experiment_name="projects")
    assert client.get_run(submitted.run_id).data.metrics == {"double": 3.0}


def test_evaluate():
    mlflow.set_experiment("evaluated")
    model = LogisticRegression().fit(frame, labels)
    rows = frame.assign(label=labels)
    with mlflow.start_run() as run:
        signature = mlflow.models.infer_signature(frame, model.predict(frame))
        logged = mlflow.sklearn.log_model(model, name="line", signature=signature, **PICKLED)
        data = mlflow.data.from_pandas(rows, name="held out", targets="label")
        result = mlflow.models.evaluate(
            logged.model_uri, data, model_type="classifier", evaluator_config={"log_model_explainability": False}
        )
    score = model.score(frame, labels)
    assert abs(result.metrics["accuracy_score"] - score) < 1e-12
    found = mlflow.get_run(run.info.run_id)
    assert abs(found.data.metrics["accuracy_score"] - score) < 1e-12
    assert found.inputs.dataset_inputs[0].dataset.name == "held out"
    files = {one.path for one in client.list_artifacts(run.info.run_id)}
    assert "confusion_matrix.png" in files and "roc_curve_plot.png" in files, files
    measured = [one for one in mlflow.get_logged_model(logged.model_id).metrics if one.key == "accuracy_score"]
    assert {(one.value, one.dataset_name) for one in measured} == {(result.metrics["accuracy_score"], "held out")}


def test_figures_and_tables():
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from PIL import Image

    mlflow.set_experiment("pictures")
    figure, axes = pyplot.subplots()
    axes.plot([1, 2, 3])
    pixels = np.zeros((8, 8, 3), dtype=np.uint8)
    pixels[2:4] = 255
    with mlflow.start_run() as run:
        mlflow.log_figure(figure, "plots/line.png")
        mlflow.log_image(pixels, "pixels.png")
        for step in range(3):
            mlflow.log_image(pixels, key="steps", step=step)
        mlflow.log_table(pd.DataFrame({"x": [1, 2]}), "table.json")
        mlflow.log_table({"x": [3]}, "table.json")
    assert np.array_equal(np.asarray(mlflow.artifacts.load_image(f"runs:/{run.info.run_id}/pixels.png"))[..., :3], pixels)
    local = mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/plots/line.png")
    assert Image.open(local).size[0] > 100
    assert len(client.list_artifacts(run.info.run_id, "images")) == 6
    assert list(mlflow.load_table("table.json", run_ids=[run.info.run_id])["x"]) == [1, 2, 3]


def test_system_metrics():
    mlflow.set_experiment("system")
    mlflow.set_system_metrics_sampling_interval(0.2)
    mlflow.set_system_metrics_samples_before_logging(1)
    with mlflow.start_run(log_system_metrics=True) as run:
        for _ in range(100):
            time.sleep(0.1)
            history = client.get_metric_history(run.info.run_id, "system/cpu_utilization_percentage")
            if len(history) >= 3:
                break
    assert [point.step for point in history[:3]] == [0, 1, 2]
    assert mlflow.get_run(run.info.run_id).data.metrics["system/system_memory_usage_megabytes"] > 0


def test_nested_and_resumed():
    mlflow.set_experiment("resumed")
    with mlflow.start_run() as parent:
        with mlflow.start_run(nested=True) as child:
            mlflow.log_metric("a", 1)
    code = (
        "import mlflow, sys\n"
        "with mlflow.start_run(run_id=sys.argv[1]) as run:\n"
        "    mlflow.log_metric('a', 2, step=1)\n"
    )
    subprocess.run([sys.executable, "-c", code, child.info.run_id], env=environment, check=True, timeout=120)
    again = client.get_run(child.info.run_id)
    assert again.data.metrics == {"a": 2.0} and again.info.status == "FINISHED"
    assert again.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert client.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id


def test_command_line():
    at = mlflow.set_experiment("told by command").experiment_id
    with mlflow.start_run(run_name="spoken of") as run:
        mlflow.log_text("some text", "folder/file.txt")
    assert "told by command" in mlflow_cli("experiments", "search")
    assert "spoken of" in mlflow_cli("runs", "list", "--experiment-id", at)
    assert json.loads(mlflow_cli("runs", "describe", "--run-id", run.info.run_id))["info"]["run_name"] == "spoken of"
    path = mlflow_cli("artifacts", "download", "--run-id", run.info.run_id, "--artifact-path", "folder", "--dst-path", "got")
    assert Path(path.strip().splitlines()[-1], "file.txt").read_text() == "some text"
    Path("sent.txt").write_text("sent")
    mlflow_cli("artifacts", "log-artifact", "--local-file", "sent.txt", "--run-id", run.info.run_id)
    assert "sent.txt" in mlflow_cli("artifacts", "list", "--run-id", run.info.run_id)
    made = mlflow_cli("experiments", "create", "--experiment-name", "made by command")
    assert client.get_experiment_by_name("made by command").experiment_id in made
    mlflow_cli("runs", "delete", "--run-id", run.info.run_id)
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "deleted"
    mlflow_cli("runs", "restore", "--run-id", run.info.run_id)
    assert "spoken of" in mlflow_cli("runs", "list", "--experiment-id", at)


def test_autolog_lightning():
    import lightning
    import torch

    class Line(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(5, 1)

        def forward(self, rows):
            return self.layer(rows)

        def training_step(self, batch, _):
            rows, wanted = batch
            loss = torch.nn.functional.binary_cross_entropy_with_logits(self(rows).flatten(), wanted)
            self.log("train_loss", loss, on_epoch=True)
            return loss

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)

    mlflow.set_experiment("lightning")
    data = torch.utils.data.TensorDataset(torch.tensor(values, dtype=torch.float32), torch.tensor(labels, dtype=torch.float32))
    mlflow.pytorch.autolog(silent=True)
    try:
        with mlflow.start_run() as run:
            quiet = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False, "accelerator": "cpu"}
            lightning.Trainer(max_epochs=3, **quiet).fit(Line(), torch.utils.data.DataLoader(data, batch_size=40))
    finally:
        mlflow.pytorch.autolog(disable=True)
    found = mlflow.get_run(run.info.run_id)
    assert found.data.params["epochs"] == "3" and found.data.params["optimizer_name"] == "SGD"
    history = client.get_metric_history(run.info.run_id, "train_loss_epoch") or client.get_metric_history(run.info.run_id, "train_loss")
    assert len(history) >= 3, found.data.metrics
    (output,) = found.outputs.model_outputs
    loaded = mlflow.pytorch.load_model(f"models:/{output.model_id}")
    assert loaded(torch.tensor(values[:4], dtype=torch.float32)).shape == (4, 1)


def main():
    print(f"MLflow {mlflow.__version__}", flush=True)
    os.chdir(tempfile.mkdtemp())
    wanted = sys.argv[1:]
    for name, test in list(globals().items()):
        if not name.startswith("test_") or (wanted and name not in wanted):
            continue
        try:
            test()
            print(f"ok {name}", flush=True)
        except BaseException:
            mlflow.end_run()
            print(f"FAILED {name}\n{traceback.format_exc()}", flush=True)


main()
