"""What users write with MLflow's own client, against a live `mlspec server` (MLFLOW_TRACKING_URI). One line for each test."""

import json
import math
import os
import sys
import tempfile
import traceback
import warnings

warnings.filterwarnings("ignore")
import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient, MlflowException
from mlflow.entities import Metric, Param, RunTag, ViewType

client = MlflowClient()
# Without looking for what a model needs, which takes seconds.
PICKLED = {"serialization_format": "cloudpickle", "pip_requirements": ["scikit-learn"]}


def refuses(code, call, *arguments, **more):
    try:
        call(*arguments, **more)
    except MlflowException as error:
        assert error.error_code == code, (error.error_code, str(error))
        return str(error)
    raise AssertionError(f"not refused: {call}")


def experiment(name):
    return client.create_experiment(name)


def test_experiments():
    made = client.create_experiment("shop", artifact_location=None, tags={"team": "red"})
    found = client.get_experiment_by_name("shop")
    assert (found.experiment_id, found.tags, found.lifecycle_stage) == (made, {"team": "red"}, "active")
    assert client.get_experiment_by_name("nothing") is None
    refuses("RESOURCE_ALREADY_EXISTS", client.create_experiment, "shop")
    client.set_experiment_tag(made, "team", "blue")
    client.set_experiment_tag(made, "mlflow.note.content", "# about")
    client.delete_experiment_tag(made, "mlflow.note.content")
    client.rename_experiment(made, "new shop")
    again = client.get_experiment(made)
    assert (again.name, again.tags) == ("new shop", {"team": "blue"})
    assert again.last_update_time >= again.creation_time > 1_600_000_000_000
    client.delete_experiment(made)
    assert client.get_experiment(made).lifecycle_stage == "deleted"
    assert made in [one.experiment_id for one in client.search_experiments(view_type=ViewType.DELETED_ONLY)]
    refuses("INVALID_PARAMETER_VALUE", client.create_run, made)
    client.restore_experiment(made)
    for number in range(5):
        client.create_experiment(f"page {number}", tags={"kind": "page"})
    names, token = [], None
    while True:
        page = client.search_experiments(filter_string="tags.kind = 'page'", order_by=["name DESC"], max_results=2, page_token=token)
        names += [one.name for one in page]
        token = page.token
        if not token:
            break
    assert names == [f"page {number}" for number in (4, 3, 2, 1, 0)]
    assert mlflow.set_experiment("fluent").experiment_id == mlflow.set_experiment("fluent").experiment_id


def test_runs():
    at = experiment("runs")
    run = client.create_run(at, start_time=1000, tags={"a": "1"}, run_name="one")
    run_id = run.info.run_id
    assert (run.info.run_name, run.info.status, run.info.start_time, run.info.end_time) == ("one", "RUNNING", 1000, None)
    client.log_param(run_id, "lr", 0.1)
    client.log_param(run_id, "lr", 0.1)
    refuses("INVALID_PARAMETER_VALUE", client.log_param, run_id, "lr", 0.2)
    client.log_metric(run_id, "loss", 2.5, step=1, timestamp=10)
    client.log_metric(run_id, "loss", 1.5, step=2, timestamp=20)
    client.set_tag(run_id, "b", "2")
    client.delete_tag(run_id, "a")
    refuses("RESOURCE_DOES_NOT_EXIST", client.delete_tag, run_id, "a")
    client.update_run(run_id, status="SCHEDULED", name="two")
    client.set_terminated(run_id, "FAILED", end_time=5000)
    found = client.get_run(run_id)
    assert (found.info.status, found.info.end_time, found.info.run_name) == ("FAILED", 5000, "two")
    assert found.data.params == {"lr": "0.1"} and found.data.metrics == {"loss": 1.5}
    assert found.data.tags == {"b": "2", "mlflow.runName": "two"}
    client.delete_run(run_id)
    refuses("INVALID_PARAMETER_VALUE", client.log_metric, run_id, "loss", 1)
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"
    assert len(client.search_runs([at])) == 0
    client.restore_run(run_id)
    assert [one.info.run_id for one in client.search_runs([at])] == [run_id]
    refuses("RESOURCE_DOES_NOT_EXIST", client.get_run, "0" * 32)


