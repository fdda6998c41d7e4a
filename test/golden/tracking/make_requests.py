"""What MLflow's own server answers to a long sequence of requests, in the order in which they were asked.

    python -m venv V && V/bin/pip install mlflow==3.17.2
    V/bin/python make_requests.py > requests.json

Starts the server on a new SQLite file, asks what the modules requests_*.py beside this one list and writes request and answer. Symbols ${name} in a request stand for a part of an earlier answer that
`keep` named, ${x*N} for a text of N letters. An answer is written as it is but for what no two servers share: ids become
symbols, times of the server's clock <time>, names that it made up <name>, tokens <token>, folders <folder>; unordered lists are sorted; `workspace`, of which there
is one, and empty messages and lists are left out.
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import mlflow
import requests_experiments
import requests_logging
import requests_models
import requests_runs
import requests_search
import requests_wire
from requests_differences import difference

REQUESTS = [
    *requests_experiments.REQUESTS,
    *requests_runs.REQUESTS,
    *requests_logging.REQUESTS,
    *requests_search.REQUESTS,
    *requests_models.REQUESTS,
    *requests_wire.REQUESTS,
]
MADE_UP = re.compile(r"^[a-z]+-[a-z]+-\d+$")
ASKED = {"0123456789abcdef0123456789abcdef", "m-00000000000000000000000000000000"}
CLOCK = 1_600_000_000_000
SORTED = {
    "metrics": lambda one: one["key"],
    "params": lambda one: one["key"],
    "tags": lambda one: one["key"],
    "request_metadata": lambda one: one["key"],
    "model_inputs": lambda one: one["model_id"],
    "model_outputs": lambda one: one["model_id"],
    "dataset_inputs": lambda one: (one["dataset"]["name"], one["dataset"]["digest"]),
}


def fill(value, symbols):
    """A request with its symbols replaced."""
    if isinstance(value, str):
        value = re.sub(r"\$\{(.)\*(\d+)\}", lambda found: found[1] * int(found[2]), value)
        return re.sub(r"\$\{(\w+)\}", lambda found: str(symbols[found[1]]), value)
    if isinstance(value, dict) and "$repeat" in value:
        return [fill(value["$of"], {**symbols, "i": index}) for index in range(value["$repeat"])]
    if isinstance(value, dict):
        return {fill(name, symbols): fill(one, symbols) for name, one in value.items()}
    return [fill(one, symbols) for one in value] if isinstance(value, list) else value


class Normal:
    """Answers without what differs between two servers, or two days."""

    def __init__(self, folder):
        self.symbols = {}
        self.folder = folder

    def keep(self, names, answer):
        for name, path in names.items():
            value = answer
            for part in path.split("."):
                value = value[int(part)] if isinstance(value, list) else value[part]
            self.symbols[name] = value

    def text(self, text):
        for name, value in self.symbols.items():
            if isinstance(value, str) and re.fullmatch(r"(m-)?[0-9a-f]{32}", value):
                text = text.replace(value, f"<{name}>")
        text = re.sub(r"\b(m-)?[0-9a-f]{32}\b", lambda found: found[0] if found[0] in ASKED else "<id>", text)
        text = text.replace(self.folder, "<folder>")
        return re.sub(r"(.)\1{99,}", lambda found: f"<{found[1]}*{len(found[0])}>", text)

    def experiment(self, text):
        for name, value in self.symbols.items():
            if name.startswith("exp"):
                text = re.sub(rf"(id=|ID '?|xperiment |artifacts:/|^)({value})(?![\w.])", rf"\1<{name}>", text)
        return text

    def value(self, value, key=""):
        if isinstance(value, dict):
            return self.record(value)
        if isinstance(value, list):
            items = [self.value(one) for one in value]
            return sorted(items, key=SORTED[key]) if key in SORTED and all(isinstance(i, dict) for i in items) else items
        if isinstance(value, str):
            return self.word(value, key)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return value
        if re.search("_time(stamp_ms)?$", key) and value > CLOCK:
            return "<time>"
        if isinstance(value, int) and abs(value) > 2**53 - 1 and key != "value":
            return f"int64:{value}"
        return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value

    def word(self, text, key):
        if key == "next_page_token":
            return "<token>"
        if key == "last_update_time" and not text.startswith("2020"):
            return "<time>"
        text = self.text(text)
        if key in ("experiment_id", "artifact_location", "artifact_uri", "message"):
            text = self.experiment(text)
        return "<name>" if key in ("run_name", "name") and MADE_UP.match(text) else text

    def record(self, record):
        found = {name: self.value(one, name) for name, one in record.items() if name != "workspace"}
        found = {name: one for name, one in found.items() if one not in ({}, [])}
        if found.get("key") == "mlflow.log-model.history":
            found["value"] = json.loads(found["value"])
        if found.get("key") == "mlflow.runName" and MADE_UP.match(str(found.get("value"))):
            found["value"] = "<name>"
        return found


def ask(root, one, symbols):
    method, path = one["request"].split(" ", 1)
    query = urllib.parse.urlencode([tuple(fill(pair, symbols)) for pair in one.get("query", [])])
    body = None
    if "text" in one:
        body = fill(one["text"], symbols).encode()
    elif "body" in one:
        body = json.dumps(fill(one["body"], symbols)).encode()
    headers = fill(one.get("headers", {"content-type": "application/json"}), symbols)
    url = root + fill(path, symbols) + (f"?{query}" if query else "")
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def parse(text):
    try:
        found = json.loads(text)
        return found if isinstance(found, dict) else {"text": text[:60]}
    except ValueError:
        return {"text": text[:60]}


def answers(requests, root, folder):
    normal = Normal(folder)
    for index, one in enumerate(requests):
        if one["request"].endswith("experiments/create"):
            one.setdefault("keep", {f"exp_{index}": "experiment_id"})
        status, text = ask(root, one, normal.symbols)
        answer = parse(text)
        if status == 200:
            normal.keep(one.get("keep", {}), answer)
        found = {"status": status, "answer": normal.value(answer)}
        ours = one.get("ours") or difference(one["request"], fields(one, normal.symbols), status, answer)
        yield {**one, **found, **({"ours": ours} if ours else {})}


def fields(one, symbols):
    """What was asked, as one record."""
    if "query" in one:
        return dict(one["query"])
    try:
        return json.loads(fill(one["text"], symbols)) if "text" in one else fill(one.get("body"), symbols)
    except ValueError:
        return None


def main(requests):
    folder = os.path.realpath(tempfile.mkdtemp())
    port = 5960
    program = pathlib.Path(sys.executable).with_name("mlflow")
    command = [program, "server", "--backend-store-uri", f"sqlite:///{folder}/stock.db", "--port", str(port)]
    log = open(f"{folder}/log.txt", "w")
    path = f"{program.parent}:{os.environ['PATH']}"
    server = subprocess.Popen(
        [*command, "--workers", "1"], cwd=folder, stdout=log, stderr=log, start_new_session=True, env={**os.environ, "PATH": path}
    )
    try:
        root = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{root}/health", timeout=5)
                break
            except OSError:
                time.sleep(0.5)
        found = list(answers(requests, root, folder))
    finally:
        os.killpg(server.pid, signal.SIGTERM)
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in found)
    print(f'{{"mlflow": "{mlflow.__version__}", "requests": [\n{lines}\n]}}')


if __name__ == "__main__":
    main(REQUESTS)
