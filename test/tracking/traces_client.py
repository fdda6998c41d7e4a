"""MLflow's own client with traces of a live server: `traces_client.py URL`. Prints a line for each check."""

import json
import os
import sys
import time
import traceback

os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"
os.environ["MLFLOW_ENABLE_TELEMETRY"] = "false"
import mlflow
from mlflow.entities import AssessmentError, AssessmentSource, SpanType
from mlflow.exceptions import MlflowException

url = sys.argv[1]
mlflow.set_tracking_uri(url)
client = mlflow.MlflowClient()


def experiment(name):
    return mlflow.set_experiment(f"{name} {time.time_ns()}").experiment_id


def last():
    return mlflow.get_last_active_trace_id()


@mlflow.trace(span_type=SpanType.RETRIEVER, attributes={"k": 3, "threshold": 0.5, "exact": 2.0})
def retrieve(question):
    return [f"about {question}"]


@mlflow.trace(name="answer", span_type=SpanType.CHAIN)
def answer(question, tone="plain"):
    found = retrieve(question)
    with mlflow.start_span("model", span_type=SpanType.LLM) as span:
        span.set_inputs({"messages": [{"role": "user", "content": question}]})
        span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8})
        span.set_outputs({"choices": [{"message": {"role": "assistant", "content": "42"}}]})
    return {"answer": 42, "from": found, "tone": tone, "part": 0.5, "none": None}


def test_nested_spans():
    where = experiment("nested")
    answer("what?", tone="ünïcode 🦔")
    trace = mlflow.get_trace(last())
    assert trace.info.experiment_id == where
    assert trace.info.state == "OK" and trace.info.execution_duration is not None
    root, *inner = trace.data.spans
    assert root.name == "answer" and root.parent_id is None and root.span_type == "CHAIN"
    assert root.inputs == {"question": "what?", "tone": "ünïcode 🦔"}
    assert root.outputs == {"answer": 42, "from": ["about what?"], "tone": "ünïcode 🦔", "part": 0.5, "none": None}
    assert {span.name: span.parent_id for span in inner} == {"retrieve": root.span_id, "model": root.span_id}
    retriever = next(span for span in inner if span.name == "retrieve")
    assert retriever.attributes["k"] == 3 and type(retriever.attributes["k"]) is int
    assert retriever.attributes["exact"] == 2.0 and type(retriever.attributes["exact"]) is float
    assert root.start_time_ns > 10**18 and root.end_time_ns >= root.start_time_ns
    assert trace.info.token_usage == {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8}
    assert json.loads(trace.info.request_preview)["question"] == "what?"
    assert trace.info.tags["mlflow.traceName"] == "answer"
    assert trace.info.tags["mlflow.artifactLocation"].endswith(f"/{where}/traces/{trace.info.trace_id}/artifacts")
    assert trace.info.tags["mlflow.trace.spansLocation"] == "TRACKING_STORE"


def test_exceptions():
    experiment("exceptions")

    @mlflow.trace
    def fails():
        with mlflow.start_span("inner"):
            raise ValueError("no such thing")

    try:
        fails()
    except ValueError:
        pass
    trace = mlflow.get_trace(last())
    assert trace.info.state == "ERROR"
    inner = trace.data.spans[1]
    assert inner.status.status_code == "ERROR" and "no such thing" in inner.status.description
    event = next(event for event in inner.events if event.name == "exception")
    assert event.attributes["exception.message"] == "no such thing"
    assert event.attributes["exception.type"] == "ValueError"


def test_async_export():
    where = experiment("async")
    mlflow.config.enable_async_logging(True)
    os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "true"
    try:
        mlflow.tracing.reset()
        for index in range(20):
            retrieve(f"number {index}")
        mlflow.flush_trace_async_logging(terminate=False)
    finally:
        os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"
        mlflow.config.enable_async_logging(False)
        mlflow.tracing.reset()
    found = mlflow.search_traces(locations=[where], return_type="list")
    assert len(found) == 20 and all(len(trace.data.spans) == 1 for trace in found), len(found)


