"""Everything that MLflow's own clients do where people sign in, against a server whose address is the argument.

The environment has MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD of its admin. Prints one line for each check,
`ok NAME` or `FAILED NAME` with what went wrong. The calls of AuthServiceClient are made with the functions of the
installed package that it makes them with (`http_request`, `verify_rest_response`): the class itself cannot be imported
without everything that MLflow's server needs.
"""

import os
import sys
import traceback
import warnings

os.environ |= {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "GIT_PYTHON_REFRESH": "quiet", "MLFLOW_DISABLE_TELEMETRY": "true"}
warnings.filterwarnings("ignore")

import mlflow  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402
from mlflow.utils.credentials import get_default_host_creds  # noqa: E402
from mlflow.utils.rest_utils import http_request, verify_rest_response  # noqa: E402

uri = sys.argv[1]
mlflow.set_tracking_uri(uri)
password = "a password of tests"
admin = (os.environ["MLFLOW_TRACKING_USERNAME"], os.environ["MLFLOW_TRACKING_PASSWORD"])


class As:
    """Signs in as somebody for a while: by name and password, or by a token."""

    def __init__(self, name=None, secret=password, token=None):
        self.wanted = {"MLFLOW_TRACKING_TOKEN": token} if token else {"MLFLOW_TRACKING_USERNAME": name, "MLFLOW_TRACKING_PASSWORD": secret}

    def __enter__(self):
        for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"):
            os.environ.pop(name, None)
        os.environ.update(self.wanted)

    def __exit__(self, *_):
        for name in self.wanted:
            os.environ.pop(name, None)
        os.environ.update({"MLFLOW_TRACKING_USERNAME": admin[0], "MLFLOW_TRACKING_PASSWORD": admin[1]})


def call(method, path, version=2, **fields):
    endpoint = f"/api/{version}.0/mlflow/{path}"
    given = {"params": fields} if method == "GET" else {"json": fields}
    return verify_rest_response(http_request(get_default_host_creds(uri), endpoint, method, **given), endpoint).json()


def refused(code, work, *args, **kwargs):
    try:
        work(*args, **kwargs)
    except MlflowException as error:
        assert error.error_code == code, f"expected {code}, found {error.error_code}: {error}"
        return str(error)
    raise AssertionError(f"expected {code}, found no error")


def test_wrong_password():
    with As("admin", "not the password"):
        assert "wrong" in refused("UNAUTHENTICATED", mlflow.search_experiments)
    with As(token="mlst_000000000000_" + "a" * 43):
        refused("UNAUTHENTICATED", mlflow.search_experiments)


def test_users():
    made = call("POST", "users/create", username="ada", password=password)["user"]
    assert (made["username"], made["is_admin"]) == ("ada", False)
    refused("RESOURCE_ALREADY_EXISTS", call, "POST", "users/create", username="ada", password=password)
    refused("INVALID_PARAMETER_VALUE", call, "POST", "users/create", username="short", password="short")
    assert call("GET", "users/get", username="ada")["user"]["id"] == made["id"]
    refused("RESOURCE_DOES_NOT_EXIST", call, "GET", "users/get", username="nobody")
    assert {"ada", "admin"} <= {user["username"] for user in call("GET", "users/list")["users"]}
    call("PATCH", "users/update-admin", username="ada", is_admin=True)
    with As("ada"):
        assert call("GET", "users/current")["user"]["is_admin"]
    call("PATCH", "users/update-admin", username="ada", is_admin=False)
    with As("ada"):
        refused("PERMISSION_DENIED", call, "GET", "users/list")
        refused("INVALID_PARAMETER_VALUE", call, "PATCH", "users/update-password", username="ada", password="another password")
        call("PATCH", "users/update-password", username="ada", password="another password", current_password=password)
        refused("UNAUTHENTICATED", call, "GET", "users/current")
    call("PATCH", "users/update-password", username="ada", password=password)
    call("POST", "users/create", username="gone", password=password)
    call("DELETE", "users/delete", username="gone")
    with As("gone"):
        refused("UNAUTHENTICATED", call, "GET", "users/current")
    refused("INVALID_PARAMETER_VALUE", call, "DELETE", "users/delete", username=admin[0])


def test_permissions():
    on = {"username": "eve", "resource_type": "experiment", "resource_id": mlflow.create_experiment("shared")}
    call("POST", "users/create", username="eve", password=password, mlspec_role="none")
    assert call("GET", "users/permissions/get", 3, **on)["permission"] == "NO_PERMISSIONS"
    expected = {"READ": ("READ", False), "USE": ("READ", False), "EDIT": ("EDIT", True), "MANAGE": ("MANAGE", True), "DENY": ("NO_PERMISSIONS", False)}
    for given, (permission, allowed) in expected.items():
        call("POST", "users/permissions/grant", 3, **on, permission=given)
        found = call("GET", "users/permissions/get", 3, **on)
        assert (found["permission"], found["allowed"]) == (permission, allowed), found
    refused("INVALID_PARAMETER_VALUE", call, "POST", "users/permissions/grant", 3, **on, permission="ALL")
    refused("INVALID_PARAMETER_VALUE", call, "POST", "users/permissions/grant", 3, **(on | {"resource_type": "scorer"}), permission="READ")
    refused("RESOURCE_DOES_NOT_EXIST", call, "POST", "users/permissions/grant", 3, **(on | {"username": "nobody"}), permission="READ")
    call("POST", "users/permissions/revoke", 3, **on)
    assert call("GET", "users/permissions/get", 3, **on)["permission"] == "NO_PERMISSIONS"


