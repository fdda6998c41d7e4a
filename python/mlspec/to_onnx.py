"""Converts a model's folder to ONNX: `python -m mlspec.to_onnx MODEL OUTPUT`, where OUTPUT is the path of the .onnx file.

The last line on standard output is a JSON document: `{"converter": ..., "input": "float32"|"float64"}`, or `{"error": ...}`
with `"package"` where a package is missing. The graph takes one input `features` (rows, features) and answers probabilities
of the classes, or one number a row; nothing in it depends on the time.
"""

import importlib
import json
import os
import sys
import warnings
from typing import Any, Dict, Optional

from .predict import Worker

OPSET = 15


class Unconvertible(Exception):
    """The model cannot be converted. `package`: what is missing, where that is why."""

    def __init__(self, message: str, package: Optional[str] = None) -> None:
        super().__init__(message)
        self.package = package


def convert(folder: str, output: str) -> Dict[str, Any]:
    """Writes the ONNX file; answers which converter made it and which type its input has."""
    worker = Worker(folder)
    if worker.features is None:
        raise Unconvertible("the model does not say which columns it takes; save it with input_example")
    convert_one = {
        "sklearn": _from_sklearn,
        "lightgbm": _from_lightgbm,
        "xgboost": _from_xgboost,
        "torch": _from_torch,
    }.get(worker.library)
    if convert_one is None:
        raise Unconvertible(f"there is no converter for models of the kind {worker.library}")
    return convert_one(worker, output)


def _import(name: str, needed_for: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = (error.name or name).split(".")[0]
        raise Unconvertible(f"converting a {needed_for} model needs the package {package}", package) from None


def _write(model: Any, output: str) -> None:
    model.producer_name, model.producer_version, model.doc_string = "mlspec", "", ""
    model.graph.name = "model"
    scores = [port for port in model.graph.output if port.name == "probabilities"]
    if scores:
        # Labels follow from scores and the declared threshold; the converters' own labels would contradict it.
        del model.graph.output[:]
        model.graph.output.extend(scores)
    with open(output, "wb") as file:
        file.write(model.SerializeToString(deterministic=True))


def _from_sklearn(worker: Worker, output: str) -> Dict[str, Any]:
    skl2onnx = _import("skl2onnx", "scikit-learn")
    types = _import("skl2onnx.common.data_types", "scikit-learn")
    options = {id(worker.model): {"zipmap": False}} if hasattr(worker.model, "predict_proba") else None
    initial = [("features", types.FloatTensorType([None, len(worker.features)]))]
    _write(skl2onnx.convert_sklearn(worker.model, initial_types=initial, options=options, target_opset=OPSET), output)
    return {"converter": "skl2onnx", "input": "float32"}


def _from_lightgbm(worker: Worker, output: str) -> Dict[str, Any]:
    onnxmltools = _import("onnxmltools", "LightGBM")
    types = _import("onnxmltools.convert.common.data_types", "LightGBM")
    initial = [("features", types.FloatTensorType([None, len(worker.features)]))]
    estimator = worker.model
    classes = getattr(estimator, "_classes", None)
    if classes is not None:
        # The converter writes labels that are texts or whole numbers only; scores are what counts.
        estimator._classes = _import("numpy", "LightGBM").arange(len(classes))
    try:
        model = onnxmltools.convert_lightgbm(estimator, initial_types=initial, zipmap=False, target_opset=OPSET)
    finally:
        if classes is not None:
            estimator._classes = classes
    _write(model, output)
    return {"converter": "onnxmltools", "input": "float32"}


def _from_xgboost(worker: Worker, output: str) -> Dict[str, Any]:
    onnxmltools = _import("onnxmltools", "XGBoost")
    types = _import("onnxmltools.convert.common.data_types", "XGBoost")
    model = worker.model
    booster = model.get_booster() if hasattr(model, "get_booster") else model
    names = booster.feature_names
    # The converter knows columns as f0, f1, ... only.
    booster.feature_names = [f"f{index}" for index in range(len(worker.features))]
    try:
        initial = [("features", types.FloatTensorType([None, len(worker.features)]))]
        _write(onnxmltools.convert_xgboost(model, initial_types=initial, target_opset=OPSET), output)
    finally:
        booster.feature_names = names
    return {"converter": "onnxmltools", "input": "float32"}


def _from_torch(worker: Worker, output: str) -> Dict[str, Any]:
    torch = _import("torch", "PyTorch")
    _import("onnx", "PyTorch")
    classes = worker.classes

    class Answer(torch.nn.Module):
        def __init__(self, model: Any) -> None:
            super().__init__()
            self.model = model

        def forward(self, rows: Any) -> Any:
            raw = self.model(rows)
            if classes is None:
                return raw
            if raw.ndim == 1 or raw.shape[1] == 1:
                return torch.sigmoid(raw.reshape(-1))
            return torch.softmax(raw, dim=1)

    rows = torch.zeros((2, len(worker.features)), dtype=torch.float32)
    axes = {"features": {0: "rows"}, "answer": {0: "rows"}}
    names = {"input_names": ["features"], "output_names": ["answer"], "dynamic_axes": axes}
    path = f"{output}.part"
    torch.onnx.export(Answer(worker.model).eval(), (rows,), path, opset_version=OPSET, dynamo=False, **names)
    onnx = importlib.import_module("onnx")
    model = onnx.load(path)
    os.remove(path)
    for node in model.graph.node:
        node.doc_string = ""
    _write(model, output)
    return {"converter": "torch.onnx", "input": "float32"}


def main(folder: str, output: str) -> int:
    """Converts and says how it went."""
    said = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    try:
        answer = convert(folder, output)
    except Unconvertible as error:
        answer = {"error": str(error), "package": error.package}
    except Exception as error:  # what a converter does not know is told, whatever it raises
        answer = {"error": f"{type(error).__name__}: {error}", "package": None}
    said.write(json.dumps(answer) + "\n")
    said.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