def test_search():
    where = experiment("search")
    ids = {}
    for name in ("one", "two", "three"):
        with mlflow.start_span(name, span_type=SpanType.TOOL) as span:
            span.set_attribute("model.name", f"model-{name}")
            span.set_inputs({"text": f"100% {name}"})
            mlflow.update_current_trace(tags={"team": name}, metadata={"mlflow.trace.session": f"s-{name}", "mlflow.trace.user": "ada"})
        ids[name] = last()
        time.sleep(0.01)
    failed = mlflow.start_span_no_context("bad", experiment_id=where)
    failed.end(status="ERROR")
    ids["bad"] = failed.trace_id

    def found(text, **more):
        traces = mlflow.search_traces(locations=[where], filter_string=text, return_type="list", **more)
        return [next(name for name, one in ids.items() if one == trace.info.trace_id) for trace in traces]

    assert found("") == ["bad", "three", "two", "one"]
    assert found("", order_by=["timestamp_ms ASC"]) == ["one", "two", "three", "bad"]
    assert found("trace.status = 'ERROR'") == ["bad"]
    assert found("status = 'OK' AND tags.team = 'two'") == ["two"]
    assert found("attributes.name LIKE 't%'", order_by=["timestamp ASC"]) == ["two", "three"]
    assert found("metadata.`mlflow.trace.session` = 's-three'") == ["three"]
    assert found("request_metadata.`mlflow.trace.user` = 'ada' AND tag.team = 'one'") == ["one"]
    start = client.get_trace(ids["two"]).info.request_time
    assert found(f"timestamp_ms >= {start}", order_by=["timestamp_ms"]) == ["two", "three", "bad"]
    assert found(f"timestamp < {start}") == ["one"]
    assert found("span.name = 'two' AND span.type = 'TOOL'") == ["two"]
    assert found("span.attributes.`model.name` LIKE '%three'") == ["three"]
    assert found("span.attributes.model.name ILIKE '%MODEL-ONE%'") == ["one"]
    assert found("trace.text LIKE '%100% two%'") == ["two"]
    assert found("tags.team IS NULL") == ["bad"]
    frame = mlflow.search_traces(locations=[where])
    assert list(frame["trace_id"]) == [ids[name] for name in ("bad", "three", "two", "one")]
    assert {"request", "response", "state", "spans", "tags"} <= set(frame.columns)
    pages = client.search_traces(locations=[where], max_results=3)
    assert len(pages) == 3 and pages.token
    rest = client.search_traces(locations=[where], max_results=3, page_token=pages.token)
    assert [trace.info.trace_id for trace in rest] == [ids["one"]] and not rest.token


def test_feedback_and_expectations():
    where = experiment("assessments")
    retrieve("x")
    trace_id = last()
    human = AssessmentSource(source_type="HUMAN", source_id="ada@example.org")
    good = mlflow.log_feedback(trace_id=trace_id, name="good", value=True, rationale="it is", source=human, metadata={"a": "b"})
    score = mlflow.log_feedback(trace_id=trace_id, name="score", value=0.75)
    mlflow.log_feedback(trace_id=trace_id, name="many", value={"a": [1, 2.5, "x"]})
    mlflow.log_feedback(trace_id=trace_id, name="broken", error=AssessmentError("E1", "no answer"))
    wanted = mlflow.log_expectation(trace_id=trace_id, name="wanted", value={"answer": 42, "of": ["x"]})
    text = mlflow.log_expectation(trace_id=trace_id, name="plain", value="forty-two")
    got = mlflow.get_assessment(trace_id, good.assessment_id)
    assert (got.value, got.rationale, got.source, got.metadata) == (True, "it is", human, {"a": "b"})
    assert mlflow.get_assessment(trace_id, wanted.assessment_id).value == {"answer": 42, "of": ["x"]}
    assert mlflow.get_assessment(trace_id, text.assessment_id).value == "forty-two"
    said = {one.name: one for one in mlflow.get_trace(trace_id).info.assessments}
    assert said["many"].value == {"a": [1, 2.5, "x"]} and said["broken"].error.error_code == "E1"
    changed = mlflow.override_feedback(trace_id=trace_id, assessment_id=score.assessment_id, value=0.25, rationale="no")
    assert mlflow.get_assessment(trace_id, score.assessment_id).valid is False
    assert changed.overrides == score.assessment_id and changed.valid
    mlflow.update_assessment(trace_id, text.assessment_id, mlflow.entities.Expectation(name="plain", value="42"))
    assert mlflow.get_assessment(trace_id, text.assessment_id).value == "42"
    search = lambda text: len(mlflow.search_traces(locations=[where], filter_string=text, return_type="list"))
    assert search("feedback.good = 'true'") == 1 and search("feedback.score > 0.5") == 0
    assert search("feedback.score < 0.5") == 1 and search("expectation.plain = '42'") == 1
    mlflow.delete_assessment(trace_id, changed.assessment_id)
    assert mlflow.get_assessment(trace_id, score.assessment_id).valid is True
    try:
        mlflow.get_assessment(trace_id, changed.assessment_id)
        raise AssertionError("found what was deleted")
    except MlflowException as error:
        assert error.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_tags_and_deletion():
    where = experiment("tags")
    ids = []
    for index in range(4):
        retrieve(f"{index}")
        ids.append(last())
    mlflow.set_trace_tag(ids[0], "colour", "blue")
    assert mlflow.get_trace(ids[0]).info.tags["colour"] == "blue"
    mlflow.delete_trace_tag(ids[0], "colour")
    assert "colour" not in mlflow.get_trace(ids[0]).info.tags
    assert client.delete_traces(where, trace_ids=[ids[0], "tr-not-there"]) == 1
    assert client.delete_traces(where, max_timestamp_millis=int(time.time() * 1000) + 1000, max_traces=2) == 2
    left = mlflow.search_traces(locations=[where], return_type="list")
    assert [trace.info.trace_id for trace in left] == [ids[3]]


