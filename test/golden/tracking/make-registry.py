"""Asks MLflow's own server a sequence of questions about registered models and keeps its answers.

    mlflow server --backend-store-uri sqlite:///m.db --port 5741 --workers 1    # mlflow 3.17.2, an empty database
    python make-registry.py http://127.0.0.1:5741 > registry.json

A question is [method, path, fields]. `$run`, `$artifacts`, `$model` and `$files` stand for what the first questions made: a
run and a logged model with the places of their artifacts; `$token` for the page token of the answer before. Times are 0, since they differ from one time to the next.
"""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request

MODELS, VERSIONS = "registered-models", "model-versions"
questions = []


def ask(method, path, **fields):
    questions.append([method, path, fields])


def model(verb, method="POST", **fields):
    ask(method, f"{MODELS}/{verb}", **fields)


def version(verb, method="POST", **fields):
    ask(method, f"{VERSIONS}/{verb}", **fields)


def tag(key, value="v"):
    return {"key": key, "value": value}


ask("POST", "runs/create", experiment_id="0", start_time=1)
ask("POST", "logged-models", experiment_id="0", name="logged", source_run_id="$run")

# Models: names, what is missing, what is there already.
for name in ["a", "with space", "ünï-code", "dots.and_more (1)", "UPPER", "upper", "tagged"]:
    model("create", name=name)
model("create", name="told", description="said", tags=[tag("k", "1"), tag("k", "2"), tag("other", "")])
model("create", name="a")
model("create", name="prompt", tags=[tag("mlflow.prompt.is_prompt", "true")])
model("create", name="prompt")
model("create", name="a", tags=[tag("mlflow.prompt.is_prompt", "true")])
for name in ["", " ", "a/b", "a:b", "..", ".", "..a", None]:
    model("create", name=name)
model("create")
model("create", name=1)
model("create", name=["a"])
model("create", name="x", tags="k")
model("create", name="x", tags=[tag("a#b")])
model("create", name="x", tags=[tag("../up")])
model("create", name="x", tags=[tag("k" * 251)])
model("create", name="x", tags=[tag("k", "v" * 100_001)])
for name in ["a", "told", "nobody", "", "a/b"]:
    model("get", "GET", name=name)
model("get", "GET")
model("update", "PATCH", name="a", description="new")
model("update", "PATCH", name="a")
model("update", "PATCH", name="nobody", description="x")
model("update", "PATCH")
model("update", "PATCH", name="a", description=5)

# Tags of models.
model("set-tag", name="tagged", key="k", value="1")
model("set-tag", name="tagged", key="k", value="2")
model("set-tag", name="tagged", key="empty", value="")
model("set-tag", name="tagged", key="a/b.c-d e:f", value="x")
model("get", "GET", name="tagged")
model("set-tag", name="tagged", key="", value="1")
model("set-tag", name="tagged", value="1")
model("set-tag", name="tagged", key="k" * 251, value="1")
model("set-tag", name="tagged", key="a,b", value="1")
model("set-tag", name="tagged", key="/a", value="1")
model("set-tag", name="tagged", key="long", value="v" * 100_001)
model("set-tag", name="nobody", key="k", value="1")
model("delete-tag", "DELETE", name="tagged", key="k")
model("delete-tag", "DELETE", name="tagged", key="k")
model("delete-tag", "DELETE", name="nobody", key="k")
model("delete-tag", "DELETE", name="tagged")
model("get", "GET", name="tagged")

