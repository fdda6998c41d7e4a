"""Loads a package as an MLflow model: raw rows in, the declared transformation, the model, predictions and scores out.

Copied into packages under `code/mlspec_package/`, beside the twin of the transformations; needs neither this program nor Node.
"""

import json
import os
from typing import Any, Dict, List, Optional

from .transform import FittedTransform


class PackageModel:
    """A package ready to answer. `predict` takes a pandas.DataFrame of raw rows, or what makes one."""

    def __init__(self, folder: str) -> None:
        with open(os.path.join(folder, "package.json"), encoding="utf-8") as file:
            self.package: Dict[str, Any] = json.load(file)
        self.transform = FittedTransform.load(os.path.join(folder, "transform.json"))
        self.answer = _open(os.path.join(folder, "model"), self.package)

    def predict(self, data: Any, params: Optional[Dict[str, Any]] = None) -> Any:
        """A DataFrame with `prediction` and, for classifiers, one column of scores a class, with the index of `data`."""
        import pandas

        frame = data if isinstance(data, pandas.DataFrame) else pandas.DataFrame(data)
        features = self.transform.apply_frame(frame)
        answers = self.answer(features)
        return pandas.DataFrame(decide(answers, self.package), index=frame.index)


def decide(answers: Dict[str, Any], package: Dict[str, Any]) -> Dict[str, Any]:
    """Scores as predictions: from the threshold on the positive class in a binary task, else the highest score (ties: the first)."""
    import numpy

    classes: Optional[List[Any]] = package["classes"]
    scores = [numpy.asarray(values, dtype=float) for name, values in answers.items() if name.startswith("score_")]
    if classes is None or not scores:
        return {"prediction": answers["prediction"] if "prediction" in answers else scores[-1]}
    matrix = numpy.column_stack(scores)
    if package["positive"] is not None:
        positive = package["positive"]
        chosen = numpy.where(matrix[:, positive] >= package["threshold"], positive, 1 - positive)
    else:
        chosen = numpy.argmax(matrix, axis=1)
    labels = numpy.asarray(classes, dtype=object)[chosen]
    kinds = {type(value) for value in classes}
    prediction = labels.astype(kinds.pop()) if len(kinds) == 1 and kinds <= {bool, int, float} else labels
    return {"prediction": prediction, **dict(zip(package["scores"], scores))}


def _open(folder: str, package: Dict[str, Any]) -> Any:
    if package["library"] == "onnx":
        return _OnnxModel(folder, package)
    from .predict import Worker

    worker = Worker(folder)
    return worker.predict


class _OnnxModel:
    """A model that was made as ONNX: one input of all features."""

    def __init__(self, folder: str, package: Dict[str, Any]) -> None:
        import onnxruntime

        with open(os.path.join(folder, "MLmodel"), encoding="utf-8") as file:
            flavor = json.load(file)["flavors"]["mlspec"]
        self.package = package
        self.features = flavor["features"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            os.path.join(folder, flavor["data"]), options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, frame: Any) -> Dict[str, Any]:
        import numpy

        entry = self.session.get_inputs()[0]
        kind = "float64" if entry.type == "tensor(double)" else "float32"
        outputs = self.session.run(None, {entry.name: frame[self.features].to_numpy(dtype=kind)})
        numbers = [values for values in outputs if isinstance(values, numpy.ndarray) and values.dtype.kind == "f"]
        classes = self.package["classes"]
        if classes is None:
            values = next(one for one in numbers if one.size == len(frame))
            return {"prediction": values.reshape(len(frame)).astype(float)}
        whole = [one for one in numbers if one.size == len(frame) * len(classes)]
        if whole:
            matrix = whole[0].reshape(len(frame), len(classes)).astype(float)
            return {f"score_{index}": matrix[:, index] for index in range(len(classes))}
        positive = next(one for one in numbers if one.size == len(frame)).reshape(len(frame)).astype(float)
        return {"score_0": 1.0 - positive, "score_1": positive}


def _load_pyfunc(path: str) -> PackageModel:
    """What MLflow calls. `path` is the folder `data/` of the package."""
    return PackageModel(path)