def test_roles():
    shared, other = mlflow.create_experiment("of a role"), mlflow.create_experiment("of no role")
    call("POST", "users/create", username="rob", password=password, mlspec_role="none")
    made = call("POST", "roles/create", 3, workspace="default", name="flyers", description="who fly")["role"]
    role = {"role_id": made["id"]}
    assert made == {"id": made["id"], "name": "flyers", "workspace": "default", "description": "who fly", "permissions": []}, made
    refused("RESOURCE_ALREADY_EXISTS", call, "POST", "roles/create", 3, workspace="default", name="flyers")
    refused("INVALID_PARAMETER_VALUE", call, "POST", "roles/create", 3, workspace="default", name=" ")
    refused("INVALID_PARAMETER_VALUE", call, "POST", "roles/create", 3, workspace="elsewhere", name="other")
    on = {"resource_type": "experiment", "resource_pattern": shared}
    permission = call("POST", "roles/permissions/add", 3, **role, **on, permission="EDIT")["role_permission"]
    assert permission["permission"] == "EDIT" and permission["role_id"] == made["id"], permission
    refused("RESOURCE_ALREADY_EXISTS", call, "POST", "roles/permissions/add", 3, **role, **on, permission="READ")
    for wrong in ({"resource_type": "gateway_secret"}, {"resource_type": "experiment", "resource_pattern": "x*"}, {"resource_type": "workspace", "resource_pattern": "*"}):
        refused("INVALID_PARAMETER_VALUE", call, "POST", "roles/permissions/add", 3, **role, **(on | wrong), permission="MANAGE")
    assigned = call("POST", "roles/assign", 3, username="rob", **role)["assignment"]
    assert assigned["role_id"] == made["id"] and assigned["user_id"] == call("GET", "users/get", username="rob")["user"]["id"]
    refused("RESOURCE_ALREADY_EXISTS", call, "POST", "roles/assign", 3, username="rob", **role)
    assert call("GET", "roles/users/list", 3, **role)["assignments"] == [assigned]
    with As("rob"):
        assert [one.experiment_id for one in mlflow.search_experiments()] == [shared]
        mlflow.start_run(experiment_id=shared)
        mlflow.end_run()
        refused("RESOURCE_DOES_NOT_EXIST", mlflow.get_experiment, other)
        refused("PERMISSION_DENIED", mlflow.delete_experiment, shared)
        refused("PERMISSION_DENIED", call, "POST", "roles/assign", 3, username="rob", **role)
        refused("PERMISSION_DENIED", call, "GET", "roles/list", 3)
        assert [one["name"] for one in call("GET", "users/roles/list", 3, username="rob")["roles"]] == ["flyers"]
        assert [one["role_name"] for one in call("GET", "users/current/permissions", 3)["permissions"]] == ["flyers"]
    assert [one["roles"] for one in call("GET", "users/list")["users"] if one["username"] == "rob"][0][0]["name"] == "flyers"
    changed = call("PATCH", "roles/permissions/update", 3, role_permission_id=permission["id"], permission="DENY")["role_permission"]
    assert changed["permission"] == "DENY"
    everything = call("POST", "roles/permissions/add", 3, **role, **(on | {"resource_pattern": "*"}), permission="READ")["role_permission"]
    with As("rob"):
        assert mlflow.get_experiment(other).name == "of no role"
        refused("RESOURCE_DOES_NOT_EXIST", mlflow.get_experiment, shared)
    renamed = call("PATCH", "roles/update", 3, **role, name="pilots")["role"]
    assert (renamed["name"], renamed["description"]) == ("pilots", "who fly")
    refused("INVALID_PARAMETER_VALUE", call, "PATCH", "roles/update", 3, **role)
    assert len(call("GET", "roles/permissions/list", 3, **role)["role_permissions"]) == 2
    call("DELETE", "roles/permissions/remove", 3, role_permission_id=permission["id"])
    refused("RESOURCE_DOES_NOT_EXIST", call, "DELETE", "roles/permissions/remove", 3, role_permission_id=permission["id"])
    assert call("GET", "roles/get", 3, **role)["role"]["permissions"] == [everything]
    call("DELETE", "roles/unassign", 3, username="rob", **role)
    refused("RESOURCE_DOES_NOT_EXIST", call, "DELETE", "roles/unassign", 3, username="rob", **role)
    with As("rob"):
        assert mlflow.search_experiments() == []
    assert [one["name"] for one in call("GET", "roles/list", 3, workspace="default")["roles"]] == ["pilots"]
    call("DELETE", "roles/delete", 3, **role)
    refused("RESOURCE_DOES_NOT_EXIST", call, "GET", "roles/get", 3, **role)
    assert call("GET", "roles/list", 3)["roles"] == []


