"""A worker that loads one model and answers: `python -m mlspec.predict MODEL`.

One JSON document a line on standard input, one answer a line on standard output:

    {"id": 1, "op": "file", "input": "part.parquet", "output": "predictions.parquet", "keep": ["__row"]}
    {"id": 2, "op": "rows", "columns": {"distance": [0.3, null], "origin": [4, 7]}}

A classifier with scores answers the columns `score_0`, `score_1`, ... in the order of its classes, everything else the
column `prediction`. The first line that it writes says what it loaded. What the model itself prints goes to standard
error.
"""

import json
import math
import os
import sys
from typing import Any, Dict, List, Optional, Tuple

from .loader import load_native
from .mlmodel import read_mlmodel


class Worker:
    """One loaded model."""

    def __init__(self, folder: str) -> None:
        document = read_mlmodel(folder)
        self.model = load_native(folder)
        own = (document.get("metadata") or {}).get("mlspec") or {}
        classes = own.get("classes")
        self.classes: Optional[list] = classes if classes is not None else plain_list(getattr(self.model, "classes_", None))
        self.features = own.get("features") or feature_names(self.model)
        self.library = library_of(self.model)

    @property
    def description(self) -> Dict[str, Any]:
        """What the model is, for the first line."""
        return {"library": self.library, "features": self.features, "classes": self.classes}

    def predict(self, frame: Any) -> Dict[str, Any]:
        """The answer's columns for a pandas.DataFrame."""
        if self.features is not None:
            missing = [name for name in self.features if name not in frame.columns]
            if missing:
                raise ValueError(f"the model takes {', '.join(self.features)}; missing: {', '.join(missing)}")
            frame = frame[self.features]
        scores, predictions = score(self.model, self.library, frame, self.classes)
        if scores is None:
            return {"prediction": predictions}
        return {f"score_{index}": scores[:, index] for index in range(scores.shape[1])}

    def answer(self, request: Dict[str, Any]) -> Dict[str, Any]:
        """The answer to one request."""
        import pandas

        if request["op"] == "rows":
            columns = self.predict(frame_of(request["columns"]))
            return {"columns": {name: [plain(value) for value in values] for name, values in columns.items()}}
        if request["op"] == "file":
            frame = pandas.read_parquet(request["input"])
            kept = {name: frame[name] for name in request.get("keep", []) if name in frame.columns}
            if self.features is None:
                # The whole table would show it the label.
                raise ValueError("the model does not say which columns it takes; save it with features= or input_example=")
            answers = self.predict(frame)
            require_numbers(answers)
            table = pandas.DataFrame({**kept, **answers})
            table.to_parquet(request["output"], index=False, compression="zstd")
            return {"rows": len(table)}
        raise ValueError(f"expected op rows or file, found {request['op']!r}")


def frame_of(columns: Dict[str, list]) -> Any:
    """Columns of JSON values as a pandas.DataFrame; where nothing is present it is of numbers, as in a file."""
    import pandas

    frame = pandas.DataFrame(columns)
    empty = [name for name, values in columns.items() if all(value is None for value in values)]
    return frame.astype({name: "float64" for name in empty}) if empty else frame


def require_numbers(answers: Dict[str, Any]) -> None:
    """Raises ValueError where an answer is NaN or an infinity, which no metric could use."""
    import numpy

    for name, values in answers.items():
        array = numpy.asarray(values)
        if array.dtype.kind == "f" and not numpy.isfinite(array).all():
            row = int(numpy.argmin(numpy.isfinite(array)))
            raise ValueError(f"the model answered NaN or an infinity in {name} for row {row}")


def score(model: Any, library: str, frame: Any, classes: Optional[list]) -> Tuple[Any, Any]:
    """`(scores, predictions)`: `float64[rows, classes]` and None for a classifier, else None and one value a row."""
    import numpy

    if library == "torch":
        return _score_torch(model, frame, classes)
    if type(model).__name__ == "Booster":
        return _from_raw(numpy.asarray(_predict_booster(model, library, frame), dtype=float), classes)
    if hasattr(model, "predict_proba"):
        return numpy.asarray(model.predict_proba(frame), dtype=float), None
    return None, numpy.asarray(model.predict(frame))


def _predict_booster(model: Any, library: str, frame: Any) -> Any:
    if library == "xgboost":
        import xgboost

        return model.predict(xgboost.DMatrix(frame))
    return model.predict(frame)


def _score_torch(model: Any, frame: Any, classes: Optional[list]) -> Tuple[Any, Any]:
    import numpy
    import torch

    model.eval()
    with torch.no_grad():
        raw = model(torch.tensor(frame.to_numpy(dtype=numpy.float32))).numpy().astype(float)
    if classes is None:
        return None, raw.reshape(len(frame))
    if raw.ndim == 1 or raw.shape[1] == 1:
        return _from_raw(1.0 / (1.0 + numpy.exp(-raw.reshape(len(frame)))), classes)
    shifted = numpy.exp(raw - raw.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True), None


def _from_raw(raw: Any, classes: Optional[list]) -> Tuple[Any, Any]:
    import numpy

    if classes is None:
        return None, raw
    return (numpy.column_stack([1.0 - raw, raw]) if raw.ndim == 1 else raw), None


def library_of(model: Any) -> str:
    """Which library made a model: lightgbm, xgboost, torch, sklearn, or pickle for everything else."""
    packages = {kind.__module__.split(".")[0] for kind in type(model).__mro__}
    return next((name for name in ("lightgbm", "xgboost", "torch", "sklearn") if name in packages), "pickle")


def feature_names(model: Any) -> Optional[List[str]]:
    """The columns that a model takes, in order, where it remembers them."""
    for attribute in ("feature_names_in_", "feature_name_", "feature_names"):
        names = getattr(model, attribute, None)
        if names is not None and not callable(names):
            return [str(name) for name in names]
    if callable(getattr(model, "feature_name", None)):
        return [str(name) for name in model.feature_name()]
    return None


def plain_list(values: Any) -> Optional[list]:
    """NumPy's values as Python's."""
    return None if values is None else [plain(value) for value in values]


def plain(value: Any) -> Any:
    """A value that JSON can hold; NaN and infinities are null."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def main(folder: str) -> int:
    """Answers until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    worker = Worker(folder)
    answers.write(json.dumps({"ready": True, "description": worker.description}) + "\n")
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = worker.answer(request)
        except Exception as error:  # the answer to a wrong request is an answer
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps({"id": request["id"], **answer}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
