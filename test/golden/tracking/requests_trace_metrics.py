"""Sums over traces, their spans and what is said of them, asked of traces that a generator made."""
import datetime
import random

from requests_case import ours, post, we_refuse, we_reword, we_take
from requests_traces import V3, said, span, spans, start

METRICS = f"{V3}/metrics"
BASE_MS = 1588672800000
HOUR_MS = 3_600_000
TRACES = 48
WHOLE = {"start_time_ms": BASE_MS - 90 * HOUR_MS, "end_time_ms": BASE_MS + 90 * HOUR_MS}
made = random.Random(20260501)


def instant(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, tz=datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def eighths(most):
    """A share that both databases sum without rounding."""
    return made.randrange(1, most * 8, 2) / 8


def metadata(index):
    found = {}
    if index % 4 != 3:
        found["mlflow.trace.session"] = f"session-{made.randrange(6)}"
    if index % 3 != 2:
        tokens = {"input_tokens": made.randrange(1, 400), "output_tokens": made.randrange(1, 90)}
        tokens["total_tokens"] = tokens["input_tokens"] + tokens["output_tokens"]
        if index % 2:
            tokens |= {"cache_read_input_tokens": made.randrange(9), "cache_creation_input_tokens": made.randrange(9)}
        found["mlflow.trace.tokenUsage"] = str(tokens).replace("'", '"')
    if index % 5 == 0:
        found["mlflow.sourceRun"] = "${run1}"
    return found


def trace(index):
    tags = {"team": made.choice(["blue", "red"])}
    if index % 7:
        tags["mlflow.traceName"] = made.choice(["answer", "search", "plan"])
    state = made.choice(["OK", "OK", "OK", "ERROR", "IN_PROGRESS"])
    duration = None if state == "IN_PROGRESS" else f"{made.randrange(1, 9000) / 1000}s"
    at = instant(BASE_MS + made.randrange(-30 * HOUR_MS, 30 * HOUR_MS))
    given = start(f"tr-{hex_of(index)}", tags=tags, trace_metadata=metadata(index), state=state, execution_duration=duration, request_time=at)
    return ours("the answer has the tags that were given, also where spans came before", given, 200)


def hex_of(index):
    return "%032x" % (0xFACE00 + index)


def call(index, number, parent, start_ms):
    """A call of a model, or of something else."""
    attributes = {"mlflow.spanType": made.choice(["LLM", "CHAT_MODEL", "TOOL"])}
    if made.random() < 0.75:
        attributes["mlflow.llm.model"] = made.choice(["model-a", "model-b"])
    if made.random() < 0.6:
        attributes["mlflow.llm.provider"] = made.choice(["north", "south"])
    if made.random() < 0.7:
        one, other = eighths(3), eighths(5)
        attributes["mlflow.llm.cost"] = {"input_cost": one, "output_cost": other, "total_cost": one + other}
    status = {"code": made.choice([0, 1, 1, 2])}
    return span(hex_of(index), "%016x" % (index * 100 + number), parent, made.choice(["ask", "fetch", "rank"]), start_ms, made.randrange(1, 4000), attributes=attributes, status=status)


def tree(index):
    start_ms = BASE_MS + made.randrange(-30 * HOUR_MS, 30 * HOUR_MS)
    root = "%016x" % (index * 100 + 1)
    found = [span(hex_of(index), root, "", "root", start_ms, 5000, status={"code": 1})]
    return found + [call(index, number, root, start_ms + number * 7) for number in range(2, 2 + made.randrange(4))]


def judged(index):
    trace_id = f"tr-{hex_of(index)}"
    found = [said(trace_id, "relevant", feedback={"value": made.random() < 0.6})]
    if index % 2:
        found.append(said(trace_id, "score", feedback={"value": eighths(2)}, assessment_id=f"a-score-{index}"))
    if index % 3 == 0:
        found.append(said(trace_id, "verdict", feedback={"value": made.choice(["yes", "no", " YES ", "maybe"])}))
    if index % 4 == 0:
        found.append(said(trace_id, "wanted", expectation={"value": made.choice(["forty", 41, 42.5])}))
    if index % 6 == 1:
        found.append(said(trace_id, "score", feedback={"value": eighths(2)}, overrides=f"a-score-{index}"))
    if index % 16 == 5:
        found += [said(trace_id, "failed", feedback={"error": {"error_code": "E", "error_message": "m"}}), said(trace_id, "many", feedback={"value": {"a": [1, 2.5, None, "x"]}}), said(trace_id, f"i-{index}", issue={"issue_name": "slow"})]
    return found


def asked(view, metric, *aggregations, **more):
    """An aggregation is a word, or the number of a percentile."""
    listed = [{"aggregation_type": "PERCENTILE", "percentile_value": one} if not isinstance(one, str) else {"aggregation_type": one} for one in aggregations]
    return post(METRICS, {"experiment_ids": ["${exp1}"], "view_type": view, "metric_name": metric, "aggregations": listed, **more})


FIGURES = ["AVG", "MIN", "MAX", 50, 90, 99.9]
SUMS = ["SUM", *FIGURES]
TOKENS = ["input_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"]
COSTS = ["input_cost", "output_cost", "total_cost"]
MODELS = ["span_model_name", "span_model_provider"]
# View, metric, aggregations, dimensions.
KNOWN = [
    ("TRACES", "trace_count", ["COUNT"], ["trace_name", "trace_status"]),
    ("TRACES", "session_count", ["COUNT"], []),
    ("TRACES", "latency", FIGURES, ["trace_name"]),
    *[("TRACES", name, SUMS, ["trace_name"]) for name in TOKENS],
    ("SPANS", "span_count", ["COUNT"], ["span_name", "span_type", "span_status", *MODELS]),
    ("SPANS", "latency", FIGURES, ["span_name", "span_status"]),
    *[("SPANS", name, SUMS, MODELS) for name in COSTS],
    ("ASSESSMENTS", "assessment_count", ["COUNT"], ["assessment_name", "assessment_value"]),
    ("ASSESSMENTS", "assessment_value", FIGURES, ["assessment_name"]),
]


def typed(dimensions, request):
    return ours("a span without a type has the type UNKNOWN, as in searches", request, 200) if "span_type" in dimensions else request


def plain():
    for view, metric, aggregations, dimensions in KNOWN:
        yield asked(view, metric, *aggregations)
        for chosen in [*[[one] for one in dimensions], *([dimensions[:2]] if len(dimensions) > 1 else [])]:
            yield typed(chosen, asked(view, metric, *aggregations, dimensions=chosen))
        yield asked(view, metric, *aggregations, time_interval_seconds=86400, **WHOLE)
        yield asked(view, metric, *aggregations, start_time_ms=BASE_MS - 5 * HOUR_MS, end_time_ms=BASE_MS + 5 * HOUR_MS)
        if dimensions:
            yield asked(view, metric, aggregations[0], dimensions=dimensions[:1], time_interval_seconds=36000, **WHOLE)


FILTERS = {
    "TRACES": ["trace.status = 'OK'", "trace.status = \"ERROR\"", "trace.tag.team = 'blue'", "trace.tag.`team` = 'red'", "trace.tag.`mlflow.traceName` = 'plan'", "trace.tag.mlflow.traceName = 'plan'", "trace.metadata.`mlflow.trace.session` = 'session-1'", "trace.metadata.mlflow.sourceRun = '${run1}'", "trace.tag.none = 'x'", "trace.metadata.none = 'x'"],
    "SPANS": ["trace.status = 'OK'", "trace.tag.team = 'blue'", "span.name = 'ask'", "span.type = 'LLM'", "span.status = 'ERROR'", "trace.metadata.`mlflow.trace.session` = 'session-1'"],
    "ASSESSMENTS": ["trace.status = 'OK'", "trace.tag.team = 'blue'", "trace.tag.`mlflow.traceName` = 'plan'", "assessment.name = 'relevant'", "assessment.type = 'expectation'", "trace.metadata.`mlflow.sourceRun` = '${run1}'"],
}
COUNTED = {"TRACES": "trace_count", "SPANS": "span_count", "ASSESSMENTS": "assessment_count"}
WIDER = ["trace.status != 'OK'", "trace.status IN ('OK', 'ERROR')", "trace.tag.team LIKE 'b%'", "trace.status = 'OK' AND trace.tag.team = 'blue'", "trace.status = 'OK' OR trace.tag.team = 'blue'", "NOT (trace.status = 'OK')", "trace.tag.team IS NULL", ""]
WRONG = ["trace.nothing = 'x'", "status = 'OK'", "trace.tag = 'x'", "trace.status.x = 'OK'", "runs.status = 'OK'", "trace.status = 5", "trace.status", "'", "trace.status > 'OK'", "assessment.value = 'x'"]


def filtered():
    for view, texts in FILTERS.items():
        for text in texts:
            yield asked(view, COUNTED[view], "COUNT", filters=[text])
        yield asked(view, COUNTED[view], "COUNT", filters=[texts[0], "trace.tag.team = 'blue'"])
    yield asked("SPANS", "total_cost", "SUM", filters=["trace.status = 'OK'", "span.name = 'ask'"], dimensions=["span_model_name"])
    yield from we_take("filters have all that those of searches have", *[asked("TRACES", "trace_count", "COUNT", filters=[text]) for text in WIDER])
    yield from we_reword("errors in filters tell the place", *[asked("TRACES", "trace_count", "COUNT", filters=[text]) for text in WRONG])
    yield from we_reword("errors in filters tell the place", asked("TRACES", "trace_count", "COUNT", filters=["span.name = 'x'"]), asked("SPANS", "span_count", "COUNT", filters=["assessment.name = 'x'"]), asked("ASSESSMENTS", "assessment_count", "COUNT", filters=["span.name = 'x'"]))


BODY = {"experiment_ids": ["${exp1}"], "view_type": "TRACES", "metric_name": "trace_count", "aggregations": [{"aggregation_type": "COUNT"}]}


def without(name):
    return {key: one for key, one in BODY.items() if key != name}


def refused():
    for name in BODY:
        yield from we_reword("what is missing is named", post(METRICS, without(name)))
    yield asked("TRACES", "nothing", "COUNT")
    yield asked("TRACES", "span_count", "COUNT")
    yield asked("SPANS", "nothing", "COUNT")
    yield asked("ASSESSMENTS", "nothing", "COUNT")
    yield asked("TRACES", "trace_count", "SUM")
    yield asked("TRACES", "trace_count", "SUM", "COUNT", "AVG")
    yield asked("TRACES", "latency", "SUM")
    yield asked("ASSESSMENTS", "assessment_value", "SUM")
    yield asked("TRACES", "trace_count", "COUNT", dimensions=["nothing"])
    yield asked("TRACES", "session_count", "COUNT", dimensions=["trace_name"])
    yield asked("SPANS", "latency", "AVG", dimensions=["span_type", "span_name", "also"])
    yield asked("TRACES", "trace_count", "COUNT", time_interval_seconds=3600)
    yield asked("TRACES", "trace_count", "COUNT", time_interval_seconds=3600, start_time_ms=1)
    yield from we_refuse("no failure of the server", asked("NOTHING", "trace_count", "COUNT"), asked("TRACES", "trace_count", "NOTHING"), asked("TRACES", "latency", 101), asked("TRACES", "latency", -1))
    yield from we_refuse("no failure of the server", post(METRICS, {**BODY, "metric_name": "latency", "aggregations": [{"aggregation_type": "PERCENTILE"}]}), post(METRICS, {**BODY, "aggregations": [{"aggregation_type": "COUNT", "percentile_value": 5.5}]}), post(METRICS, {**BODY, "aggregations": [{}]}))
    yield from we_refuse("an interval is a time of some length", asked("TRACES", "trace_count", "COUNT", time_interval_seconds=-60, **WHOLE), asked("TRACES", "trace_count", "COUNT", time_interval_seconds=10**13, **WHOLE))
    yield from we_refuse("a page has a size", asked("TRACES", "trace_count", "COUNT", max_results=0), asked("TRACES", "trace_count", "COUNT", max_results=-1), asked("TRACES", "trace_count", "COUNT", max_results=1_000_000))
    yield from we_reword("an id is made of digits", post(METRICS, {**BODY, "experiment_ids": ["x"]}))
    yield ours("a token of nobody is told", asked("TRACES", "trace_count", "COUNT", page_token="nonsense"), 400, {"error_code": "INVALID_PARAMETER_VALUE"})


def edges():
    yield post(METRICS, {**BODY, "experiment_ids": []})
    yield post(METRICS, {**BODY, "experiment_ids": ["98765"]})
    yield post(METRICS, {**BODY, "experiment_ids": ["${exp1}", "${exp1}", "${exp2}"]})
    yield from we_reword("what is missing is named", post(METRICS, {**BODY, "aggregations": []}))
    yield asked("TRACES", "trace_count", "COUNT", "COUNT")
    yield asked("TRACES", "latency", 50, 50, 50.5, 0, 100, 1e-05)
    yield asked("TRACES", "trace_count", "COUNT", dimensions=["trace_name", "trace_name"])
    yield asked("TRACES", "trace_count", "COUNT", time_interval_seconds=0)
    yield asked("TRACES", "trace_count", "COUNT", start_time_ms=5, end_time_ms=4)
    yield asked("TRACES", "trace_count", "COUNT", start_time_ms=2**63 - 1)
    yield asked("TRACES", "trace_count", "COUNT", start_time_ms=-(2**63), end_time_ms=2**63 - 1)
    yield asked("SPANS", "total_cost", "SUM", start_time_ms=-(2**63), end_time_ms=2**63 - 1)
    yield asked("SPANS", "total_cost", "SUM", start_time_ms=2**63 - 1)
    yield ours("the rest is on a next page", asked("TRACES", "trace_count", "COUNT", dimensions=["trace_name"], max_results=2), 200, {"next_page_token": "<token>"})
    yield asked("TRACES", "trace_count", "COUNT", dimensions=["trace_name"], max_results=3)
    yield ours("the rest is on a next page", asked("TRACES", "latency", "AVG", 90, time_interval_seconds=3600, max_results=5, **WHOLE), 200, {"next_page_token": "<token>"})


begun = [
    post("experiments/create", {"name": "counted"}, keep={"exp1": "experiment_id"}),
    post("experiments/create", {"name": "empty"}, keep={"exp2": "experiment_id"}),
    post("runs/create", {"experiment_id": "${exp1}", "run_name": "r", "start_time": 1}, keep={"run1": "run.info.run_id"}),
    asked("TRACES", "trace_count", "COUNT"), asked("SPANS", "latency", "AVG"),
]
traces = [trace(index) for index in range(TRACES)]
sent = [spans(*[one for index in range(first, first + 12) for one in tree(index)]) for first in range(0, TRACES, 12)]
statements = [one for index in range(TRACES) for one in judged(index)]
# As clients do it: spans first, and then what is known of their trace.
REQUESTS = [*begun, *sent, *traces, *statements, *plain(), *filtered(), *refused(), *edges()]
