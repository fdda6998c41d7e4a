"""MLflow's own client at a spool, while the server is away, and at the server afterwards."""

import sys

import mlflow
from mlflow import MlflowClient
from sklearn.linear_model import LogisticRegression

what, uri = sys.argv[1:3]
mlflow.set_tracking_uri(uri)
client = MlflowClient()
given = [[0.0], [1.0], [2.0], [3.0]]


def train(name):
    """Logs a model and registers it, as a training script does."""
    model = LogisticRegression().fit(given, [0, 0, 1, 1])
    with mlflow.start_run(run_name=name) as run:
        logged = mlflow.sklearn.log_model(
            model, name="model", registered_model_name="iris", pip_requirements=["scikit-learn"], serialization_format="cloudpickle"
        )
    return run, logged


mlflow.set_experiment("flowers")
if what == "there":
    run, _ = train("theirs")
    client.set_registered_model_alias("iris", "champion", 1)
elif what == "away":
    run, logged = train("ours")
    first = client.search_model_versions("name = 'iris'")[0]
    assert int(first.version) == 1_000_000_001, first.version
    assert first.run_id == run.info.run_id
    assert mlflow.sklearn.load_model(f"models:/iris/{first.version}").predict([[3.0]])[0] == 1
    again = mlflow.register_model(f"runs:/{run.info.run_id}/model", "iris", tags={"made": "on a train"})
    assert int(again.version) == 1_000_000_002, again.version
    client.set_registered_model_alias("iris", "challenger", again.version)
    client.set_model_version_tag("iris", again.version, "of", run.info.run_id)
    client.update_model_version("iris", again.version, description="second")
    client.set_registered_model_tag("iris", "owner", "ada")
    copied = client.copy_model_version(f"models:/iris/{first.version}", "iris-copy")
    assert int(copied.version) == 1_000_000_001
    for refused in (
        lambda: client.delete_registered_model("iris"),
        lambda: client.rename_registered_model("iris", "other"),
        lambda: client.delete_model_version("iris", first.version),
        lambda: client.transition_model_version_stage("iris", first.version, "Production"),
        lambda: client.delete_registered_model_alias("iris", "challenger"),
        # A version that only the server has is not here, and its number means nothing here.
        lambda: client.set_registered_model_alias("iris", "champion", 1),
    ):
        try:
            refused()
        except mlflow.MlflowException as error:
            print(error.error_code, error.message[:100])
        else:
            raise AssertionError("expected a refusal")
    print("run", run.info.run_id)
elif what == "back":
    run_id = sys.argv[3]
    versions = sorted(client.search_model_versions("name = 'iris'"), key=lambda one: int(one.version))
    assert [one.version for one in versions] == ["1", "2", "3"], versions
    assert client.get_model_version_by_alias("iris", "champion").version == "1"
    third = client.get_model_version_by_alias("iris", "challenger")
    assert third.version == "3" and third.description == "second", third
    assert third.tags["made"] == "on a train" and third.tags["of"] == run_id, third.tags
    assert client.get_registered_model("iris").tags == {"owner": "ada"}
    assert versions[1].run_id == run_id
    for place in ("models:/iris/2", "models:/iris@challenger", "models:/iris-copy/1", f"runs:/{run_id}/model"):
        assert mlflow.sklearn.load_model(place).predict([[3.0]])[0] == 1, place
    model = client.search_logged_models(experiment_ids=[client.get_run(run_id).info.experiment_id], filter_string=f"source_run_id = '{run_id}'")[0]
    noted = model.tags["mlflow.modelVersions"]
    assert "100000000" not in noted and '"iris"' in noted, noted
print("ok")
