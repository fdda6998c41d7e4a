"""Everything that MLflow's own client does with webhooks, against a server whose address is the argument.

The receiver is a server of this process; signatures are recomputed by MLflow's own function where the installed version has
it. Prints one line for each check, `ok NAME` or `FAILED NAME` with what went wrong.
"""

import base64
import hashlib
import hmac
import json
import os
import queue
import sys
import threading
import traceback
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

os.environ |= {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "GIT_PYTHON_REFRESH": "quiet", "MLFLOW_DISABLE_TELEMETRY": "true"}
warnings.filterwarnings("ignore")

import requests  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.entities.webhook import WebhookEvent, WebhookStatus  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402

try:
    from mlflow.webhooks.delivery import _generate_hmac_signature as signature_of
except ImportError:

    def signature_of(secret, delivery_id, timestamp, payload):
        digest = hmac.new(secret.encode(), f"{delivery_id}.{timestamp}.{payload}".encode(), hashlib.sha256).digest()
        return "v1," + base64.b64encode(digest).decode()


client = MlflowClient(sys.argv[1])
api = sys.argv[1] + "/api/2.0/mlflow/webhooks"
secret = "open sesame, ünïcode"
arrived = queue.Queue()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        arrived.put((self.path, self.headers, text))
        self.send_response(418 if self.path == "/teapot" else 200)
        self.end_headers()
        self.wfile.write(b"received")

    def log_message(self, *_):
        pass


receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
home = f"http://127.0.0.1:{receiver.server_port}"


def create(name="hook", path="/in", events=("registered_model.created",), **more):
    return client.create_webhook(name=name, url=home + path, events=[WebhookEvent.from_str(one) for one in events], **more)


def arrived_at(path):
    while True:
        found = arrived.get()
        if found[0] == path:
            return found


