"""What MLflow's own server answers to queries of GraphQL, and the types of its schema.

    python -m venv V && V/bin/pip install mlflow==3.17.2
    V/bin/mlflow server --backend-store-uri sqlite:///m.db --port 5741 --workers 1    # an empty database
    V/bin/python make_graphql.py http://127.0.0.1:5741 > graphql.json

`setup` is what is asked of the REST API first, as method, path, fields and the symbols that parts of the answer get by path;
`queries` are asked after it, in any order. ${symbol} in either stands for what was kept, and in answers instead of it. Times
of the server's clock are <time>. `ours` says why an answer of ours is another; without an answer, only that it is an error.
"""

import json
import re
import sys
import urllib.error
import urllib.request

import mlflow
from mlflow.server.graphql.graphql_schema_extensions import schema

BIG = 2**53 + 1
SETUP = [
    ["POST", "experiments/create", {"name": "asked", "tags": [{"key": "team", "value": "red"}]}, {"exp": "experiment_id"}],
    [
        "POST",
        "runs/create",
        {"experiment_id": "${exp}", "run_name": "first", "user_id": "anna", "start_time": 1000, "tags": [{"key": "a", "value": "ü"}]},
        {"run1": "run.info.run_id"},
    ],
    ["POST", "runs/create", {"experiment_id": "${exp}", "run_name": "second", "user_id": "ben", "start_time": 2000}, {"run2": "run.info.run_id"}],
    [
        "POST",
        "runs/log-batch",
        {
            "run_id": "${run1}",
            "params": [{"key": "rate", "value": "0.1"}, {"key": "empty", "value": ""}],
            "metrics": [{"key": "loss", "value": 1 / (step + 1), "timestamp": 5000 + step, "step": step} for step in range(20)]
            + [
                {"key": "odd", "value": "NaN", "timestamp": 1, "step": 0},
                {"key": "high", "value": "Infinity", "timestamp": 1, "step": 0},
                {"key": "far", "value": 0.25, "timestamp": 1, "step": str(BIG)},
            ],
        },
        {},
    ],
    ["POST", "runs/log-batch", {"run_id": "${run2}", "metrics": [{"key": "loss", "value": 0.5, "timestamp": 1, "step": 3}]}, {}],
    [
        "POST",
        "runs/log-inputs",
        {
            "run_id": "${run1}",
            "datasets": [
                {
                    "tags": [{"key": "mlflow.data.context", "value": "training"}],
                    "dataset": {"name": "july", "digest": "abc", "source_type": "local", "source": "{}", "profile": "{\"rows\": 2}"},
                }
            ],
        },
        {},
    ],
    ["POST", "logged-models", {"experiment_id": "${exp}", "name": "net", "source_run_id": "${run1}"}, {"model": "model.info.model_id"}],
    ["POST", "runs/outputs", {"run_id": "${run1}", "models": [{"model_id": "${model}", "step": "4"}]}, {}],
    ["POST", "runs/update", {"run_id": "${run1}", "status": "FINISHED", "end_time": 9000}, {}],
    ["POST", "registered-models/create", {"name": "flights"}, {}],
    [
        "POST",
        "model-versions/create",
        {"name": "flights", "source": "models:/${model}", "run_id": "${run1}", "model_id": "${model}", "description": "one", "tags": [{"key": "k", "value": "v"}]},
        {},
    ],
    ["POST", "registered-models/alias", {"name": "flights", "alias": "champion", "version": "1"}, {}],
]

INFO = "info { runId runUuid runName experimentId userId status startTime endTime artifactUri lifecycleStage }"
DATASETS = "datasetInputs { tags { key value } dataset { name digest sourceType source schema profile } }"
RUN = f"""{INFO}
data {{ metrics {{ key value timestamp step }} params {{ key value }} tags {{ key value }} }}
inputs {{ {DATASETS} modelInputs {{ modelId }} }}
outputs {{ modelOutputs {{ modelId step }} }}"""
EXPERIMENT = """experimentId name artifactLocation lifecycleStage lastUpdateTime creationTime tags { key value }
effectiveTraceArchivalRetention workspace"""
VERSION = """name version creationTimestamp lastUpdatedTimestamp userId currentStage description source runId status
statusMessage runLink"""
GET_RUN = "query Q($in: MlflowGetRunInput) { mlflowGetRun(input: $in) "
OWN_WORDS = "said in other words"
SYNTAX = "a mistake in a query is no failure of the server"