def test_batches():
    run_id = client.create_run(experiment("batches")).info.run_id
    metrics = [Metric(f"m{number % 10}", number, 1000 + number, number) for number in range(1000)]
    client.log_batch(run_id, metrics=metrics)
    client.log_batch(run_id, params=[Param(f"p{number}", "v" * 6000) for number in range(100)], tags=[RunTag("t", "1")])
    client.log_batch(run_id, metrics=[*metrics, Metric("more", 1.0, 1, 1)])
    refuses("INVALID_PARAMETER_VALUE", client.log_batch, run_id, params=[Param("q", "1"), Param("q", "2")])
    data = client.get_run(run_id).data
    assert data.metrics["m9"] == 999 and len(data.params) == 100 and data.params["p7"] == "v" * 6000


def test_histories():
    run_id = client.create_run(experiment("histories")).info.run_id
    for start in range(0, 26_000, 1000):
        client.log_batch(run_id, metrics=[Metric("loss", float(n), n, n) for n in range(start, start + 1000)])
    history = client.get_metric_history(run_id, "loss")
    assert [point.step for point in history] == list(range(26_000))
    big = 2**53 + 1
    for step, value in ((0, float("nan")), (1, float("inf")), (2, float("-inf")), (big, 1.0), (-5, 2.0)):
        client.log_metric(run_id, "odd", value, step=step, timestamp=7)
    odd = {point.step: point.value for point in client.get_metric_history(run_id, "odd")}
    assert math.isnan(odd[0]) and odd[1] == sys.float_info.max and odd[2] == -sys.float_info.max
    assert odd[big] == 1.0 and odd[-5] == 2.0
    assert client.get_metric_history(run_id, "nothing") == []


def test_fluent_and_nested():
    mlflow.set_experiment("nested")
    with mlflow.start_run(run_name="parent", tags={"kind": "search"}, description="about it") as parent:
        mlflow.log_params({"depth": 3, "names": ["a", "b"]})
        mlflow.log_metrics({"acc": 0.5, "loss": 1}, step=3)
        for number in range(3):
            with mlflow.start_run(run_name=f"child {number}", nested=True):
                mlflow.log_metric("acc", number / 10)
                mlflow.set_tags({"number": number})
    children = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'", order_by=["metrics.acc DESC"])
    assert list(children["tags.mlflow.runName"]) == ["child 2", "child 1", "child 0"]
    with mlflow.start_run(run_id=parent.info.run_id):
        mlflow.log_metric("acc", 0.75, step=4)
        assert mlflow.active_run().info.run_name == "parent"
    again = mlflow.get_run(parent.info.run_id)
    assert again.data.metrics == {"acc": 0.75, "loss": 1.0} and again.info.status == "FINISHED"
    assert again.data.tags["mlflow.note.content"] == "about it"
    try:
        with mlflow.start_run() as failed:
            raise RuntimeError("no")
    except RuntimeError:
        pass
    assert mlflow.get_run(failed.info.run_id).info.status == "FAILED"


def test_asynchronous():
    mlflow.set_experiment("asynchronous")
    with mlflow.start_run() as run:
        for number in range(2500):
            mlflow.log_metric("loss", number, step=number, synchronous=False)
        mlflow.log_params({f"p{number}": number for number in range(250)}, synchronous=False)
        mlflow.set_tags({"late": "yes"}, synchronous=False)
        mlflow.flush_async_logging()
    found = mlflow.get_run(run.info.run_id)
    assert len(found.data.params) == 250 and found.data.tags["late"] == "yes" and found.data.metrics["loss"] == 2499
    assert len(client.get_metric_history(run.info.run_id, "loss")) == 2500