def test_what_is_hidden():
    call("POST", "users/create", username="bob", password=password, mlspec_role="none")
    secret, shown = mlflow.create_experiment("hidden one"), mlflow.create_experiment("shown one")
    call("POST", "users/permissions/grant", 3, username="bob", resource_type="experiment", resource_id=shown, permission="EDIT")
    MlflowClient().create_registered_model("hidden model")
    with As("bob"):
        assert [one.experiment_id for one in mlflow.search_experiments()] == [shown]
        assert mlflow.get_experiment_by_name("hidden one") is None
        assert MlflowClient().search_registered_models() == []
        refused("RESOURCE_DOES_NOT_EXIST", mlflow.get_experiment, secret)
        refused("RESOURCE_DOES_NOT_EXIST", MlflowClient().get_registered_model, "hidden model")
        refused("PERMISSION_DENIED", mlflow.create_experiment, "one more")
        refused("PERMISSION_DENIED", mlflow.delete_experiment, shown)
        with mlflow.start_run(experiment_id=shown) as run:
            mlflow.log_metric("m", 1)
            mlflow.log_text("content", "f.txt")
        assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/f.txt") == "content"
        assert MlflowClient().get_run(run.info.run_id).info.user_id == "bob"
        refused("RESOURCE_DOES_NOT_EXIST", mlflow.start_run, experiment_id=secret)
        assert len(mlflow.search_runs(search_all_experiments=True)) == 1


def test_pages_hold_what_is_shown():
    ids = [mlflow.create_experiment(f"page {number}") for number in range(12)]
    call("POST", "users/create", username="pager", password=password, mlspec_role="none")
    for one in ids[::2]:
        call("POST", "users/permissions/grant", 3, username="pager", resource_type="experiment", resource_id=one, permission="READ")
    with As("pager"):
        client, seen, token = MlflowClient(), [], None
        sizes = []
        while True:
            page = client.search_experiments(max_results=2, order_by=["experiment_id ASC"], page_token=token)
            sizes.append(len(page))
            seen += [one.experiment_id for one in page]
            token = page.token
            if not token:
                break
    assert (sizes, set(seen)) == ([2, 2, 2], set(ids[::2])), (sizes, seen)


def test_makers_manage():
    call("POST", "users/create", username="maker", password=password, mlspec_role="writer")
    call("POST", "users/create", username="guest", password=password, mlspec_role="none")
    with As("maker"):
        own = mlflow.create_experiment("own")
        MlflowClient().create_registered_model("own model")
        call("POST", "users/permissions/grant", 3, username="guest", resource_type="registered_model", resource_id="own model", permission="READ")
        refused("PERMISSION_DENIED", mlflow.delete_experiment, "0")
    with As("guest"):
        assert [model.name for model in MlflowClient().search_registered_models()] == ["own model"]
        refused("PERMISSION_DENIED", MlflowClient().set_registered_model_tag, "own model", "k", "v")
    with As("maker"):
        MlflowClient().rename_registered_model("own model", "renamed model")
    with As("guest"):
        assert MlflowClient().get_registered_model("renamed model").name == "renamed model"
    with As("maker"):
        MlflowClient().delete_registered_model("renamed model")
        mlflow.delete_experiment(own)
    MlflowClient().create_registered_model("renamed model")
    with As("guest"):
        refused("RESOURCE_DOES_NOT_EXIST", MlflowClient().get_registered_model, "renamed model")


def test_tokens():
    on = {"resource_type": "experiment", "resource_id": mlflow.create_experiment("for tokens")}
    http = lambda method, path, **given: http_request(get_default_host_creds(uri), f"/api/2.0/mlspec/tokens/{path}", method, **given).json()
    made = http("POST", "create", json={"name": "ci", "role": "reader", "scope": [on]})
    with As(token=made["secret"]):
        assert [one.name for one in mlflow.search_experiments()] == ["for tokens"]
        refused("PERMISSION_DENIED", MlflowClient().set_experiment_tag, on["resource_id"], "k", "v")
        refused("PERMISSION_DENIED", call, "GET", "users/list")
        assert http("POST", "create", json={"name": "another"})["error_code"] == "PERMISSION_DENIED"
    assert http("POST", "revoke", json={"prefix": made["token"]["prefix"]})["token"]["revoked_at"] is not None
    with As(token=made["secret"]):
        refused("UNAUTHENTICATED", mlflow.search_experiments)


for name, check in [item for item in globals().items() if item[0].startswith("test_")]:
    try:
        check()
        print(f"ok {name}", flush=True)
    except Exception:
        print(f"FAILED {name}\n{traceback.format_exc()}", flush=True)