def query(text, variables=None, operation=None, ours=None):
    return {"query": text, "variables": variables, "operationName": operation, **({"ours": ours} if ours else {})}


def own(reason, *queries):
    return [{**one, "ours": {"reason": reason}} for one in queries]


QUERIES = [
    query(GET_RUN + "{ run { " + RUN + " } apiError { code message helpUrl traceId errorDetails { field } } } }", {"in": {"runId": "${run1}"}}),
    query(GET_RUN + "{ run { " + INFO + " data { metrics { key } } inputs { modelInputs { modelId } } } } }", {"in": {"runUuid": "${run2}"}}),
    query(GET_RUN + "{ run { experiment { " + EXPERIMENT + " } modelVersions { " + VERSION + " } } } }", {"in": {"runId": "${run1}"}}),
    query(GET_RUN + "{ run { modelVersions { name } } } }", {"in": {"runId": "${run2}"}}),
    query('query Q @component(name: "x") { mlflowGetRun(input: {runId: "${run1}"}) { run { info { runName } } } }'),
    query("{ mlflowGetExperiment(input: {experimentId: \"${exp}\"}) { experiment { " + EXPERIMENT + " } } }"),
    query('{ mlflowGetExperiment(input: {experimentId: "77"}) { experiment { name } } }'),
    query('{ mlflowGetExperiment(input: {experimentId: "${exp}"}) { __typename experiment { __typename name } apiError { __typename } } __typename }'),
    query(
        "query Q($in: MlflowSearchRunsInput) { mlflowSearchRuns(input: $in) { runs { info { runName } experiment { name } modelVersions { name version } } nextPageToken } }",
        {"in": {"experimentIds": ["${exp}"], "orderBy": ["attributes.start_time ASC"]}},
    ),
    query(
        '{ mlflowSearchRuns(input: {experimentIds: ["${exp}"], filter: "metrics.loss > 0.4", runViewType: ALL, maxResults: 5}) { runs { info { runName } } } }',
        ours={"answer": {"data": {"mlflowSearchRuns": {"runs": [{"info": {"runName": "second"}}]}}, "errors": None}, "reason": "a view is asked for, and the other server cannot read it"},
    ),
    query('mutation { mlflowSearchRuns(input: {experimentIds: ["${exp}"], filter: "params.rate = \'0.1\'"}) { runs { info { runName } } } }'),
    query('{ mlflowSearchRuns(input: {experimentIds: ["${exp}"], filter: "nonsense ="}) { runs { info { runName } } } }', ours={"reason": OWN_WORDS}),
    query('{ mlflowSearchRuns(input: {experimentIds: ["${exp}"], maxResults: 0}) { runs { info { runName } } } }', ours={"reason": OWN_WORDS}),
    query(
        "query Q($in: MlflowGetMetricHistoryBulkIntervalInput) { mlflowGetMetricHistoryBulkInterval(input: $in) { metrics { key value timestamp step runId } apiError { code } } }",
        {"in": {"runIds": ["${run1}", "${run2}"], "metricKey": "loss", "maxResults": 320}},
    ),
    query(
        '{ mlflowGetMetricHistoryBulkInterval(input: {runIds: ["${run1}"], metricKey: "loss", startStep: 3, endStep: 6, maxResults: 10}) { metrics { step value } } }',
        ours={
            "answer": {"data": {"mlflowGetMetricHistoryBulkInterval": {"metrics": [{"step": str(step), "value": 1 / (step + 1)} for step in range(3, 7)]}}, "errors": None},
            "reason": "the other server overlooks the range of steps that is asked for",
        },
    ),
    query('{ mlflowGetMetricHistoryBulkInterval(input: {runIds: ["${run1}"], metricKey: "far", maxResults: 10}) { metrics { step value } } }'),
    query(
        '{ mlflowGetMetricHistoryBulkInterval(input: {runIds: ["${run1}"], metricKey: "odd", maxResults: 10}) { metrics { step value } } }',
        ours={"answer": {"data": {"mlflowGetMetricHistoryBulkInterval": {"metrics": [{"step": "0", "value": None}]}}, "errors": None}, "reason": "NaN is null there as it is in runs, and no error"},
    ),
    query(
        '{ mlflowGetMetricHistoryBulkInterval(input: {runIds: [], metricKey: "loss"}) { metrics { step } } }',
        ours={"answer": {"data": {"mlflowGetMetricHistoryBulkInterval": None}}, "reason": "no runs are a mistake, as they are for the REST API"},
    ),
    query('{ mlflowListArtifacts(input: {runId: "${run1}"}) { rootUri files { path isDir fileSize } nextPageToken } }'),
    query('{ mlflowListArtifacts(input: {runId: "${run1}", path: "../up"}) { rootUri } }', ours={"reason": OWN_WORDS}),
    query('{ mlflowSearchModelVersions(input: {filter: "name = \'flights\'", maxResults: 5}) { modelVersions { ' + VERSION + " } nextPageToken } }"),
    query(
        "{ mlflowSearchModelVersions(input: {}) { modelVersions { tags { key value } aliases modelId deploymentJobState { jobId runId jobState runState currentTaskName } } } }",
        ours={
            "answer": {
                "data": {
                    "mlflowSearchModelVersions": {
                        "modelVersions": [
                            {
                                "tags": [{"key": "k", "value": "v"}, {"key": "mlspec.version", "value": "1.0.0"}],
                                "aliases": ["champion"],
                                "modelId": "${model}",
                                "deploymentJobState": {"jobId": "", "runId": "", "jobState": None, "runState": None, "currentTaskName": ""},
                            }
                        ]
                    }
                },
                "errors": None,
            },
            "reason": "a found version says all that it says when it is got, and its other number; states that are not set are null and no error",
        },
    ),
    query(
        "query Q($n: LongString) { mlflowSearchModelVersions(input: {maxResults: $n, orderBy: [\"name ASC\"]}) { modelVersions { name } } }",
        {"n": "7"},
    ),
    query('mutation { mlflowSearchDatasets(input: {experimentIds: ["${exp}"]}) { datasetSummaries { experimentId name digest context } } }'),
    query('{ test(inputString: "a") { output } }'),
    query('mutation { testMutation(inputString: "a") { output } }'),
    # The language.
    query("query A { test(inputString: \"a\") { output } } query B { test(inputString: \"b\") { output } }", None, "B"),
    query("query A { test(inputString: \"a\") { output } } query B { test(inputString: \"b\") { output } }"),
    query("query A { test(inputString: \"a\") { output } }", None, "C", ours={"reason": OWN_WORDS}),
    query('{ one: test(inputString: "a") { output } two: test(inputString: "b") { o: output } }'),
    query('query Q($yes: Boolean!) { test(inputString: "a") { output @skip(if: $yes) x: output @include(if: $yes) } }', {"yes": True}, ours={"answer": {"data": {"test": {"x": "a"}}, "errors": None}, "reason": "directives of the language belong to every server"}),
    query('{ mlflowGetRun(input: {runId: "${run1}"}) { run { ...I } } } fragment I on MlflowRunExtension { info { ...N ... on MlflowRunInfo { status } } } fragment N on MlflowRunInfo { runName }'),
    query("{ __schema { queryType { name } mutationType { name } directives { name } } __type(name: \"LongString\") { kind name } }", ours={"answer": {"data": {"__schema": {"queryType": {"name": "Query"}, "mutationType": {"name": "Mutation"}}, "__type": {"kind": "SCALAR", "name": "LongString"}}}, "reason": "the directives of the language are told too"}),
    # What is wrong.
    *own(OWN_WORDS, query("{ nope }"), query('{ test(inputString: 1) { output } }'), query("{ test(nope: 1) { output } }"), query('{ test(inputString: "a") }')),
    *own(OWN_WORDS, query("query Q($a: Nope) { test { output } }"), query("query Q($a: String!) { test(inputString: $a) { output } }"), query("{ ...F } fragment F on Query { ...F }")),
    *own(OWN_WORDS, query("{ mlflowGetRun { run { info { runId } } } }"), query(GET_RUN + "{ run { info { runId } } } }", {"in": {"runId": 1}}), query(GET_RUN + "{ run { info { runId } } } }", {"in": {"nope": "1"}})),
    *own(OWN_WORDS, query("{ mlflowGetRun(input: {}) { run { info { runId } } } }")),
    query('{ mlflowGetRun(input: {runId: "absent"}) { run { info { runId } } } }'),
    *own(SYNTAX, query("{"), query("}"), query("query {"), query("\0"), query("{ test(inputString: \"") , query("fragment F on Query { test { output } }"), query("{ a }" * 2)),
    # What is too much.
    query("{ " + "a { " * 10 + "b" + " }" * 10 + " }"),
    query("{ test { " + "output " * 1001 + "} }"),
    *own("the environment of the server sets no limit", query("{ " + " ".join(f'a{i}: test(inputString: "a") {{ output }}' for i in range(11)) + " }"), query("{ test { " + " ".join(f"a{i}: output" for i in range(11)) + " } }")),
]


