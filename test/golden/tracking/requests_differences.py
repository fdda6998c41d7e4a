"""Where another answer than that of MLflow's own server is right, by kind; what is single says so at its request."""
import re

from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message_factory import GetMessageClass
from mlflow.protos import databricks_pb2
from mlflow.protos.service_pb2 import MlflowService

WRONG = {"error_code": "INVALID_PARAMETER_VALUE"}
ABSENT = {"error_code": "ENDPOINT_NOT_FOUND"}
MESSAGES = {
    f"{endpoint.method} /api/{endpoint.since.major}.0{endpoint.path}": GetMessageClass(method.input_type)
    for method in MlflowService.DESCRIPTOR.methods
    for endpoint in method.GetOptions().Extensions[databricks_pb2.rpc].endpoints
}


def is_ill(request, body):
    """Whether a body, or a query, is no message of its endpoint: a value is of another type than its field."""
    message = MESSAGES.get(request.split("?")[0])
    if message is None or not isinstance(body, dict):
        return False
    repeated = {field.name for field in message.DESCRIPTOR.fields if field.is_repeated}
    if request.startswith("GET"):
        body = {name: [value] if name in repeated else value for name, value in body.items()}
    try:
        ParseDict(body, message(), ignore_unknown_fields=True)
        return False
    except ParseError:
        return True


def difference(request, body, status, answer):
    """Our answer and the reason for it, or None where both have to be equal."""
    message = answer.get("message", "")
    if status >= 500:
        return {"status": 400, "answer": WRONG, "reason": "a mistake in a request is no failure of the server"}
    if status in (404, 405) and "error_code" not in answer:
        return {"status": 404, "answer": ABSENT, "reason": "clients read errors as JSON"}
    if is_ill(request, body):
        if status == 200:
            why = "a value of the wrong type is refused, not left out with every field after it"
            return {"status": 400, "answer": WRONG, "reason": why}
        if "Hint: Value was of type" not in message:
            return {"answer": WRONG, "reason": "the value of the wrong type is named"}
    if request.endswith("/search") and status == 400 and re.search(r"clause|comparator|Expected|expected|attribute key|quoted|entity|dataset key|list in the query|multiple expression|identifier", message):
        return {"answer": WRONG, "reason": "errors in filters and orders tell the place"}
    if "page token" in message:
        return {"answer": WRONG, "reason": "tokens have another form"}
    if "sqlalche.me" in message or "MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH" in message:
        return {"answer": {"error_code": answer["error_code"]}, "reason": "users are not told about the insides of a server"}
    return None
