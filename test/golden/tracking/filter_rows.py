"""The few rows that filters.json is about, and how they are put into MLflow's own tables."""

from mlflow.store.model_registry.dbmodels import models as registry
from mlflow.store.tracking.dbmodels import models as tracking

NAN, INF = float("nan"), 1.7976931348623157e308
LONG_ID = "0123456789abcdef0123456789ABCDEF"


def run(run_id, name, **more):
    base = dict(user_id="kim", status="FINISHED", start_time=1000, end_time=2000, lifecycle="active", params={}, tags={}, metrics={}, datasets=[])
    return {"run_id": run_id, "name": name, "experiment_id": 1, "artifact_uri": f"mlflow-artifacts:/1/{run_id}/artifacts", **base, **more}


def dataset(name, digest, context=None):
    return {"name": name, "digest": digest, "context": context}


RUNS = [
    run(
        "a1",
        "first",
        params={"lr": "0.1", "Model": "Tree", "a b": "x", "a.b": "dots", "a/b": "slash", "in": "kw", "größe": "ä", "empty": ""},
        tags={"team": "Red", "mlflow.source.name": "train.py", "note": "100% [a]*?_\\", "quote": "it's"},
        metrics={"acc": 0.9, "loss": 0.1, "val loss": 1.0, "a.b": 3.0, "a/b": 1.0, "größe": 2.0, "order": 1.0, "2fa": 1.0},
        datasets=[dataset("iris", "d1", "training"), dataset("wine", "d2", "validation")],
    ),
    run("B2", "Second", user_id="Kim", start_time=1001, params={"lr": "0.10", "Model": "tree"}, tags={"team": "red", "quote": "it''s"}, metrics={"acc": NAN, "loss": -1.0}, datasets=[dataset("iris", "D1")]),
    run("c3", "second", status="RUNNING", start_time=1002, end_time=None, params={"lr": "1e-1"}, tags={"team": "RÉD", "note": "100 percent"}, metrics={"acc": INF, "loss": 0.0}),
    run("d4", "dead", status="KILLED", start_time=1003, lifecycle="deleted", params={"lr": "0.1", "a b": "it's"}, tags={"quote": 'say "hi"', "team": "réd"}, metrics={"acc": -INF, "val loss": 0.5}),
    run("e5", "100%", status="SCHEDULED", user_id="", start_time=1003, end_time=None, params={"Model": "日本", "multi": "line\nbreak", "tab": "a\tb"}, tags={"note": "it\\'s", "empty": ""}, metrics={"acc": 1.0}, datasets=[dataset("Iris", "d1", "Training")]),
    run("f6", "a_b", status="FAILED", start_time=9007199254740991, metrics={"acc": 0.30000000000000004, "nan": NAN, "big": 100000000000000000000.0}, params={"`tick`": "t", '"dq"': "d", "x-y": "hyphen", "n": "0.01"}),
    run(LONG_ID, "long id", start_time=0, end_time=0, tags={"team": "*", "emoji": "🚀 go"}, metrics={"acc": 0.0}),
]


def experiment(id, name, **more):
    return {"id": id, "name": name, "created": 10, "updated": 20, "lifecycle": "active", "tags": {}, **more}


EXPERIMENTS = [
    experiment(0, "Default"),
    experiment(1, "vision", tags={"team": "Red", "a b": "x", "empty": ""}),
    experiment(2, "Vision", created=30, tags={"team": "red"}),
    experiment(3, "it's 100%", created=40, updated=50, lifecycle="deleted", tags={"team": "blue"}),
    experiment(14, "naïve", created=15, updated=15, tags={"mlflow.note": "x"}),
]

MODELS = [
    {"name": "alpha", "created": 1, "updated": 5, "tags": {"team": "Red", "a b": "x"}},
    {"name": "Alpha", "created": 2, "updated": 4, "tags": {"team": "red"}},
    {"name": "beta 100%", "created": 3, "updated": 3, "tags": {}},
    {"name": "greeting", "created": 4, "updated": 2, "tags": {"mlflow.prompt.is_prompt": "true", "team": "Red"}},
    {"name": "said no", "created": 5, "updated": 1, "tags": {"mlflow.prompt.is_prompt": "false"}},
]

VERSIONS = [
    {"model": "alpha", "ordinal": 1, "run_id": "a1", "source": "s3://bucket/a_1", "created": 1, "updated": 9, "tags": {"stage": "Prod", "a b": "x"}},
    {"model": "alpha", "ordinal": 2, "run_id": "B2", "source": "s3://bucket/A_1", "created": 2, "updated": 8, "tags": {"stage": "prod"}},
    {"model": "alpha", "ordinal": 10, "run_id": None, "source": "/local/it's", "created": 3, "updated": 7, "tags": {}},
    {"model": "Alpha", "ordinal": 1, "run_id": "a1", "source": "models:/alpha/1", "created": 4, "updated": 9, "tags": {"stage": "100%"}},
    {"model": "greeting", "ordinal": 1, "run_id": None, "source": "p", "created": 5, "updated": 5, "tags": {"mlflow.prompt.is_prompt": "true"}},
    {"model": "greeting", "ordinal": 2, "run_id": None, "source": "p", "created": 6, "updated": 4, "tags": {}},
]


def logged(model_id, name, **more):
    base = dict(status="LOGGED_MODEL_READY", model_type="sklearn", source_run_id="a1", created=100, updated=200, params={}, tags={}, metrics=[])
    return {"model_id": model_id, "name": name, "experiment_id": 1, "artifact_uri": f"mlflow-artifacts:/1/models/{model_id}/artifacts", **base, **more}