# Versions: addresses.
version("create", name="a", source="s3://bucket/1")
version("create", name="a", source="s3://bucket/2", run_id="r1", run_link="http://l", description="d", tags=[tag("x", "y")])
version("create", name="a", source="gs://bucket/3", run_id="r1")
version("create", name="a", source="dbfs:/models/4", tags=[tag("x", "z"), tag("x", "last")])
version("create", name="upper", source="s3://bucket/u")
version("create", name="a", source="runs:/r1/model", run_id="r1")
version("create", name="a", source="mlflow-artifacts:$artifacts/model", run_id="$run")
for source, run_id in [
    ("runs:/r1/model", "r2"),
    ("runs:/r1/model", None),
    ("runs://host/r1/model", "r1"),
    ("mlflow-artifacts:/elsewhere", "$run"),
    ("mlflow-artifacts:$artifacts/model", None),
    ("mlflow-artifacts:$artifacts/../../other", "$run"),
    ("mlflow-artifacts:$artifacts/%2e%2e/%2e%2e/other", "$run"),
    ("mlflow-artifacts://host$artifacts/model", "$run"),
    ("http://host/model", None),
    ("https://host/model", None),
    ("ftp://host/model", None),
    ("sftp://host/model", None),
    ("hdfs://host/model", None),
    ("/tmp/model", None),
    ("/tmp/model", "$run"),
    ("/tmp/model", "unknown"),
    ("file:///tmp/model", "$run"),
    ("models/relative", None),
    ("s3://bucket/../other", None),
    ("s3://bucket/a/../../other", None),
    ("s3://bucket/%2e%2e/other", None),
    ("s3://bucket/%252e%252e/other", None),
    ("s3://bucket/a%00b", None),
    ("models:/m-unknown", None),
    ("models:/nobody/1", None),
    ("models:/a/99", None),
    ("models:/a/nostage", None),
    ("models:/a@noalias", None),
    ("models:/a/1/2", None),
    ("models:/", None),
    ("models://host/a/1", None),
    ("models:/prompt/1", None),
]:
    fields = {} if run_id is None else {"run_id": run_id}
    version("create", name="a", source=source, **fields)
for source, model_id in [
    ("models:/$model", "$model"),
    ("models:/$model", "m-other"),
    ("models:/$model", None),
    ("mlflow-artifacts:$files", "$model"),
    ("mlflow-artifacts:$files/part", "$model"),
    ("mlflow-artifacts:$artifacts/model", "$model"),
    ("s3://bucket/model", "$model"),
    ("s3://bucket/model", "m-unknown"),
    ("runs:/$run/model", "$model"),
    ("/tmp/model", "$model"),
    ("models:/a/1", "$model"),
]:
    fields = {} if model_id is None else {"model_id": model_id}
    version("create", name="with space", source=source, **fields)
for number in ["1", "2", "4"]:
    version("get-download-uri", "GET", name="with space", version=number)
ask("GET", "logged-models/$model")
model("delete", "DELETE", name="with space")
model("create", name="with space")
version("create", name="upper", source="models:/a/2")
version("create", name="upper", source="models:/a/2", run_id="r1")
version("create", name="upper", source="models:/a/2", run_id="other")
version("create", name="upper", source="models:/a/Latest")
version("create", name="nobody", source="s3://b")
version("create", name="a")
version("create", name="a", source="")
version("create", source="s3://b")
version("create", name="a", source="s3://b", tags=[tag("a#")])
version("create", name="a", source="s3://b", tags=[tag("k", "v" * 100_001)])
version("create", name="a", source=7)
version("create", name="prompt", source="dummy-source", tags=[tag("mlflow.prompt.is_prompt", "true")])
version("create", name="prompt", source="s3://b", tags=[tag("mlflow.prompt.is_prompt", "true")])

# Versions: read.
for number in ["1", "2", "7", " 1 ", "+1", "99", "0", "-1", "x", "1.0", "", "1e0"]:
    version("get", "GET", name="a", version=number)
version("get", "GET", name="a")
version("get", "GET", version="1")
version("get", "GET", name="nobody", version="1")
version("get", "GET", name="a/b", version="1")
for name, number in [("a", "1"), ("a", "99"), ("nobody", "1"), ("a", "x"), ("upper", "2")]:
    version("get-download-uri", "GET", name=name, version=number)
version("update", "PATCH", name="a", version="1", description="better")
version("update", "PATCH", name="a", version="1")
version("update", "PATCH", name="a", version="99", description="x")
version("update", "PATCH", name="a", description="x")

# Tags of versions.
version("set-tag", name="a", version="1", key="k", value="1")
version("set-tag", name="a", version="1", key="k", value="2")
version("set-tag", name="a", version="99", key="k", value="1")
version("set-tag", name="a", version="x", key="k", value="1")
version("set-tag", name="a", version="1", key="a#", value="1")
version("set-tag", name="a", version="1", value="1")
version("set-tag", name="a", version="1", key="k", value="v" * 100_001)
version("get", "GET", name="a", version="1")
version("delete-tag", "DELETE", name="a", version="1", key="k")
version("delete-tag", "DELETE", name="a", version="1", key="k")
version("delete-tag", "DELETE", name="a", version="99", key="k")
version("get", "GET", name="a", version="1")