def refused(part, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except MlflowException as error:
        assert error.error_code == "INVALID_PARAMETER_VALUE", error.error_code
        assert part in str(error), str(error)
    else:
        raise AssertionError(f"was not refused: {part}")


def test_made_and_read():
    made = create(description="says", secret=secret, events=["model_version_tag.set", "model_version.created"])
    read = client.get_webhook(made.webhook_id)
    assert (read.name, read.url, read.description, read.status) == ("hook", f"{home}/in", "says", WebhookStatus.ACTIVE)
    assert [str(event) for event in read.events] == ["model_version_tag.set", "model_version.created"]
    assert read.secret is None and read.creation_timestamp == read.last_updated_timestamp == made.creation_timestamp
    assert create(status="DISABLED").status == WebhookStatus.DISABLED


def test_changed():
    made = create(secret=secret, description="old")
    changed = client.update_webhook(made.webhook_id, name="other", status="DISABLED", events=[WebhookEvent.from_str("prompt.created")])
    assert (changed.name, changed.status, changed.description) == ("other", WebhookStatus.DISABLED, "old")
    assert [str(event) for event in changed.events] == ["prompt.created"]
    assert client.update_webhook(made.webhook_id, description="new", url=home + "/x").url == home + "/x"
    read = client.get_webhook(made.webhook_id)
    assert (read.name, read.description) == ("other", "new") and read.last_updated_timestamp >= made.creation_timestamp


def test_deleted():
    made = create()
    client.delete_webhook(made.webhook_id)
    for call in (client.get_webhook, client.delete_webhook, client.test_webhook):
        try:
            call(made.webhook_id)
        except MlflowException as error:
            assert error.error_code == "RESOURCE_DOES_NOT_EXIST", error
            assert f"Webhook with ID {made.webhook_id} not found." in str(error)
        else:
            raise AssertionError("found")


def test_listed_in_pages():
    for one in client.list_webhooks(max_results=1000):
        client.delete_webhook(one.webhook_id)
    assert list(client.list_webhooks()) == []
    made = [create(name=f"hook-{index}").webhook_id for index in range(5)]
    found, token = [], None
    while True:
        page = client.list_webhooks(max_results=2, page_token=token)
        found += [one.webhook_id for one in page]
        assert len(page) <= 2
        token = page.token
        if not token:
            break
    assert found == made[::-1]
    refused("max_results must be between 1 and 1000.", client.list_webhooks, max_results=1001)
    refused("Invalid page token", client.list_webhooks, page_token="nonsense")


def test_limits():
    create(name="a" * 63)
    create(name="A.b_c-9")
    for name in ["a" * 64, "-a", "a-", "a b", "ä"]:
        refused(f"Webhook name '{name}' is invalid. It must start and end with a letter or digit", create, name=name)
    for url in ["ftp://example.org", "javascript:alert(1)"]:
        refused("Invalid webhook URL scheme", client.create_webhook, name="x", url=url, events=[WebhookEvent.from_str("prompt.created")])
    refused("must include a hostname", client.create_webhook, name="x", url="http://", events=[WebhookEvent.from_str("prompt.created")])
    answer = requests.post(api, json={"name": "x", "url": home, "events": []})
    assert answer.status_code == 400 and "non-empty list" in answer.json()["message"]
    answer = requests.post(api, json={"name": "x", "url": home, "events": [{"entity": "MODEL_VERSION", "action": "DELETED"}]})
    assert "Invalid action 'deleted' for entity 'model_version'. Valid actions are: ['created']" == answer.json()["message"]
    answer = requests.post(api, json={"url": home, "events": []})
    assert answer.json()["message"].startswith("Missing value for required parameter 'name'.")


def test_tried_out():
    made = create(secret=secret)
    result = client.test_webhook(made.webhook_id)
    assert (result.success, result.response_status, result.response_body) == (True, 200, "received"), result
    path, headers, text = arrived.get()
    body = json.loads(text)
    assert (path, body["entity"], body["action"]) == ("/in", "registered_model", "created")
    assert body["data"] == {"name": "example_model", "tags": {"example_key": "example_value"}, "description": "An example registered model"}
    expected = signature_of(secret, headers["X-MLflow-Delivery-Id"], headers["X-MLflow-Timestamp"], text)
    assert headers["X-MLflow-Signature"] == expected and headers["Content-Type"] == "application/json"
    client.test_webhook(made.webhook_id, event="model_version_tag.deleted")
    assert json.loads(arrived.get()[2])["data"] == {"name": "example_model", "version": "1", "key": "example_key"}
    failed = client.test_webhook(create(path="/teapot").webhook_id)
    assert (failed.success, failed.response_status) == (False, 418)
    arrived.get()
    gone = client.create_webhook(name="gone", url="http://127.0.0.1:9", events=[WebhookEvent.from_str("prompt.created")])
    result = client.test_webhook(gone.webhook_id)
    assert not result.success and "Failed to test webhook" in result.error_message and result.response_status is None


def test_examples_are_those_of_mlflow():
    try:
        from mlflow.webhooks.types import EVENT_TO_PAYLOAD_CLASS
    except ImportError:
        return
    made = create()
    for (entity, action), payload in EVENT_TO_PAYLOAD_CLASS.items():
        client.test_webhook(made.webhook_id, event=WebhookEvent(entity, action))
        said = json.loads(arrived.get()[2])
        assert (said["entity"], said["action"]) == (entity.value, action.value)
        assert said["data"] == payload.example(), (said["data"], payload.example())


def test_told_of_the_registry():
    events = ["registered_model.created", "model_version.created", "model_version_tag.set", "model_version_tag.deleted"]
    events += ["model_version_alias.created", "model_version_alias.deleted"]
    made = create(path="/told", secret=secret, events=events)
    client.create_registered_model("told", tags={"a": "b"}, description="d")
    run = client.create_run("0").info
    source = run.artifact_uri + "/model"
    client.create_model_version("told", source, run_id=run.run_id, description="v", tags={"x": "y"})
    client.set_model_version_tag("told", "1", "k", "v")
    client.delete_model_version_tag("told", "1", "k")
    client.set_registered_model_alias("told", "best", "1")
    client.delete_registered_model_alias("told", "best")
    told = []
    while len(told) < 6:
        _, headers, text = arrived_at("/told")
        assert headers["X-MLflow-Signature"] == signature_of(secret, headers["X-MLflow-Delivery-Id"], headers["X-MLflow-Timestamp"], text)
        told.append(json.loads(text))
    assert [f"{one['entity']}.{one['action']}" for one in told] == events
    assert told[0]["data"] == {"name": "told", "tags": {"a": "b"}, "description": "d"}
    version = told[1]["data"]
    assert set(version) == {"name", "version", "source", "run_id", "tags", "description"}
    assert (version["source"], version["run_id"], version["description"], version["tags"]["x"]) == (source, run.run_id, "v", "y")
    client.delete_webhook(made.webhook_id)


def test_events_of_ours():
    event = {"entity": "BUDGET_POLICY", "action": "EXCEEDED"}
    content = {"name": "ours", "url": home + "/ours", "events": [event], "mlspec_events": ["mlspec.run.finished"]}
    made = requests.post(api, json=content).json()["webhook"]
    assert made["mlspec_events"] == ["mlspec.run.finished"]
    assert [str(one) for one in client.get_webhook(made["webhook_id"]).events] == ["budget_policy.exceeded"]
    client.update_webhook(made["webhook_id"], events=[WebhookEvent.from_str("budget_policy.exceeded")])
    run = client.create_run("0")
    client.set_terminated(run.info.run_id, "FAILED")
    said = json.loads(arrived_at("/ours")[2])
    assert (said["entity"], said["action"], said["data"]["run_id"]) == ("mlspec.run", "finished", run.info.run_id)
    assert said["data"]["status"] == "FAILED"
    client.delete_webhook(made["webhook_id"])


def test_secret_is_told_to_nobody():
    made = create(secret="do-not-tell-me", path="/quiet")
    changed = requests.patch(f"{api}/{made.webhook_id}", json={"secret": "do-not-tell-me-either"})
    tried = requests.post(f"{api}/{made.webhook_id}/test", json={})
    arrived_at("/quiet")
    answers = [changed, tried, requests.get(api), requests.get(f"{api}/{made.webhook_id}"), requests.post(api, json={"secret": "do-not-tell-me"})]
    answers.append(requests.post(api, json={"name": "x", "url": "x", "events": [], "secret": ["do-not-tell-me"]}))
    for answer in answers[:4]:
        assert answer.status_code == 200, answer.text
    for answer in answers:
        assert "secret" not in answer.text.replace("parameter 'secret'", ""), answer.text
        assert "do-not-tell-me" not in answer.text, answer.text


checks = {name: check for name, check in list(globals().items()) if name.startswith("test_")}
for name, check in checks.items():
    try:
        check()
        print("ok", name, flush=True)
    except Exception:  # noqa: BLE001
        print("FAILED", name, traceback.format_exc(), flush=True)