def point(key, value, timestamp=1, step=0, dataset=None, digest=None):
    return {"key": key, "value": value, "timestamp": timestamp, "step": step, "dataset": dataset, "digest": digest}


LOGGED_MODELS = [
    logged("m-a", "tree", params={"lr": "0.1", "a b": "x"}, tags={"team": "Red"}, metrics=[point("acc", 0.5, 1), point("acc", 0.9, 2), point("loss", 0.1, 1, 0, "iris", "d1")]),
    logged("m-b", "Tree", model_type="", status="LOGGED_MODEL_PENDING", source_run_id="", created=101, updated=190, params={"lr": "0.10"}, tags={"team": "red"}, metrics=[point("acc", 0.7, 5, 1, "iris", "d2"), point("a.b", 1.0)]),
    logged("m-c", "net", status="LOGGED_MODEL_UPLOAD_FAILED", source_run_id="B2", created=102, updated=180, params={"n": "7", "word": "it's"}, metrics=[point("acc", INF, 3), point("val loss", -2.0, 1, 0, "wine", "d1")]),
    logged("m-d", "100%", model_type="Xgb", created=103, metrics=[point("gone", NAN)]),
]


def fill(session):
    """All rows into an empty store of MLflow; datasets are shared by name and digest."""
    for row in EXPERIMENTS:
        if row["id"] != 0:
            session.add(tracking.SqlExperiment(experiment_id=row["id"], name=row["name"]))
    session.flush()
    for row in EXPERIMENTS:
        found = session.get(tracking.SqlExperiment, row["id"])
        found.creation_time, found.last_update_time, found.lifecycle_stage = row["created"], row["updated"], row["lifecycle"]
        session.add_all(tracking.SqlExperimentTag(experiment_id=row["id"], key=k, value=v) for k, v in row["tags"].items())
    fill_runs(session)
    fill_logged_models(session)
    fill_registry(session)
    session.commit()


def fill_runs(session):
    for row in RUNS:
        session.add(
            tracking.SqlRun(
                run_uuid=row["run_id"], name=row["name"], experiment_id=row["experiment_id"], user_id=row["user_id"], status=row["status"],
                start_time=row["start_time"], end_time=row["end_time"], artifact_uri=row["artifact_uri"], lifecycle_stage=row["lifecycle"],
            )
        )
    session.flush()
    known = set()
    for row in RUNS:
        id = row["run_id"]
        tags = {"mlflow.runName": row["name"], **row["tags"]}
        session.add_all(tracking.SqlTag(run_uuid=id, key=k, value=v) for k, v in tags.items())
        session.add_all(tracking.SqlParam(run_uuid=id, key=k, value=v) for k, v in row["params"].items())
        for key, value in row["metrics"].items():
            nan = value != value
            session.add(tracking.SqlLatestMetric(run_uuid=id, key=key, value=0 if nan else value, is_nan=nan, timestamp=1, step=0))
        for given in row["datasets"]:
            uuid = f"{given['name']}-{given['digest']}"
            if uuid not in known:
                session.add(tracking.SqlDataset(dataset_uuid=uuid, experiment_id=1, name=given["name"], digest=given["digest"], dataset_source_type="local", dataset_source="s"))
            known.add(uuid)
            input = f"{id}-{uuid}"
            session.add(tracking.SqlInput(input_uuid=input, source_type="DATASET", source_id=uuid, destination_type="RUN", destination_id=id))
            session.flush()
            if given["context"] is not None:
                session.add(tracking.SqlInputTag(input_uuid=input, name="mlflow.data.context", value=given["context"]))


STATUS_NUMBERS = {"LOGGED_MODEL_PENDING": 1, "LOGGED_MODEL_READY": 2, "LOGGED_MODEL_UPLOAD_FAILED": 3}


def fill_logged_models(session):
    for row in LOGGED_MODELS:
        id = row["model_id"]
        session.add(
            tracking.SqlLoggedModel(
                model_id=id, experiment_id=1, name=row["name"], artifact_location=row["artifact_uri"], creation_timestamp_ms=row["created"], last_updated_timestamp_ms=row["updated"],
                status=STATUS_NUMBERS[row["status"]], lifecycle_stage="active", model_type=row["model_type"], source_run_id=row["source_run_id"],
            )
        )
        session.flush()
        session.add_all(tracking.SqlLoggedModelParam(model_id=id, experiment_id=1, param_key=k, param_value=v) for k, v in row["params"].items())
        session.add_all(tracking.SqlLoggedModelTag(model_id=id, experiment_id=1, tag_key=k, tag_value=v) for k, v in row["tags"].items())
        for metric in row["metrics"]:
            nan = metric["value"] != metric["value"]
            session.add(
                tracking.SqlLoggedModelMetric(
                    model_id=id, experiment_id=1, run_id="a1", metric_name=metric["key"], metric_timestamp_ms=metric["timestamp"], metric_step=metric["step"],
                    metric_value=0 if nan else metric["value"], dataset_name=metric["dataset"], dataset_digest=metric["digest"],
                )
            )


def fill_registry(session):
    for row in MODELS:
        session.add(registry.SqlRegisteredModel(name=row["name"], creation_time=row["created"], last_updated_time=row["updated"]))
        session.flush()
        session.add_all(registry.SqlRegisteredModelTag(name=row["name"], key=k, value=v) for k, v in row["tags"].items())
    for row in VERSIONS:
        key = {"name": row["model"], "version": row["ordinal"]}
        session.add(registry.SqlModelVersion(**key, run_id=row["run_id"], source=row["source"], creation_time=row["created"], last_updated_time=row["updated"]))
        session.flush()
        session.add_all(registry.SqlModelVersionTag(**key, key=k, value=v) for k, v in row["tags"].items())