# Aliases.
model("alias", name="a", alias="champion", version="1")
model("alias", name="a", alias="challenger", version="2")
model("alias", name="a", alias="champion", version="2")
model("alias", name="a", alias="7", version="1")
model("alias", name="a", alias="Ünï_-", version="1")
for alias in ["latest", "LATEST", "v1", "V22", "a.b", "a b", "a/b", "", "x" * 256]:
    model("alias", name="a", alias=alias, version="1")
model("alias", name="a", alias="ok", version="99")
model("alias", name="a", alias="ok", version="x")
model("alias", name="nobody", alias="ok", version="1")
model("alias", name="a", version="1")
for alias in ["champion", "challenger", "7", "latest", "Latest", "nobody", "v1", "a.b"]:
    model("alias", "GET", name="a", alias=alias)
model("alias", "GET", name="nobody", alias="champion")
model("alias", "GET", name="with space", alias="latest")
model("alias", "GET", name="a")
model("get", "GET", name="a")
version("get", "GET", name="a", version="2")
model("alias", "DELETE", name="a", alias="challenger")
model("alias", "DELETE", name="a", alias="challenger")
model("alias", "DELETE", name="nobody", alias="champion")
model("alias", "DELETE", name="a", alias="a.b")
version("get", "GET", name="a", version="2")

# Stages.
for number, stage, archive in [
    ("1", "staging", False),
    ("2", "STAGING", False),
    ("3", "Staging", True),
    ("3", "Production", True),
    ("1", "None", False),
    ("1", "Archived", True),
    ("1", "none", True),
    ("1", "nowhere", False),
    ("99", "Staging", True),
    ("x", "Staging", False),
]:
    version("transition-stage", name="a", version=number, stage=stage, archive_existing_versions=archive)
version("transition-stage", name="a", version="4", stage="Staging")
version("transition-stage", name="a", version="4")
version("transition-stage", name="nobody", version="1", stage="Staging", archive_existing_versions=True)
model("get-latest-versions", name="a")
for stages in [[], ["Staging"], ["staging", "PRODUCTION"], ["None"], ["Archived"], ["nowhere"]]:
    model("get-latest-versions", name="a", stages=stages)
model("get-latest-versions", "GET", name="a", stages=["Staging", "None"])
model("get-latest-versions", name="with space")
model("get-latest-versions", name="nobody")
model("get-latest-versions")
model("get-latest-versions", name="a", stages="Staging")

# Searches.
model("search", "GET")
for text in [
    "name = 'a'",
    "name != 'a'",
    "name LIKE '%e%'",
    "name ILIKE 'UPPER'",
    "name LIKE 'UPPER'",
    "name IN ('a', 'told')",
    "tags.k = '2'",
    "tags.k != '1'",
    "tags.`a/b.c-d e:f` = 'x'",
    "tag.other = ''",
    "tags.`mlflow.prompt.is_prompt` != 'true'",
    "tags.`mlflow.prompt.is_prompt` = 'true'",
    "tags.`mlflow.prompt.is_prompt` = 'true' AND name LIKE 'p%'",
    "name LIKE '%e%' AND tags.k = '2'",
    "name = a",
    "name == 'a'",
    "nothing = 'a'",
    "metrics.a > 1",
    "name > 'a'",
    "name =",
    "tags.k = 2",
]:
    model("search", "GET", filter=text)
for order in [["name DESC"], ["name"], ["name ASC"], ["nothing"], ["name", "name DESC"], ["name DOWN"], ["tags.k"]]:
    model("search", "GET", order_by=order)
model("search", "GET", max_results=3)
model("search", "GET", max_results=3, page_token="$token")
model("search", "GET", max_results=1000)
for limit in [1001, 0, -1, "x", 1.5]:
    model("search", "GET", max_results=limit)
