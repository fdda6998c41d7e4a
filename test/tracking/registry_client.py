"""Everything that MLflow's own client does with registered models, against a server whose address is the argument.

Prints one line for each check, `ok NAME` or `FAILED NAME` with what went wrong; the last check loads a package that a
release registered as `released` before the server was started.
"""

import os
import sys
import traceback
import warnings

os.environ |= {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "GIT_PYTHON_REFRESH": "quiet", "MLFLOW_DISABLE_TELEMETRY": "true"}
warnings.filterwarnings("ignore")

import mlflow  # noqa: E402
import numpy as np  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402
from mlflow.models import infer_signature  # noqa: E402
from sklearn.linear_model import LinearRegression  # noqa: E402

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
rows = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]])


def refused(code, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except MlflowException as error:
        assert error.error_code == code, f"expected {code}, found {error.error_code}: {error}"
        return str(error)
    raise AssertionError(f"expected {code}, found no error")


def fitted(width=2):
    return LinearRegression().fit(rows[:, :width], [1.0, 2.0, 3.0])


def logged(width=2, name="model"):
    """Logs a model in a new run. @returns the address of the model and the id of the run"""
    signature = infer_signature(rows[:, :width], np.array([1.0]))
    with mlflow.start_run() as run:
        info = mlflow.sklearn.log_model(fitted(width), name=name, signature=signature, pip_requirements=["scikit-learn"], serialization_format="cloudpickle")
    return info.model_uri, run.info.run_id


def test_models():
    made = client.create_registered_model("models", tags={"team": "air"}, description="said")
    assert (made.name, made.description, made.tags, made.latest_versions) == ("models", "said", {"team": "air"}, [])
    assert "already exists" in refused("RESOURCE_ALREADY_EXISTS", client.create_registered_model, "models")
    client.set_registered_model_tag("models", "k", "v")
    client.delete_registered_model_tag("models", "team")
    assert client.get_registered_model("models").tags == {"k": "v"}
    assert client.update_registered_model("models", "new").description == "new"
    client.rename_registered_model("models", "renamed")
    assert client.get_registered_model("renamed").description == "new"
    refused("RESOURCE_DOES_NOT_EXIST", client.get_registered_model, "models")
    client.delete_registered_model("renamed")
    refused("RESOURCE_DOES_NOT_EXIST", client.delete_registered_model, "renamed")
    refused("INVALID_PARAMETER_VALUE", client.create_registered_model, "a/b")


def test_search_of_models():
    for name in ["s1", "s2", "s3"]:
        client.create_registered_model(name, tags={"n": name})
    found = client.search_registered_models("name LIKE 's_'", max_results=2, order_by=["name DESC"])
    assert ([one.name for one in found], bool(found.token)) == (["s3", "s2"], True)
    rest = client.search_registered_models("name LIKE 's_'", max_results=2, order_by=["name DESC"], page_token=found.token)
    assert ([one.name for one in rest], bool(rest.token)) == (["s1"], False)
    assert [one.name for one in client.search_registered_models("tags.n = 's2'")] == ["s2"]
    assert len(mlflow.search_registered_models(filter_string="name ILIKE 'S_'")) == 3
    refused("INVALID_PARAMETER_VALUE", client.search_registered_models, "nothing = 'x'")


def test_versions():
    client.create_registered_model("v")
    first = client.create_model_version("v", "s3://b/1", tags={"a": "1"}, description="d", run_link="l")
    second = client.create_model_version("v", "s3://b/2")
    assert (str(first.version), str(second.version), first.status) == ("1", "2", "READY")
    assert (first.tags["a"], first.tags["mlspec.version"], second.tags["mlspec.version"]) == ("1", "1.0.0", "1.0.1")
    assert client.update_model_version("v", "1", "better").description == "better"
    client.set_model_version_tag("v", "1", "b", "2")
    client.delete_model_version_tag("v", "1", "a")
    assert client.get_model_version("v", "1").tags == {"b": "2", "mlspec.version": "1.0.0"}
    refused("INVALID_PARAMETER_VALUE", client.set_model_version_tag, "v", "1", "mlspec.version", "9.9.9")
    assert client.get_model_version_download_uri("v", "2") == "s3://b/2"
    found = client.search_model_versions("name = 'v'", order_by=["version_number ASC"], max_results=1)
    assert ([int(one.version) for one in found], bool(found.token)) == ([1], True)
    assert len(client.search_model_versions("name = 'v'", page_token=found.token, order_by=["version_number ASC"])) == 1
    assert [int(one.version) for one in client.search_model_versions("tags.`mlspec.version` = '1.0.1' AND name = 'v'")] == [2]
    client.create_registered_model("copied")
    copy = client.copy_model_version("models:/v/2", "copied")
    assert (copy.name, copy.source, copy.tags) == ("copied", "models:/v/2", {"mlspec.version": "1.0.0"})
    assert client.get_model_version_download_uri("copied", copy.version) == "s3://b/2"
    client.delete_model_version("v", "2")
    refused("RESOURCE_DOES_NOT_EXIST", client.get_model_version, "v", "2")
    assert int(client.create_model_version("v", "s3://b/3").version) == 3
    refused("RESOURCE_DOES_NOT_EXIST", client.create_model_version, "nobody", "s3://b/1")
    refused("INVALID_PARAMETER_VALUE", client.create_model_version, "v", "/etc")


def test_stages():
    client.create_registered_model("staged")
    for place in range(3):
        client.create_model_version("staged", f"s3://b/{place}")
    client.transition_model_version_stage("staged", "1", "Production")
    moved = client.transition_model_version_stage("staged", "2", "Production", archive_existing_versions=True)
    assert moved.current_stage == "Production"
    stages = {one.current_stage: int(one.version) for one in client.get_latest_versions("staged")}
    assert stages == {"Archived": 1, "Production": 2, "None": 3}
    assert [int(one.version) for one in client.get_latest_versions("staged", ["Production"])] == [2]
    assert [int(one.version) for one in client.get_latest_versions("staged", ["1.0.0"])] == [1]
    assert len(client.get_registered_model("staged").latest_versions) == 3
    refused("INVALID_PARAMETER_VALUE", client.transition_model_version_stage, "staged", "1", "Nowhere")


def test_aliases():
    client.create_registered_model("pointed")
    client.create_model_version("pointed", "s3://b/1")
    client.create_model_version("pointed", "s3://b/2")
    client.set_registered_model_alias("pointed", "champion", "1")
    client.set_registered_model_alias("pointed", "champion", "2")
    assert client.get_model_version_by_alias("pointed", "champion").aliases == ["champion"]
    assert client.get_registered_model("pointed").aliases == {"champion": "2"}
    assert int(client.get_model_version_by_alias("pointed", "v-1-0-0").version) == 1
    client.delete_registered_model_alias("pointed", "champion")
    refused("INVALID_PARAMETER_VALUE", client.get_model_version_by_alias, "pointed", "champion")
    refused("INVALID_PARAMETER_VALUE", client.set_registered_model_alias, "pointed", "v-1-0-0", "1")


def test_register_and_load():
    expected = fitted().predict(rows)
    first = mlflow.register_model(logged()[0], "loaded")
    second = mlflow.register_model(logged()[0], "loaded", tags={"a": "b"})
    third = mlflow.register_model(logged(width=1)[0], "loaded")
    numbers = [client.get_model_version("loaded", one.version).tags["mlspec.version"] for one in (first, second, third)]
    assert numbers == ["1.0.0", "1.0.1", "2.0.0"], numbers
    client.set_registered_model_alias("loaded", "champion", "2")
    client.transition_model_version_stage("loaded", "2", "Staging")
    for name in ["1", "1.0.0", "1.0", "1.0.1", "Staging"]:
        assert np.allclose(mlflow.pyfunc.load_model(f"models:/loaded/{name}").predict(rows), expected), name
    for name in ["champion", "v-1-0-0", "v-1-0"]:
        assert np.allclose(mlflow.sklearn.load_model(f"models:/loaded@{name}").predict(rows), expected), name
    assert len(mlflow.sklearn.load_model("models:/loaded/latest").coef_) == 1
    assert len(mlflow.sklearn.load_model("models:/loaded/2.0.0").coef_) == 1
    tags = mlflow.get_logged_model(second.source.removeprefix("models:/")).tags
    assert "loaded" in tags["mlflow.modelVersions"]


def test_registered_while_logging():
    with mlflow.start_run():
        signature = infer_signature(rows, np.array([1.0]))
        mlflow.sklearn.log_model(
            fitted(), name="m", signature=signature, registered_model_name="at-once", pip_requirements=["scikit-learn"], serialization_format="cloudpickle"
        )
    assert mlflow.sklearn.load_model("models:/at-once/1").predict(rows).shape == (3,)


def test_package_of_a_release():
    version = client.get_model_version_by_alias("released", "production")
    assert version.source.startswith("mlflow-artifacts:/packages/")
    for name in ["/1", "/1.0.0", "@production"]:
        assert np.allclose(mlflow.sklearn.load_model(f"models:/released{name}").predict(rows), fitted().predict(rows))
    mine = mlflow.register_model("models:/released/1", "mine")
    assert mlflow.sklearn.load_model(f"models:/mine/{mine.version}").predict(rows).shape == (3,)


def test_protected_alias():
    other = client.create_model_version("released", "s3://b/other")
    said = refused("PERMISSION_DENIED", client.set_registered_model_alias, "released", "production", other.version)
    assert "mlspec approve released/1.0.1 --alias production" in said, said
    refused("PERMISSION_DENIED", client.delete_registered_model_alias, "released", "production")
    refused("PERMISSION_DENIED", client.delete_model_version, "released", "1")
    refused("PERMISSION_DENIED", client.rename_registered_model, "released", "other")
    refused("PERMISSION_DENIED", client.delete_registered_model, "released")
    # The stage of that name is loaded like the alias: no way around it.
    for stage in ["Production", "production", "PRODUCTION"]:
        for archive in [False, True]:
            said = refused(
                "PERMISSION_DENIED", client.transition_model_version_stage, "released", other.version, stage, archive
            )
            assert "mlspec approve released/1.0.1 --alias production" in said, said
    assert client.get_model_version("released", other.version).current_stage == "None"
    client.transition_model_version_stage("released", other.version, "Staging")
    client.transition_model_version_stage("released", "1", "Production", archive_existing_versions=True)
    assert [int(one.version) for one in client.get_latest_versions("released", ["Production"])] == [1]
    refused("PERMISSION_DENIED", client.transition_model_version_stage, "released", "1", "Archived")
    client.set_registered_model_alias("released", "free", other.version)
    assert int(client.get_model_version_by_alias("released", "production").version) == 1


checks = {name: check for name, check in list(globals().items()) if name.startswith("test_")}
for name, check in checks.items():
    try:
        check()
        print("ok", name, flush=True)
    except Exception:  # noqa: BLE001
        print("FAILED", name, traceback.format_exc(), flush=True)