def test_inputs():
    mlflow.set_experiment("inputs")
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    with mlflow.start_run() as run:
        data = mlflow.data.from_pandas(frame, source="https://example.org/data.csv", name="rows", targets="b")
        mlflow.log_input(data, context="training", tags={"fold": "1"})
        mlflow.log_input(data, context="training")
    (found,) = mlflow.get_run(run.info.run_id).inputs.dataset_inputs
    assert (found.dataset.name, found.dataset.digest) == ("rows", data.digest)
    assert {tag.key: tag.value for tag in found.tags} == {"mlflow.data.context": "training", "fold": "1"}
    assert json.loads(found.dataset.schema)["mlflow_colspec"][0]["name"] == "a"
    by_data = mlflow.search_runs(filter_string="dataset.name = 'rows' AND dataset.context = 'training'")
    assert list(by_data.run_id) == [run.info.run_id]


def test_search_into_pandas():
    mlflow.set_experiment("searched")
    for number in range(7):
        with mlflow.start_run(run_name=f"run {number}"):
            mlflow.log_param("model", "tree" if number % 2 else "line")
            if number != 3:
                mlflow.log_metric("acc", number / 10)
    frame = mlflow.search_runs(order_by=["metrics.acc DESC"])
    assert list(frame["metrics.acc"])[:6] == [0.6, 0.5, 0.4, 0.2, 0.1, 0.0] and np.isnan(frame["metrics.acc"].iloc[6])
    assert frame.start_time.dtype.kind == "M" and set(frame["params.model"]) == {"tree", "line"}
    few = mlflow.search_runs(filter_string="metrics.acc >= 0.2 and params.model LIKE 'tr%'", order_by=["start_time ASC"])
    assert list(few["tags.mlflow.runName"]) == ["run 5"]
    assert len(mlflow.search_runs(experiment_names=["searched"], max_results=3)) == 3
    pages, token = 0, None
    at = mlflow.get_experiment_by_name("searched").experiment_id
    while True:
        page = client.search_runs([at], max_results=3, page_token=token)
        pages, token = pages + 1, page.token
        if not token:
            break
    assert pages == 3
    refuses("INVALID_PARAMETER_VALUE", client.search_runs, [at], "acc > 1")


def test_artifacts():
    mlflow.set_experiment("artifacts")
    with mlflow.start_run() as run:
        mlflow.log_text("text", "notes/a.txt")
        mlflow.log_dict({"a": 1}, "a.json")
        mlflow.log_table({"x": [1, 2]}, "table.json")
        assert mlflow.get_artifact_uri().startswith("mlflow-artifacts:/")
    assert sorted(one.path for one in client.list_artifacts(run.info.run_id)) == ["a.json", "notes", "table.json"]
    assert mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/a.json") == {"a": 1}
    assert list(mlflow.load_table("table.json", run_ids=[run.info.run_id])["x"]) == [1, 2]


def rows():
    from sklearn.datasets import make_classification

    return make_classification(n_samples=120, n_features=5, random_state=1)


def check_logged(run_id, flavor, features):
    (output,) = mlflow.get_run(run_id).outputs.model_outputs
    loaded = mlflow.pyfunc.load_model(f"models:/{output.model_id}")
    assert flavor in loaded.metadata.flavors
    assert len(loaded.predict(features)) == len(features)
    assert mlflow.get_logged_model(output.model_id).status.value == "READY"


def test_autolog_sklearn():
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    mlflow.set_experiment("sklearn")
    features, labels = rows()
    mlflow.sklearn.autolog(silent=True)
    try:
        with mlflow.start_run() as run:
            LogisticRegression(C=0.5).fit(features, labels)
        with mlflow.start_run() as searched:
            GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2).fit(features, labels)
    finally:
        mlflow.sklearn.autolog(disable=True)
    found = mlflow.get_run(run.info.run_id)
    assert found.data.params["C"] == "0.5" and found.data.metrics["training_accuracy_score"] > 0.5
    assert found.inputs.dataset_inputs
    check_logged(run.info.run_id, "sklearn", features)
    children = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{searched.info.run_id}'")
    assert len(children) == 2


