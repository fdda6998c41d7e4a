"""What belongs to every endpoint: bodies, types of content, methods, paths."""
import json

from requests_case import case, get, ours, post, we_refuse, we_reword, we_take

C = "experiments/create"
JSON = "application/json"
name = lambda text: json.dumps({"name": text})
typed = lambda kind, text: post(C, text=text, headers={"content-type": kind} if kind else {})
bodies = [
    post(C, text=json.dumps(name("encoded twice")), keep={"expw1": "experiment_id"}),
    post(C, text=json.dumps(json.dumps(name("encoded three times")))),
    *we_reword("a body that is no JSON is told", post(C, text="{"), post(C, text="{'name': 'single'}"), post(C, text='{"name": "comma",}'), post(C, text='{"name": "a"} {"name": "b"}')), post(C, text="[]"), post(C, text="7"), post(C, text="null"), post(C, text="true"), post(C, text='"text"'), post(C, text='""'), post(C, text="   "), post(C, text='[{"name": "in a list"}]'), post(C, text='{"name": "twice", "name": "twice the field"}', keep={"expw2": "experiment_id"}), post(C, text="\ufeff" + name("byte order mark")), *we_take("half a character is kept as the mark of an unknown one", post(C, text='{"name": "\\ud83d half"}')), post(C, text='{"name": "nul \\u0000 inside"}'),
    post(C, text='{"name": "deep", "more": ' + "[" * 300 + "]" * 300 + "}"),
]
types = [
    typed(JSON, name("plain type")), typed("application/json; charset=utf-8", name("with a parameter")), *we_take("types of content have no case", typed("APPLICATION/JSON", name("in capitals"))), typed("text/plain", name("as text")), typed("application/x-www-form-urlencoded", name("as a form")), typed("application/jsonp", name("nearly")), typed("application/vnd.api+json", name("of a vendor")), typed("multipart/form-data", name("in parts")), typed("text/plain", ""), typed("application/json;", name("with a semicolon")), typed("application/json, text/plain", name("two types")),
]
paths = [
    case("GET", "/api/2.0/mlflow/nothing"), case("POST", "/api/2.0/mlflow/runs/nothing", body={}), case("GET", "/api/2.0/nothing"), case("GET", "/api/9.9/mlflow/experiments/get"), case("GET", "/api/3.0/mlflow/experiments/get", query=[["experiment_id", "0"]]), case("GET", "/api/2.0/preview/mlflow/experiments/get", query=[["experiment_id", "0"]]), case("GET", "/nothing"),
    case("GET", "/api/2.0/mlflow/experiments/create"), case("PUT", "/api/2.0/mlflow/experiments/create", body={"name": "put"}), case("DELETE", "/api/2.0/mlflow/runs/create"), case("PATCH", "/api/2.0/mlflow/runs/create", body={}), case("POST", "/api/2.0/mlflow/runs/get", body={"run_id": "${run1}"}), case("POST", "/api/2.0/mlflow/experiments/get", body={"experiment_id": "0"}),
    case("GET", "/ajax-api/2.0/mlflow/experiments/get", query=[["experiment_id", "0"]]), case("POST", "/ajax-api/2.0/mlflow/experiments/create", body={}), *we_take("a slash at the end is allowed", case("GET", "/api/2.0/mlflow/experiments/get/", query=[["experiment_id", "0"]])), ours("there is no such path", case("GET", "/api/2.0/mlflow//experiments/get", query=[["experiment_id", "0"]]), 404, {"error_code": "ENDPOINT_NOT_FOUND"}), case("GET", "/API/2.0/mlflow/experiments/get", query=[["experiment_id", "0"]]),
    case("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0&experiment_id=1"), case("GET", "/api/2.0/mlflow/experiments/get?experiment_id=%30"), case("GET", "/api/2.0/mlflow/experiments/get?experiment_id=%zz"), case("GET", "/api/2.0/mlflow/experiments/get?experiment_id"), case("GET", "/api/2.0/mlflow/experiments/get?&&=&experiment_id=0&"), case("GET", "/api/2.0/mlflow/experiments/get-by-name?experiment_name=Def%61ult"), case("GET", "/api/2.0/mlflow/experiments/get-by-name?experiment_name=a+b"),
    case("GET", "/health"), case("GET", "/version"), *we_take("another server", case("GET", "/api/3.0/mlflow/server-info")), *we_refuse("a question has no body", case("GET", "/api/2.0/mlflow/experiments/get", body={"experiment_id": "0"})), case("GET", "/api/2.0/mlflow/experiments/get", query=[["experiment_id", "0"]], body={"experiment_id": "1"}),
]
REQUESTS = [*bodies, *types, *paths]