model("search", "GET", page_token="nonsense")
ordered = ["name ASC", "version_number DESC"]
version("search", "GET", order_by=ordered)
for text in [
    "name = 'a'",
    "name='a' and run_id='r1'",
    "run_id = 'r1'",
    "run_id IN ('r1', 'r2')",
    "run_id NOT IN ('r1')",
    "name IN ('upper')",
    "source_path = 's3://bucket/1'",
    "source_path LIKE 's3:%'",
    "version_number > 2",
    "version_number = 1 AND name = 'a'",
    "version_number <= 2 AND tags.x = 'y'",
    "tags.x = 'last'",
    "tags.x LIKE 'l%'",
    "tags.`mlflow.prompt.is_prompt` = 'true'",
    "version_number = 'one'",
    "version_number LIKE '1'",
    "stage = 'Staging'",
    "source_path IN ('a')",
    "name = a",
    "params.a = '1'",
]:
    version("search", "GET", filter=text, order_by=ordered)
for order in [["version_number ASC"], ["name DESC"], ["nothing"], ["name", "name"], ["run_id"]]:
    version("search", "GET", order_by=order)
version("search", "GET", max_results=2, order_by=ordered)
version("search", "GET", max_results=2, order_by=ordered, page_token="$token")
version("search", "GET", max_results=2, order_by=ordered, page_token="$token")
for limit in [200_001, 0, -1]:
    version("search", "GET", max_results=limit)
version("search", "GET", page_token="nonsense")

# Deletion and other names.
version("delete", "DELETE", name="a", version="2")
version("delete", "DELETE", name="a", version="2")
version("delete", "DELETE", name="a", version="x")
version("delete", "DELETE", name="nobody", version="1")
version("get", "GET", name="a", version="2")
version("get-download-uri", "GET", name="a", version="2")
version("transition-stage", name="a", version="2", stage="Staging")
model("alias", name="a", alias="gone", version="2")
model("alias", "GET", name="a", alias="champion")
model("get", "GET", name="a")
version("search", "GET", filter="name = 'a'", order_by=ordered)
version("create", name="a", source="s3://bucket/next")
version("delete", "DELETE", name="a", version="7")
version("create", name="a", source="s3://bucket/after")
model("rename", name="a", new_name="b")
model("rename", name="b", new_name="told")
model("rename", name="nobody", new_name="x")
model("rename", name="b", new_name="")
model("rename", name="b", new_name="a/b")
model("rename", name="b", new_name="b")
model("rename", name="b")
model("get", "GET", name="a")
version("get", "GET", name="b", version="3")
version("search", "GET", filter="name = 'b'", order_by=ordered)
model("delete", "DELETE", name="b")
model("delete", "DELETE", name="b")
model("delete", "DELETE")
version("search", "GET", order_by=ordered)
model("create", name="b")
version("create", name="b", source="s3://again")


def fill(value, known):
    text = json.dumps(value)
    for name, found in known.items():
        text = text.replace(f"${name}", found)
    return json.loads(text)


def blank(value, known):
    text = json.dumps(value)
    for name, found in known.items():
        if found:
            text = text.replace(found, f"${name}")
    value = json.loads(text)

    def walk(one):
        if isinstance(one, list):
            return [walk(each) for each in one]
        if not isinstance(one, dict):
            return one
        return {key: 0 if key.endswith("_timestamp") else walk(each) for key, each in one.items()}

    return walk(value)


def send(base, method, path, fields):
    url, body = f"{base}/api/2.0/mlflow/{path}", None
    if method == "GET":
        url += "?" + urllib.parse.urlencode(fields, doseq=True)
    else:
        body = json.dumps(fields).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def main():
    base, known, answers = sys.argv[1], {}, []
    for method, path, fields in questions:
        status, answer = send(base, method, fill(path, known), fill(fields, known))
        if path == "runs/create":
            info = answer["run"]["info"]
            known |= {"artifacts": info["artifact_uri"].removeprefix("mlflow-artifacts:"), "run": info["run_id"]}
            answer = {}
        if path == "logged-models":
            info = answer["model"]["info"]
            known |= {"files": info["artifact_uri"].removeprefix("mlflow-artifacts:"), "model": info["model_id"]}
            answer = {}
        if method == "GET" and path.startswith("logged-models"):
            answer = {"tags": answer["model"]["info"].get("tags", [])}
        known["token"] = answer.get("next_page_token", "")
        short = json.loads(json.dumps([method, path, fields]).replace("v" * 100_001, "$long"))
        for extra in ("sqlstate", "error_class"):
            answer.pop(extra, None)
        answers.append([*short, status, blank(answer, known)])
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in answers)
    print(f"[\n{lines}\n]")


main()