def test_trace_inside_a_run():
    where = experiment("run")
    with mlflow.start_run() as run:
        retrieve("in a run")
        inside = last()
    retrieve("outside")
    outside = last()
    found = mlflow.search_traces(locations=[where], run_id=run.info.run_id, return_type="list")
    assert [trace.info.trace_id for trace in found] == [inside]
    client.link_traces_to_run([outside], run.info.run_id)
    found = mlflow.search_traces(locations=[where], run_id=run.info.run_id, return_type="list")
    assert {trace.info.trace_id for trace in found} == {inside, outside}


def test_big_values():
    experiment("big")
    text = "x" * 5_000_000
    with mlflow.start_span("big") as span:
        span.set_inputs({"text": text})
        span.set_outputs(text)
    trace = mlflow.get_trace(last())
    assert trace.data.spans[0].inputs == {"text": text} and trace.data.spans[0].outputs == text
    assert len(trace.info.request_preview) == 1000


def test_many_spans():
    experiment("many")
    root = mlflow.start_span_no_context("root")
    for index in range(300):
        mlflow.start_span_no_context(f"span {index}", parent_span=root).end()
    root.end()
    trace = mlflow.get_trace(root.trace_id)
    assert len(trace.data.spans) == 301 and trace.data.spans[0].name == "root"


def test_session_and_user():
    where = experiment("sessions")
    with mlflow.start_span("turn"):
        mlflow.update_current_trace(metadata={"mlflow.trace.session": "s-1", "mlflow.trace.user": "ada"}, client_request_id="req-7")
    info = mlflow.get_trace(last()).info
    assert info.trace_metadata["mlflow.trace.session"] == "s-1" and info.client_request_id == "req-7"
    found = mlflow.search_traces(locations=[where], filter_string="client_request_id = 'req-7'", return_type="list")
    assert len(found) == 1


def test_autologging_still_works():
    from sklearn.linear_model import LinearRegression

    experiment("autologging")
    mlflow.sklearn.autolog(log_models=False)
    with mlflow.start_run() as run:
        LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])
        retrieve("while logging")
    kept = mlflow.get_run(run.info.run_id)
    assert kept.data.params["fit_intercept"] == "True" and kept.info.status == "FINISHED"
    assert mlflow.get_trace(last()).info.trace_metadata["mlflow.sourceRun"] == run.info.run_id


def main():
    wanted = sys.argv[2:]
    for name, check in list(globals().items()):
        if not name.startswith("test_") or (wanted and name not in wanted):
            continue
        try:
            check()
            print(f"ok {name}", flush=True)
        except BaseException:
            print(f"FAILED {name}\n{traceback.format_exc()}", flush=True)


main()
