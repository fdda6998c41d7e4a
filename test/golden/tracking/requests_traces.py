"""Traces, their spans, and what is said of them."""
import json

from requests_case import case, get, ours, post, we_refuse, we_reword, we_take

V3 = "/api/3.0/mlflow/traces"
JSON = {"content-type": "application/json"}
WHEN = "2020-05-05T10:00:00Z"
here = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "${exp1}"}}


def info(trace_id, **more):
    given = {"trace_id": trace_id, "trace_location": here, "request_time": WHEN, "execution_duration": "0.123s", "state": "OK", **more}
    return {"trace": {"trace_info": {name: value for name, value in given.items() if value is not None}}}


def start(trace_id, **more):
    return post(V3, info(trace_id, **more))


def odd(trace_id, **more):
    """Where the other server takes it, it does not lie among the others."""
    return start(trace_id, trace_location={"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "${exp3}"}}, **more)


def search(text="", **more):
    return post(f"{V3}/search", {"locations": [here], "filter": text, "order_by": ["request_id"], **more})


def said(trace_id, name="good", **more):
    given = {"assessment_name": name, "source": {"source_type": "HUMAN", "source_id": "ada"}, "create_time": WHEN, "last_update_time": WHEN, "valid": True, **more}
    return post(f"{V3}/{trace_id}/assessments", {"assessment": {name: value for name, value in given.items() if value is not None}})


def changed(trace_id, assessment_id, mask, **assessment):
    return case("PATCH", f"{V3}/{trace_id}/assessments/{assessment_id}", body={"assessment": {"source": {"source_type": "HUMAN"}, **assessment}, "update_mask": mask})


def value(of):
    kinds = {str: "stringValue", bool: "boolValue", float: "doubleValue"}
    if of is None:
        return {}
    if isinstance(of, int) and not isinstance(of, bool):
        return {"intValue": str(of)}
    if isinstance(of, list):
        return {"arrayValue": {"values": [value(one) for one in of]}}
    if isinstance(of, dict):
        return {"kvlistValue": {"values": attributes(of)}}
    return {kinds[type(of)]: of}


def attributes(of):
    return [{"key": key, "value": value(one)} for key, one in of.items()]


def span(trace, span_id, parent="", name="span", start_ms=1588672800000, ms=50, **more):
    given = {"traceId": trace, "spanId": span_id, "parentSpanId": parent, "name": name, "startTimeUnixNano": str(start_ms * 10**6 + 7), "endTimeUnixNano": str((start_ms + ms) * 10**6 + 7)}
    more = {key: attributes(one) if key == "attributes" else one for key, one in more.items()}
    return {name: one for name, one in {**given, **more}.items() if one != ""}


def spans(*of, resource=None, experiment="${exp1}"):
    made = {"resource": {"attributes": attributes(resource or {})}, "scopeSpans": [{"spans": list(of)}]}
    text = json.dumps({"resourceSpans": [made]})
    request = case("POST", "/v1/traces", text=text, headers={**JSON, "x-mlflow-experiment-id": experiment})
    return ours("a message of JSON is answered with one", request, 200, {})


T = ["%032x" % (0xABC0 + index) for index in range(9)]
S = ["%016x" % (0xF0 + index) for index in range(9)]
begun = [
    post("experiments/create", {"name": "traces"}, keep={"exp1": "experiment_id"}),
    post("experiments/create", {"name": "other traces"}, keep={"exp2": "experiment_id"}),
    post("experiments/create", {"name": "refused traces"}, keep={"exp3": "experiment_id"}),
    post("runs/create", {"experiment_id": "${exp1}", "run_name": "r", "start_time": 1}, keep={"run1": "run.info.run_id"}),
    start("tr-a", tags={"team": "blue", "mlflow.traceName": "one"}, trace_metadata={"mlflow.trace.session": "s1", "k": "v"}, request_preview="asked", response_preview="told", client_request_id="c-1"),
    start("tr-b", state="ERROR", execution_duration="2s", request_time="2020-05-05T10:00:01.500Z", trace_metadata={"mlflow.sourceRun": "${run1}"}, tags={"team": "red", "mlflow.traceName": "two"}),
    start("tr-c", state="IN_PROGRESS", execution_duration=None, request_time="2020-05-05T10:00:02Z"),
    start("tr-d", trace_location={"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "${exp2}"}}, state=None),
    start("tr-a", tags={"team": "green"}, state="OK", client_request_id="c-2"),
    get(f"{V3}/tr-a"), get(f"{V3}/tr-b"), get(f"{V3}/tr-c"), get(f"{V3}/tr-d"), get(f"{V3}/tr-none"),
    get("traces/tr-a/info"), get("traces/tr-none/info"), get("traces/tr-c/info"),
    post(V3, {}), *we_reword("what is missing is named", post(V3, {"trace": {}})), post(V3, {"trace": {"trace_info": {"trace_id": "tr-x", "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "987654"}}}}}),
    *we_refuse("times are in the form of protocol buffers", odd("tr-x", request_time="yesterday"), odd("tr-x", execution_duration="1 minute"), odd("tr-x", state="PERHAPS"), odd("tr-x", tags=["a"])),
    *we_refuse("an id is part of the place of files", odd(""), odd("../../x"), odd("tr x")),
    start("tr-x", trace_metadata={"mlflow.trace.session": "${x*300}"}),
    *we_refuse("keys are no longer than those of other tags", odd("tr-x", tags={"${k*300}": "v"})),
]
tagged = [
    case("PATCH", f"{V3}/tr-a/tags", body={"key": "colour", "value": "blue"}), case("PATCH", "traces/tr-a/tags", body={"key": "size", "value": "9"}), case("PATCH", f"{V3}/tr-a/tags", body={"key": "long", "value": "${x*9000}"}),
    ours("a trace that is not there is not found", case("PATCH", f"{V3}/tr-none/tags", body={"key": "a", "value": "b"}), 404, {"error_code": "RESOURCE_DOES_NOT_EXIST"}), case("PATCH", f"{V3}/tr-a/tags", body={"value": "b"}), case("PATCH", f"{V3}/tr-a/tags", body={"key": "a/../b", "value": "b"}), case("PATCH", f"{V3}/tr-a/tags", body={"key": "mlflow.trace.spansLocation", "value": "x"}),
    get(f"{V3}/tr-a"), case("DELETE", f"{V3}/tr-a/tags", body={"key": "colour"}), case("DELETE", "traces/tr-a/tags", body={"key": "size"}), case("DELETE", f"{V3}/tr-a/tags", body={"key": "long"}), case("DELETE", f"{V3}/tr-a/tags", body={"key": "colour"}), case("DELETE", f"{V3}/tr-none/tags", body={"key": "colour"}), case("DELETE", f"{V3}/tr-a/tags", body={}),
    post("traces/link-to-run", {"trace_ids": ["tr-a", "tr-none"], "run_id": "${run1}"}), post("traces/link-to-run", {"trace_ids": ["tr-a"], "run_id": "${run1}"}), *we_take("a trace that is named twice is linked once", post("traces/link-to-run", {"trace_ids": ["tr-b", "tr-b"], "run_id": "${run1}"})), post("traces/link-to-run", {"trace_ids": [], "run_id": "${run1}"}), post("traces/link-to-run", {"trace_ids": ["tr-a"]}),
    *we_refuse("at most a hundred traces are linked at once", post("traces/link-to-run", {"trace_ids": ["tr-a"] * 101, "run_id": "${run1}"})),
    post("traces/link-prompts", {"trace_id": "tr-a", "prompt_versions": [{"name": "p", "version": "1"}, {"name": "q", "version": "2"}]}), post("traces/link-prompts", {"trace_id": "tr-none", "prompt_versions": [{"name": "p", "version": "1"}]}), post("traces/link-prompts", {"trace_id": "tr-a", "prompt_versions": []}), post("traces/link-prompts", {"trace_id": "tr-a", "prompt_versions": [{"name": "p", "version": "x"}]}),
]
root = {"mlflow.spanType": "CHAIN", "mlflow.spanInputs": {"q": "what?", "n": 1}, "mlflow.spanOutputs": '{"a": [1, 2.0]}', "n": 7, "x": 0.5, "whole": 2.0, "yes": True, "list": ["a", 1], "none": None, "big": 2**62, "text": "ünï 🦔", "mlflow.traceTag.mine": "tag", "session.id": "s-9", "user.id": "ada"}
spanned = [
    spans(span(T[0], S[0], name="root", attributes=root, status={"code": 1}), span(T[0], S[1], S[0], "model", 1588672800010, 20, attributes={"mlflow.spanType": "LLM", "model.name": "m-1", "mlflow.chat.tokenUsage": {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8}}, status={"code": 2, "message": "no answer"}, events=[{"name": "exception", "timeUnixNano": "1588672800015000000", "attributes": attributes({"exception.message": "no", "n": 3})}], links=[{"traceId": T[1], "spanId": S[5], "attributes": attributes({"why": "because"})}]), resource={"service.name": "shop", "telemetry.sdk.language": "x", "mlflow.no": "no", "n": 3}),
    get(f"{V3}/tr-{T[0]}"), *we_take("links of spans are answered too", get(f"{V3}/get", ("trace_id", f"tr-{T[0]}"))), *we_take("a trace without spans is left out, as one that is not there", get(f"{V3}/batchGet", ("trace_ids", f"tr-{T[0]}"), ("trace_ids", "tr-none"), ("trace_ids", "tr-a"))),
    spans(span(T[1], S[2], S[3], "late child", attributes={"mlflow.spanType": "TOOL"})), get(f"{V3}/tr-{T[1]}"),
    spans(span(T[1], S[3], name="late root", start_ms=1588672799000, ms=5000, attributes={"mlflow.chat.tokenUsage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}})), get(f"{V3}/tr-{T[1]}"), get(f"{V3}/get", ("trace_id", f"tr-{T[1]}")),
    spans(span(T[1], S[3], name="late root again", start_ms=1588672799000, ms=5000, status={"code": 2})), get(f"{V3}/get", ("trace_id", f"tr-{T[1]}")),
    get(f"{V3}/get", ("trace_id", "tr-none")), get(f"{V3}/get"), get(f"{V3}/batchGet"),
    post(f"{V3}/batchGetInfos", {"trace_ids": ["tr-b", "tr-none", "tr-a", "tr-b"]}), post(f"{V3}/batchGetInfos", {"trace_ids": ["tr-b", "tr-d"], "experiment_ids": ["${exp2}"]}), post(f"{V3}/batchGetInfos", {"trace_ids": []}),
    start(f"tr-{T[1]}", tags={"mlflow.traceName": "told"}, trace_metadata={"mlflow.trace.tokenUsage": '{"input_tokens": 9, "output_tokens": 9, "total_tokens": 18}'}), get(f"{V3}/tr-{T[1]}"),
    ours("a body without spans is refused with a code", case("POST", "/v1/traces", text="{}", headers={**JSON, "x-mlflow-experiment-id": "${exp1}"}), 400, {"error_code": "INVALID_PARAMETER_VALUE"}),
    *we_refuse("errors have the form of all others", case("POST", "/v1/traces", text="{", headers={**JSON, "x-mlflow-experiment-id": "${exp1}"}), case("POST", "/v1/traces", text="{}", headers=JSON), case("POST", "/v1/traces", text="x", headers={"content-type": "text/plain", "x-mlflow-experiment-id": "${exp1}"}), case("POST", "/v1/traces", text="x", headers={"content-type": "application/x-protobuf", "x-mlflow-experiment-id": "${exp1}"}), case("POST", "/v1/traces", text="x", headers={**JSON, "content-encoding": "br", "x-mlflow-experiment-id": "${exp1}"}), case("POST", "/v1/traces", text="x", headers={**JSON, "content-encoding": "gzip", "x-mlflow-experiment-id": "${exp1}"})),
]
V2 = [
    post("traces", {"experiment_id": "${exp1}", "timestamp_ms": 1588672803000, "request_metadata": [{"key": "a", "value": "b"}], "tags": [{"key": "mlflow.traceName", "value": "old"}]}, keep={"old": "trace_info.request_id"}),
    case("PATCH", "traces/${old}", body={"timestamp_ms": 1588672803250, "status": "OK", "request_metadata": [{"key": "c", "value": "d"}], "tags": [{"key": "t", "value": "u"}]}), get("traces/${old}/info"),
    case("PATCH", "traces/tr-none", body={"timestamp_ms": 1, "status": "OK"}), post("traces", {"experiment_id": "98765"}), *we_refuse("a status that there is not is no failure of the server", case("PATCH", "traces/tr-a", body={"timestamp_ms": 1, "status": "PERHAPS"})),
    get("traces", ("experiment_ids", "${exp1}"), ("order_by", "timestamp_ms"), ("filter", "status = 'OK'")), get("traces"), *we_reword("the limit is told", get("traces", ("experiment_ids", "${exp1}"), ("max_results", "501"))),
]
judged = [
    said("tr-a", feedback={"value": True}, rationale="it is", metadata={"a": "b"}, assessment_id="a-1"),
    said("tr-a", "score", feedback={"value": 0.75}, assessment_id="a-2"), said("tr-a", "word", feedback={"value": "yes"}, assessment_id="a-3"), said("tr-a", "many", feedback={"value": {"a": [1, 2.5, None]}}, assessment_id="a-4"), said("tr-a", "failed", feedback={"error": {"error_code": "E", "error_message": "m", "stack_trace": "${s*12000}"}}, assessment_id="a-5"), said("tr-b", "score", feedback={"value": 2}, assessment_id="a-6"),
    said("tr-a", "wanted", expectation={"value": "forty"}, assessment_id="a-7"), said("tr-a", "wanted list", expectation={"serialized_value": {"serialization_format": "JSON_FORMAT", "value": "[1, {\"a\": 2}]"}}, assessment_id="a-8"), said("tr-a", "iss-1", issue={"issue_name": "slow"}, assessment_id="a-9"),
    said("tr-a", "score", feedback={"value": 0.25}, overrides="a-2", assessment_id="a-10"), get(f"{V3}/tr-a/assessments/a-2"), get(f"{V3}/tr-a"),
    said("tr-a", "score", feedback={"value": 1}, overrides="a-none", assessment_id="a-11"), said("tr-none", feedback={"value": 1}), said("tr-a"), *we_refuse("no two assessments have one id", said("tr-a", feedback={"value": 1}, assessment_id="a-1")),
    *we_refuse("an expectation is not nothing, and what is no JSON is told", said("tr-a", "x", expectation={"value": None}), said("tr-a", "x", expectation={"serialized_value": {"serialization_format": "PICKLE", "value": "1"}}), said("tr-a", "x", expectation={"serialized_value": {"serialization_format": "JSON_FORMAT", "value": "{"}})),
    get(f"{V3}/tr-a/assessments/a-none"), get(f"{V3}/tr-none/assessments/a-1"), get(f"{V3}/tr-a/assessments/a-7"), get(f"{V3}/tr-b/assessments/a-1"),
    changed("tr-a", "a-1", "rationale,metadata", rationale="it was", metadata={"c": "d"}), changed("tr-a", "a-1", "assessmentName,feedback", assessment_name="better", feedback={"value": False}), changed("tr-a", "a-7", "expectation", expectation={"value": "41"}), changed("tr-a", "a-7", "feedback", feedback={"value": 1}), changed("tr-a", "a-1", "expectation", expectation={"value": 1}), changed("tr-a", "a-none", "feedback", feedback={"value": 1}), case("PATCH", f"{V3}/tr-a/assessments/a-1", body={"update_mask": "rationale"}),
    case("DELETE", f"{V3}/tr-a/assessments/a-10"), get(f"{V3}/tr-a/assessments/a-2"), case("DELETE", f"{V3}/tr-a/assessments/a-10"), case("DELETE", f"{V3}/tr-none/assessments/a-10"),
]
filters = [
    "", "status = 'OK'", "status = 'ERROR'", "trace.status != 'OK'", "attributes.status IN ('ERROR', 'IN_PROGRESS')", "timestamp_ms > 1588672801000", "timestamp <= 1588672801000", "execution_time_ms > 1000", "execution_time = 123", "end_time_ms >= 1588672803000", "name = 'one'", "name LIKE 't%'", "trace.name ILIKE 'TWO'", "request_id = 'tr-a'", "request_id IN ('tr-a', 'tr-b')", "client_request_id = 'c-2'", "run_id = '${run1}'", "run_id = 'none'", "prompt = 'p/1'", "prompt = 'p/2'",
    "tags.team = 'green'", "tag.team != 'green'", "tags.`team` LIKE 'gr%'", "tags.team IS NULL", "tags.team IS NOT NULL", "metadata.k = 'v'", "request_metadata.k IS NULL", "metadata.`mlflow.trace.session` = 's1'", "metadata.`mlflow.sourceRun` = '${run1}'",
    "span.name = 'model'", "span.type = 'LLM'", "span.status = 'ERROR'", "span.type = 'LLM' AND span.status = 'ERROR'", "span.type = 'CHAIN' AND span.status = 'ERROR'", "span.type IN ('TOOL', 'LLM')", "span.name LIKE 'late%'", "span.content LIKE '%what?%'", "trace.text LIKE '%what?%'", "span.attributes.model.name LIKE '%m-1%'", "span.attributes.`model.name` ILIKE '%M-1%'", "span.attributes.model.name LIKE '%m-2%'",
    "feedback.better = 'false'", "feedback.better = 'true'", "feedback.word = 'yes'", "feedback.word != 'yes'", "feedback.score > 0.5", "feedback.score < 0.5", "feedback.score >= 2", "feedback.none = 'x'", "feedback.score IS NULL", "feedback.score IS NOT NULL", "expectation.wanted = '41'", "issue.id = 'iss-1'", "issue.id = 'iss-2'", "status = 'OK' AND tags.team = 'green' AND feedback.word = 'yes'",
    "nothing = 'x'", "status > 'OK'", "status = OK", "tags.team", "metrics.a = 1", "feedback.score > 'a'", "tags.a = 'b' tags.c = 'd'", "'", "status = 'OK' AND",
]
more = ["status = 'OK' OR status = 'ERROR'", "NOT status = 'OK'", "(status = 'OK')"]
searched = [
    *[search(text) for text in filters], *we_take("filters have OR, NOT and parentheses", *[search(text) for text in more]),
    ours("an attribute is compared as it is, not the JSON around it", search("span.attributes.model.name = 'm-1'"), 200), ours("an attribute is compared as it is, not the JSON around it", search("span.attributes.model.name LIKE 'm-1'"), 200),
    search(order_by=["timestamp_ms DESC"]), search(order_by=["execution_time_ms ASC", "request_id DESC"]), search(order_by=["tags.team DESC"]), search(order_by=["name"]), search(order_by=["status ASC"]), search(order_by=["metadata.k"]), search(order_by=[]), search(order_by=["nothing"]), search(order_by=["timestamp_ms", "timestamp_ms"]), search(order_by=["timestamp_ms SIDEWAYS"]),
    *we_take("text is a name like any other", search("text LIKE '%nowhere%'")), *we_refuse("what is no number, or no name, is told", search("timestamp_ms = 'x'"), search("issue.name = 'x'")), *we_reword("errors in filters and orders tell the place", search("span.nothing = 'x'")),
    search(max_results=2), search(max_results=0), *we_reword("the limit is told", search(max_results=501)), search(max_results=-1), search(page_token="nonsense"), post(f"{V3}/search", {"filter": ""}), post(f"{V3}/search", {"locations": []}), post(f"{V3}/search", {"locations": [here, {"mlflow_experiment": {"experiment_id": "${exp2}"}}], "order_by": ["request_id"]}), post(f"{V3}/search", {"locations": [{"mlflow_experiment": {"experiment_id": "x"}}]}), post(f"{V3}/search", {"locations": [{"type": "INFERENCE_TABLE", "inference_table": {"full_table_name": "a.b.c"}}]}),
    *[post(f"{V3}/calculate-filter-correlation", {"experiment_ids": ["${exp1}"], "filter_string1": one, "filter_string2": two, **more}) for one, two, more in [("status = 'OK'", "tags.team = 'green'", {}), ("status = 'OK'", "status = 'ERROR'", {}), ("status = 'OK'", "status = 'OK'", {}), ("status = 'OK'", "name = 'none'", {}), ("status = 'OK'", "tags.team = 'green'", {"base_filter": "timestamp_ms < 1588672801000"})]],
    post(f"{V3}/calculate-filter-correlation", {"experiment_ids": ["${exp1}"], "filter_string1": "status = 'OK'"}), post(f"{V3}/calculate-filter-correlation", {"filter_string1": "status = 'OK'", "filter_string2": "status = 'OK'"}),
]
D = f"{V3}/delete-traces"
deleted = [
    post(D, {"experiment_id": "${exp1}"}), post(D, {"experiment_id": "${exp1}", "request_ids": ["tr-a"], "max_timestamp_millis": 5}), post(D, {"experiment_id": "${exp1}", "request_ids": ["tr-a"], "max_traces": 5}), post(D, {"experiment_id": "${exp1}", "max_timestamp_millis": 5, "max_traces": 0}), post(D, {"request_ids": ["tr-a"]}), post(D, {"experiment_id": "${exp2}", "request_ids": ["tr-a"]}), post(D, {"experiment_id": "${exp1}", "request_ids": ["tr-a", "tr-none"]}), get(f"{V3}/tr-a"), get(f"{V3}/tr-a/assessments/a-1"), post("traces/delete-traces", {"experiment_id": "${exp1}", "max_timestamp_millis": 1588672801600, "max_traces": 2}), search(), post(D, {"experiment_id": "${exp1}", "max_timestamp_millis": 2**62}), search(),
    post("experiments/delete", {"experiment_id": "${exp2}"}), get(f"{V3}/tr-d"), post(V3, info("tr-e", trace_location={"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "${exp2}"}})),
]
REQUESTS = [*begun, *tagged, *spanned, *V2, *judged, *searched, *deleted]
