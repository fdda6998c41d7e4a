"""Requests about logged models."""
from requests_case import case, get, ours, post, we_refuse, we_reword, we_take

M = "logged-models"
of = lambda model, rest="": f"{M}/${{{model}}}{rest}"
patch = lambda path, body: case("PATCH", path, body={"model_id": path.split("/")[1], **body})
delete = lambda path: case("DELETE", path, headers={})
described_by = lambda path, body: post(path, {"model_id": path.split("/")[1], **body})
model = lambda **more: post(M, {"experiment_id": "${expm}", **more})
made = [
    post("experiments/create", {"name": "of models"}, keep={"expm": "experiment_id"}),
    post("runs/create", {"experiment_id": "${expm}", "run_name": "maker", "start_time": 1}, keep={"maker": "run.info.run_id"}),
    post(M, {"experiment_id": "${expm}", "name": "first", "model_type": "tree", "source_run_id": "${maker}", "params": [{"key": "depth", "value": "3"}], "tags": [{"key": "team", "value": "red"}]}, keep={"model1": "model.info.model_id"}),
    post(M, {"experiment_id": "${expm}", "name": "second"}, keep={"model2": "model.info.model_id"}),
    post(M, {"experiment_id": "${expm}"}, keep={"model3": "model.info.model_id"}),
    post(M, {"experiment_id": "${expm}", "name": "second"}, keep={"model4": "model.info.model_id"}),
    post(M, {"experiment_id": "${expm}", "name": None, "model_type": None, "source_run_id": None, "params": None, "tags": None}),
    *we_reword("characters are listed in another way", *[model(name=name) for name in ("a/b", "a:b", "a.b", "a%b", 'a"b', "a'b")]),
    *[model(name=name) for name in ("a b", "例", "${n*250}")],
    *[model(name=value) for value in (7, True, ["a"], {})],
    *[model(model_type=value) for value in (7, ["a"])],
    *[model(tags=value) for value in ("a", 7, {"a": "b"})],
    *we_take("the last param of a key counts", model(name="params twice", params=[{"key": "a", "value": "1"}, {"key": "a", "value": "1"}])),
    post(M, {"name": "no experiment"}),
    post(M, {"experiment_id": "", "name": "no experiment"}),
    post(M, {"experiment_id": "99999", "name": "no experiment"}),
    post(M, {"experiment_id": "x", "name": "no experiment"}),
    post(M, {"experiment_id": 0, "name": "no experiment"}),
    post(M, {}),
]
read = [
    get(of("model1")),
    get(of("model2")),
    get(f"{M}/m-absent"),
    get(f"{M}/m-00000000000000000000000000000000"),
    patch(of("model1"), {"status": "LOGGED_MODEL_READY"}),
    patch(of("model2"), {"status": "LOGGED_MODEL_UPLOAD_FAILED"}),
    patch(of("model3"), {"status": 2}),
    patch(of("model3"), {}),
    patch(of("model3"), {"status": None}),
    *we_refuse("there is no such status", patch(of("model3"), {"status": "NOPE"})),
    patch(of("model3"), {"status": "LOGGED_MODEL_READY"}),
    patch(f"{M}/m-absent", {"status": "LOGGED_MODEL_READY"}),
    get(of("model1")),
    get(of("model3")),
]
described = [
    *we_take(
        "the model is told",
        patch(of("model1", "/tags"), {"tags": [{"key": "team", "value": "blue"}, {"key": "more", "value": ""}]}),
        patch(of("model1", "/tags"), {"tags": []}),
        patch(of("model1", "/tags"), {}),
    ),
    patch(of("model1", "/tags"), {"tags": "a"}),
    patch(f"{M}/m-absent/tags", {"tags": [{"key": "a", "value": "b"}]}),
    get(of("model1")),
    delete(of("model1", "/tags/more")),
    delete(of("model1", "/tags/more")),
    delete(f"{M}/m-absent/tags/more"),
    described_by(of("model1", "/params"), {"params": [{"key": "eta", "value": "0.1"}]}),
    described_by(of("model1", "/params"), {"params": []}),
    described_by(of("model1", "/params"), {"params": "a"}),
    described_by(f"{M}/m-absent/params", {"params": [{"key": "a", "value": "b"}]}),
    get(of("model1")),
    post("runs/log-batch", {"run_id": "${maker}", "metrics": [{"key": "acc", "value": 0.9, "timestamp": 5, "step": 1, "model_id": "${model1}"}, {"key": "acc", "value": 0.7, "timestamp": 6, "step": 1, "model_id": "${model2}"}]}),
    post("runs/log-inputs", {"run_id": "${maker}", "datasets": [{"dataset": {"name": "d", "digest": "1", "source_type": "local", "source": "s"}}], "models": [{"model_id": "${model2}"}]}),
    post("runs/log-metric", {"run_id": "${maker}", "key": "loss", "value": 0.5, "timestamp": 7, "step": 2, "model_id": "${model1}", "dataset_name": "d", "dataset_digest": "1"}),
    post("runs/outputs", {"run_id": "${maker}", "models": [{"model_id": "${model1}", "step": 3}]}),
    get(of("model1")),
    get("runs/get", ("run_id", "${maker}")),
]
found = lambda **more: post(f"{M}/search", {"experiment_ids": ["${expm}"], "order_by": [{"field_name": "creation_time", "ascending": True}], "filter": "name IN ('first', 'second')", **more})
searched = [
    found(),
    found(filter="name = 'first'"),
    found(filter="metrics.acc > 0.8"),
    found(filter="metrics.acc < 0.8 AND name = 'second'"),
    found(filter="params.depth = '3'"),
    found(filter="tags.team = 'blue'"),
    *we_take("states are found by their names", found(filter="status = 'READY'")),
    found(filter="model_type = 'tree'"),
    found(filter="source_run_id = '${maker}'"),
    found(filter="metrics.loss < 1", datasets=[{"dataset_name": "d", "dataset_digest": "1"}]),
    found(filter="metrics.loss < 1", datasets=[{"dataset_name": "other"}]),
    found(max_results=2),
    found(order_by=[{"field_name": "metrics.acc", "ascending": False}], filter="metrics.acc > 0"),
    found(order_by=[{"field_name": "metrics.acc", "ascending": True}], filter="metrics.acc > 0"),
    found(filter="name"),
    found(filter="nothing = 'a'"),
    *we_reword("the names are listed", found(order_by=[{"field_name": "nothing"}])),
    found(max_results=0),
    *we_refuse("a page has rows", found(max_results=-1)),
    found(max_results="abc"),
    post(f"{M}/search", {"experiment_ids": []}),
    post(f"{M}/search", {}),
    post(f"{M}/search", {"experiment_ids": ["99999"]}),
]
deleted = [
    delete(of("model4")),
    get(of("model4")),
    get(of("model4"), ("allow_deleted", "true")),
    *we_reword("a truth is true or false", get(of("model4"), ("allow_deleted", "maybe"))),
    delete(of("model4")),
    delete(f"{M}/m-absent"),
    *we_refuse("what is deleted does not change", patch(of("model4"), {"status": "LOGGED_MODEL_READY"})),
    found(filter="name = 'second'"),
]
REQUESTS = [*made, *read, *described, *searched, *deleted]
