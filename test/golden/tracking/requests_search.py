"""Searches."""
from requests_case import get, ours, post, we_refuse, we_reword, we_take

run = lambda name, at, *more: [
    post("runs/create", {"experiment_id": "${exps}", "run_name": name, "user_id": "anna" if at % 2 else "ben", "start_time": at}, keep={name: "run.info.run_id"}),
    *[post("runs/log-batch", {"run_id": f"${{{name}}}", **one}) for one in more],
]
p = lambda **pairs: {"params": [{"key": key, "value": value} for key, value in pairs.items()]}
t = lambda **pairs: {"tags": [{"key": key, "value": value} for key, value in pairs.items()]}
m = lambda **pairs: {"metrics": [{"key": key, "value": value, "timestamp": 1} for key, value in pairs.items()]}
made = [
    post("experiments/create", {"name": "searched", "tags": [{"key": "team", "value": "Blue"}]}, keep={"exps": "experiment_id"}),
    *run("alpha", 100, p(lr="0.1", model="xgb"), t(stage="dev"), m(acc=0.9, loss=0.1)),
    *run("beta", 200, p(lr="0.2", model="XGB"), t(stage="prod"), m(acc=0.8, loss=0.5)),
    *run("gamma", 300, p(lr="0.1"), t(stage="Prod"), m(acc="NaN")),
    *run("delta", 400, p(model="lgbm"), m(acc=0.95)),
    *run("epsilon", 500, t(other="x%y_z")),
    *run("zeta", 600, m(acc=0.8)),
    post("runs/update", {"run_id": "${alpha}", "status": "FINISHED", "end_time": 150}),
    post("runs/update", {"run_id": "${beta}", "status": "FAILED", "end_time": 250}),
    post("runs/delete", {"run_id": "${zeta}"}),
    post("runs/log-inputs", {"run_id": "${alpha}", "datasets": [{"tags": [{"key": "mlflow.data.context", "value": "train"}], "dataset": {"name": "iris", "digest": "abc", "source_type": "local", "source": "s"}}]}),
]
found = lambda **more: post("runs/search", {"experiment_ids": ["${exps}"], **more})
by = lambda text: found(filter=text)
filters = [
    by(""), *we_take("a blank filter asks for nothing", by(" ")), by("metrics.acc > 0.85"), by("metrics.acc >= 0.9"), by("metric.acc < 0.9"), by("metrics.acc = 0.8"), by("metrics.acc != 0.8"), by("metrics.acc <= 0.8"),
    by("metrics.`acc` > 0.85"), by('metrics."acc" > 0.85'), by("params.lr = '0.1'"), by('params.lr = "0.1"'), by("param.lr != '0.1'"), by("parameters.lr = '0.1'"),
    by("params.model LIKE 'x%'"), by("params.model ILIKE 'x%'"), by("params.model like 'X_B'"), by("tags.stage = 'prod'"), by("tag.stage ILIKE 'prod'"), by("tags.stage != 'prod'"),
    by("tags.stage IS NULL"), by("tags.stage IS NOT NULL"), by("params.lr IS NULL"), by("params.lr is not null"), by("tags.other LIKE '%\\%%'"), by("tags.other = 'x%y_z'"),
    by("attributes.status = 'FINISHED'"), by("status != 'RUNNING'"), by("attribute.run_name = 'alpha'"), by("run_name LIKE '%a'"), by("run_name ILIKE 'ALPHA'"), by("`run name` = 'beta'"), by("attributes.`Run name` = 'beta'"),
    by("run_id = '${alpha}'"), by("run_id IN ('${alpha}', '${beta}')"), by("run_id NOT IN ('${alpha}', '${beta}')"), by("user_id = 'anna'"), by("start_time > 200"), by("attributes.start_time <= 200"), by("created = 300"), by("end_time < 200"),
    by("artifact_uri LIKE 'mlflow-artifacts:%'"), by("dataset.name = 'iris'"), by("datasets.digest = 'abc'"), by("dataset.context = 'train'"), by("dataset.name LIKE 'ir%'"), by("dataset.name IN ('iris', 'x')"), by("dataset.name NOT IN ('iris')"), by("dataset.name = 'nothing'"),
    by("metrics.acc > 0.7 AND params.lr = '0.1'"), by("metrics.acc > 0.7 and tags.stage = 'dev' AND status = 'FINISHED'"), by("metrics.acc>0.85"), by("  metrics.acc   >   0.85  "), by("metrics.acc > -1"), by("metrics.acc > 1e-3"),
    by("tags.mlflow.runName = 'alpha'"), by("tags.`mlflow.runName` = 'alpha'"), by("metrics.absent > 1"), by("params.lr = ''"),
]
refused = [
    by("metrics.acc"), by("metrics.acc >"), by("> 1"), by("metrics.acc > 'a'"), *we_take("more is understood", by("metrics.acc > '1'"), by("metrics.acc IS NULL"), by("status IS NULL")), by("params.lr = 0.1"), by("params.lr > '0.1'"), by("params.lr = abc"), by("metrics.acc LIKE '1'"), by("acc > 1"), by("nothing.acc > 1"),
    by("attributes.nothing = 'a'"), by("attributes.status > 'a'"), by("status LIKE 'FIN%'"), by("start_time = 'a'"), by("start_time LIKE '1%'"), by("metrics.acc > 1 AND"), by("AND metrics.acc > 1"), by("params.lr = '0.1"), by("params.`lr = '0.1'"),
    by("metrics.acc == 1"), by("metrics.acc > 1 metrics.loss > 1"), by("metrics.acc > 1, metrics.loss > 1"), by("; drop table runs"), by("run_id IN ()"), by("run_id IN ('a'"), by("run_id IN (1, 2)"), by("dataset.nothing = 'a'"),
    *we_refuse("a key is missing", by("params. = 'a'")), by("1 = 1"), by("metrics.acc > 1 XOR metrics.loss > 1"),
]
orders = [
    found(order_by=[]), found(order_by=["metrics.acc"]), found(order_by=["metrics.acc ASC"]), found(order_by=["metrics.acc DESC"]), found(order_by=["params.lr"]), found(order_by=["params.lr DESC", "start_time ASC"]), found(order_by=["tags.stage"]),
    found(order_by=["attributes.start_time"]), found(order_by=["start_time DESC"]), found(order_by=["run_name"]), found(order_by=["attribute.run_name desc"]), found(order_by=["end_time"]), found(order_by=["status"]), found(order_by=["metrics.`acc` DESC"]),
    found(order_by=["metrics.absent"]), *we_take("more is understood", found(order_by=["`Run name`"])), found(order_by=["created"]), found(order_by=["user_id", "start_time"]), found(order_by=["dataset.name"]), found(order_by=[""]),
    found(order_by=["metrics.acc", "metrics.acc"]), found(order_by=["nothing"]), found(order_by=["metrics.acc SIDEWAYS"]), found(order_by=["acc"]), found(order_by=["attributes.nothing"]), found(order_by=["metrics.acc DESC more"]), found(order_by="start_time"), *we_reword("the place is told", found(order_by=[7]), found(order_by=[None])), found(order_by={"a": 1}),
]
views = [
    found(run_view_type="ACTIVE_ONLY"), found(run_view_type="DELETED_ONLY"), found(run_view_type="ALL"), found(run_view_type=2), found(run_view_type=3), *we_refuse("there is no such view", found(run_view_type="NOPE"), found(run_view_type=""), found(run_view_type=9), found(run_view_type=True)), found(run_view_type=None),
    post("runs/search", {}), post("runs/search"), post("runs/search", {"experiment_ids": []}), post("runs/search", {"experiment_ids": None}), post("runs/search", {"experiment_ids": "0"}), post("runs/search", {"experiment_ids": [0]}), post("runs/search", {"experiment_ids": ["abc"]}),
    post("runs/search", {"experiment_ids": ["77777"]}), post("runs/search", {"experiment_ids": [""]}), post("runs/search", {"experiment_ids": ["${exps}", "${exps}"], "max_results": 2}), post("runs/search", {"experiment_ids": ["${exps}", "77777"], "max_results": 1}),
]
pages = [
    post("runs/search", {"experiment_ids": ["${exps}"], "max_results": 2}, keep={"page": "next_page_token"}),
    found(max_results=2, page_token="${page}"),
    found(max_results=5), found(max_results=6), found(max_results="2"), found(max_results=50000), *we_reword("the limit is told", found(max_results=50001)), found(max_results=0), found(max_results=-1), found(max_results="abc"), found(max_results=1.5), *we_take("null is absent, as everywhere", found(max_results=None)), *we_refuse("a truth is no number", found(max_results=True)), found(max_results=2.0),
    found(page_token="abc"), found(page_token=""), found(page_token="e30="), found(page_token=7), found(filter=7), found(filter=["a"]), found(filter=None),
]
listed = lambda **more: post("experiments/search", {"max_results": 3, "filter": "name LIKE '%e%'", **more})
tagged = lambda text: post("experiments/search", {"max_results": 3, "filter": text})
experiments = [
    listed(order_by=["name"]), listed(order_by=["name DESC"]), listed(order_by=["experiment_id DESC"]), listed(order_by=["experiment_id ASC"]), listed(order_by=["attribute.name"]), listed(order_by=["nothing"]), listed(order_by=["name SIDEWAYS"]), *we_take("more is understood", listed(order_by=["tags.team"])), listed(order_by="name"), listed(order_by=[7]),
    tagged("name = 'first'"), tagged("name != 'Default' AND name = 'second'"), tagged("attribute.name = 'first'"), tagged("name ILIKE 'FIRST'"), tagged("name LIKE 'f%'"), tagged("tags.team = 'red'"), tagged("tag.team LIKE 'B%'"), tagged("tags.team ILIKE 'b%'"), tagged("tags.`team` = 'red'"), tagged("tags.team != 'red'"), tagged("creation_time > 99999999999999"), tagged("creation_time < 5"), tagged("last_update_time < 5"),
    tagged("name = first"), tagged("name > 'first'"), tagged("name = 7"), tagged("nothing = 'a'"), tagged("creation_time = 'a'"), tagged("creation_time LIKE '1'"), tagged("tags.team > 'a'"), tagged("name"), tagged("name ="), tagged("metrics.a > 1"),
    post("experiments/search", {"max_results": 2, "order_by": ["name"]}, keep={"exppage": "next_page_token"}),
    post("experiments/search", {"max_results": 2, "order_by": ["name"], "page_token": "${exppage}"}),
    post("experiments/search", {}), post("experiments/search"), post("experiments/search", {"max_results": 0}), post("experiments/search", {"max_results": -1}), post("experiments/search", {"max_results": 50001}), post("experiments/search", {"max_results": "1", "order_by": ["experiment_id"]}), post("experiments/search", {"max_results": "abc"}), post("experiments/search", {"max_results": 1.5}),
    post("experiments/search", {"max_results": 1, "order_by": ["experiment_id"], "page_token": "abc"}), post("experiments/search", {"max_results": 1, "filter": 7}), post("experiments/search", {"max_results": 1, "page_token": 7}),
    *[post("experiments/search", {"max_results": 1, "order_by": ["experiment_id"], "view_type": value}) for value in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL", 1, 2, 3, None)],
    *we_refuse("there is no such view", *[post("experiments/search", {"max_results": 1, "view_type": value}) for value in ("NOPE", "", 0, 7, True)]),
    get("experiments/search"),
    get("experiments/search", ("max_results", "2"), ("order_by", "name"), ("filter", "name LIKE '%e%'")),
    get("experiments/search", ("max_results", "3"), ("order_by", "name DESC"), ("order_by", "experiment_id")),
    get("experiments/search", ("max_results", "1"), ("order_by", "experiment_id"), ("view_type", "ALL")),
    *we_refuse("there is no such view", get("experiments/search", ("max_results", "1"), ("order_by", "experiment_id"), ("view_type", "NOPE"))),
    get("experiments/search", ("max_results", "abc")),
    get("experiments/search", ("max_results", "0")),
]
REQUESTS = [*made, *filters, *refused, *orders, *views, *pages, *experiments]
