"""Signatures and input examples of models, in MLflow's notation."""

import json
import os
from typing import Any, Dict, List, Optional

from .canonical import plain_json
from .errors import MlspecError

EXAMPLE_ROWS = 5

_PANDAS_TYPES = {
    "bool": "boolean",
    "boolean": "boolean",
    "int8": "integer",
    "int16": "integer",
    "int32": "integer",
    "uint8": "integer",
    "uint16": "integer",
    "int64": "long",
    "uint32": "long",
    "float16": "float",
    "float32": "float",
    "float64": "double",
    "object": "string",
    "str": "string",
    "string": "string",
}


def describe_signature(signature: Any, example: Any, model: Any) -> Optional[Dict[str, Any]]:
    """The `signature` of an `MLmodel` file: as given, else from the example and what the model answers to it."""
    if signature is None:
        return None if example is None else _infer(example, model)
    given = signature.to_dict() if hasattr(signature, "to_dict") else signature
    if not isinstance(given, dict) or "inputs" not in given:
        raise MlspecError(
            "COMPONENT_BAD_OUTPUT",
            f"expected signature to be MLflow's or a map with inputs and outputs, found {type(signature).__name__}",
            "Leave signature out and give input_example.",
        )
    texts = {name: given.get(name) for name in ("inputs", "outputs", "params")}
    return {
        name: value if value is None or isinstance(value, str) else json.dumps(plain_json(value))
        for name, value in texts.items()
    }


def feature_names(example: Any, model: Any) -> Optional[List[str]]:
    """The columns that the model takes, in order: of the example, else as a scikit-learn estimator remembers them."""
    names = getattr(example, "columns", None)
    if names is None:
        names = getattr(model, "feature_names_in_", None)
    return None if names is None else [str(name) for name in names]


def _infer(example: Any, model: Any) -> Dict[str, Any]:
    outputs = None
    try:
        outputs = _columns(_answer(model, example))
    except Exception:
        # A signature without outputs is still a signature; what fails here fails again where the model is used.
        pass
    inputs = _columns(example)
    return {"inputs": _text(inputs), "outputs": _text(outputs), "params": None}


def _answer(model: Any, example: Any) -> Any:
    if hasattr(model, "predict"):
        return model.predict(example)
    if hasattr(model, "state_dict"):
        import torch

        with torch.no_grad():
            values = example.to_numpy() if hasattr(example, "to_numpy") else example
            return model(torch.as_tensor(values, dtype=torch.float32)).numpy()
    return model(example)


def _text(columns: Optional[List[Dict[str, Any]]]) -> Optional[str]:
    return None if columns is None else json.dumps(columns)


def _columns(table: Any) -> Optional[List[Dict[str, Any]]]:
    if hasattr(table, "to_pandas") and not hasattr(table, "iloc"):
        table = table.to_pandas()
    if hasattr(table, "dtypes") and hasattr(table, "columns"):
        types = [_type_name(table[name].dtype) for name in table.columns]
        return [{"type": kind, "name": str(name), "required": True} for kind, name in zip(types, table.columns)]
    if hasattr(table, "dtype") and hasattr(table, "name") and hasattr(table, "iloc"):
        return [{"type": _type_name(table.dtype), "required": True}]
    if hasattr(table, "dtype") and hasattr(table, "shape"):
        spec = {"dtype": _tensor_type(table.dtype), "shape": [-1, *list(table.shape)[1:]]}
        return [{"type": "tensor", "tensor-spec": spec}]
    return None


def _tensor_type(dtype: Any) -> str:
    return "str" if getattr(dtype, "kind", "") in "OUS" else str(dtype)


def _type_name(dtype: Any) -> str:
    name = str(dtype).lower()
    if name == "category":
        return _type_name(dtype.categories.dtype)
    if name.startswith("datetime"):
        return "datetime"
    return _PANDAS_TYPES.get(name.split("[")[0], "string")


def save_example(example: Any, folder: str) -> Dict[str, Any]:
    """Writes the first rows of the example beside the model; answers what `MLmodel` says of it."""
    if hasattr(example, "to_pandas") and not hasattr(example, "iloc"):
        example = example.to_pandas()
    if hasattr(example, "iloc") and hasattr(example, "columns"):
        head = example.head(EXAMPLE_ROWS)
        rows = [plain_json(list(row)) for row in head.itertuples(index=False, name=None)]
        content: Dict[str, Any] = {"columns": [str(name) for name in head.columns], "data": rows}
        serving: Dict[str, Any] = {"dataframe_split": content}
        info = {"type": "dataframe", "pandas_orient": "split"}
    else:
        data = plain_json(example[:EXAMPLE_ROWS] if hasattr(example, "__getitem__") else example)
        content = {"inputs": data}
        serving = content
        info = {"type": "ndarray", "format": "tf-serving"}
    for name, value in (("input_example.json", content), ("serving_input_example.json", serving)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            json.dump(value, file, ensure_ascii=False, allow_nan=False)
    return {"artifact_path": "input_example.json", "serving_input_path": "serving_input_example.json", **info}