def test_autolog_xgboost():
    import xgboost

    mlflow.set_experiment("xgboost")
    features, labels = rows()
    mlflow.xgboost.autolog(silent=True, model_format="ubj")
    try:
        with mlflow.start_run() as run:
            data = xgboost.DMatrix(features, label=labels)
            xgboost.train({"objective": "binary:logistic", "eval_metric": "logloss"}, data, 8, evals=[(data, "train")])
    finally:
        mlflow.xgboost.autolog(disable=True)
    history = client.get_metric_history(run.info.run_id, "train-logloss")
    assert sorted({point.step for point in history}) == list(range(8))
    check_logged(run.info.run_id, "xgboost", features)


def test_autolog_lightgbm():
    import lightgbm

    mlflow.set_experiment("lightgbm")
    features, labels = rows()
    mlflow.lightgbm.autolog(silent=True)
    try:
        with mlflow.start_run() as run:
            data = lightgbm.Dataset(features, label=labels)
            lightgbm.train({"objective": "binary", "verbose": -1}, data, 8, valid_sets=[data], valid_names=["train"])
    finally:
        mlflow.lightgbm.autolog(disable=True)
    assert "train-binary_logloss" in mlflow.get_run(run.info.run_id).data.metrics
    check_logged(run.info.run_id, "lightgbm", features)


def test_models():
    from sklearn.linear_model import LogisticRegression

    mlflow.set_experiment("models")
    features, labels = rows()
    model = LogisticRegression().fit(features, labels)
    with mlflow.start_run() as run:
        mlflow.log_metric("before", 0.5)
        logged = mlflow.sklearn.log_model(model, name="line", input_example=features[:2], params={"C": 1}, **PICKLED)
        mlflow.log_metric("accuracy", 0.9, model_id=logged.model_id)
    found = mlflow.get_logged_model(logged.model_id)
    assert {one.key: one.value for one in found.metrics} == {"before": 0.5, "accuracy": 0.9}
    assert found.source_run_id == run.info.run_id and found.params == {"C": "1"}
    mlflow.set_logged_model_tags(logged.model_id, {"stage": "candidate"})
    by_metric = mlflow.search_logged_models(filter_string="metrics.accuracy > 0.8 AND name = 'line'", output_format="list")
    assert [one.model_id for one in by_metric] == [logged.model_id]
    version = mlflow.register_model(f"models:/{logged.model_id}", "line")
    client.set_registered_model_alias("line", "champion", version.version)
    for address in ("models:/line@champion", "models:/line/1", f"runs:/{run.info.run_id}/line"):
        assert list(mlflow.sklearn.load_model(address).predict(features)) == list(model.predict(features))
    external = mlflow.create_external_model(name="elsewhere", model_type="agent")
    assert mlflow.get_logged_model(external.model_id).tags["mlflow.model.isExternal"] == "true"


def test_measured_on_data():
    from sklearn.linear_model import LogisticRegression

    mlflow.set_experiment("measured")
    features, labels = rows()
    frame = pd.DataFrame(features, columns=list("abcde")).assign(label=labels)
    with mlflow.start_run() as run:
        logged = mlflow.sklearn.log_model(LogisticRegression().fit(frame[list("abcde")], labels), name="line", **PICKLED)
        data = mlflow.data.from_pandas(frame, name="test rows", targets="label")
        scored = frame.assign(prediction=mlflow.pyfunc.load_model(logged.model_uri).predict(frame[list("abcde")]))
        right = float((scored.prediction == scored.label).mean())
        mlflow.log_metric("accuracy", right, dataset=data, model_id=logged.model_id)
    (measured,) = mlflow.get_logged_model(logged.model_id).metrics
    assert (measured.value, measured.dataset_name, measured.dataset_digest) == (right, "test rows", data.digest)
    best = mlflow.search_logged_models(datasets=[{"dataset_name": "test rows"}], filter_string="metrics.accuracy > 0.1", output_format="list")
    assert [one.model_id for one in best] == [logged.model_id]


def main():
    print(f"MLflow {mlflow.__version__}", flush=True)
    os.chdir(tempfile.mkdtemp())
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        try:
            test()
            print(f"ok {name}", flush=True)
        except BaseException:
            mlflow.end_run()
            print(f"FAILED {name}\n{traceback.format_exc()}", flush=True)


main()