def fill(value, symbols):
    text = json.dumps(value)
    for name, one in symbols.items():
        text = text.replace("${" + name + "}", one)
    return json.loads(text)


def normal(value, symbols, key=""):
    if isinstance(value, dict):
        return {name: normal(one, symbols, name) for name, one in sorted(value.items())}
    if isinstance(value, list):
        items = [normal(one, symbols) for one in value]
        return sorted(items, key=json.dumps) if key in ("metrics", "params", "tags") else items
    if not isinstance(value, str):
        return value
    if re.search("Time(stamp)?$", key) and len(value) > 12:
        return "<time>"
    for name, one in symbols.items():
        if len(one) > 30:
            value = value.replace(one, "${" + name + "}")
    return value


def ask(root, method, path, body):
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(root + path, data=json.dumps(body).encode(), headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, {}


def types():
    """Each type with its fields or values, in the notation of the language."""
    found = {}
    for name, one in schema.graphql_schema.type_map.items():
        if name.startswith("__") or name in ("String", "Int", "Float", "Boolean", "ID"):
            continue
        if hasattr(one, "fields"):
            arguments = lambda field: {key: str(argument.type) for key, argument in getattr(field, "args", {}).items()}
            found[name] = {key: [str(field.type), arguments(field)] for key, field in sorted(one.fields.items())}
        elif hasattr(one, "values"):
            found[name] = list(one.values)
        else:
            found[name] = "scalar"
    return dict(sorted(found.items()))


def main(root):
    symbols = {}
    for method, path, fields, keep in SETUP:
        status, answer = ask(root, method, f"/api/2.0/mlflow/{path}", fill(fields, symbols))
        assert status == 200, (path, status, answer)
        for name, place in keep.items():
            value = answer
            for part in place.split("."):
                value = value[part]
            symbols[name] = value
    asked = []
    for one in QUERIES:
        body = {name: value for name, value in one.items() if name != "ours" and value is not None}
        status, answer = ask(root, "POST", "/graphql", fill(body, symbols))
        asked.append({**body, "status": status, "answer": normal(answer, symbols), **({"ours": one["ours"]} if "ours" in one else {})})
    rows = lambda items: ",\n".join(json.dumps(one, ensure_ascii=False) for one in items)
    kinds = ",\n".join(f"{json.dumps(name)}: {json.dumps(one)}" for name, one in types().items())
    print(f'{{"mlflow": "{mlflow.__version__}", "types": {{\n{kinds}\n}}, "setup": [\n{rows(SETUP)}\n], "queries": [\n{rows(asked)}\n]}}')


main(sys.argv[1])
