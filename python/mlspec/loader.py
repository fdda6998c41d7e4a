"""Loads models from their folders by their native flavor, without MLflow."""

import importlib
import os
import pickle
import sys
from typing import Any, Dict

from .errors import MlspecError, package_missing
from .mlmodel import read_mlmodel


def load_native(folder: str) -> Any:
    """The model as its library made it. A model of a flavor that is not known here is loaded through MLflow."""
    document = read_mlmodel(folder)
    flavors: Dict[str, Any] = document.get("flavors") or {}
    code = (flavors.get("python_function") or {}).get("code")
    if code:
        path = os.path.join(os.path.abspath(folder), code)
        if path not in sys.path:
            sys.path.insert(0, path)
    for flavor, load in _LOADERS.items():
        if flavor in flavors:
            return load(folder, flavors[flavor])
    if "python_function" in flavors:
        return _module("mlflow.pyfunc", "a model of this flavor").load_model(folder)
    raise MlspecError("COMPONENT_BAD_OUTPUT", f"the model has no flavor that can be loaded: {', '.join(flavors) or 'none'}")


def _module(name: str, needed_for: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise package_missing(f"loading {needed_for}", (error.name or name).split(".")[0]) from None


def _unpickle(path: str, form: Any) -> Any:
    if form not in (None, "pickle", "cloudpickle"):
        raise MlspecError("COMPONENT_BAD_OUTPUT", f"the model is serialized as {form}, which is loaded through MLflow only")
    if form == "cloudpickle":
        _module("cloudpickle", "the model")
    try:
        with open(path, "rb") as file:
            return pickle.load(file)
    except ModuleNotFoundError as error:
        raise package_missing("loading the model", (error.name or "").split(".")[0]) from None


def _load_sklearn(folder: str, flavor: Dict[str, Any]) -> Any:
    return _unpickle(os.path.join(folder, flavor["pickled_model"]), flavor.get("serialization_format"))


def _load_lightgbm(folder: str, flavor: Dict[str, Any]) -> Any:
    path = os.path.join(folder, flavor["data"])
    if flavor.get("model_class") == "lightgbm.basic.Booster":
        return _module("lightgbm", "a LightGBM model").Booster(model_file=path)
    return _unpickle(path, flavor.get("serialization_format"))


def _load_xgboost(folder: str, flavor: Dict[str, Any]) -> Any:
    module, _, name = str(flavor.get("model_class", "xgboost.core.Booster")).rpartition(".")
    if module.split(".")[0] != "xgboost":
        raise MlspecError("COMPONENT_BAD_OUTPUT", f"expected a class of xgboost, found {module}.{name}")
    model = getattr(_module(module, "an XGBoost model"), name)()
    model.load_model(os.path.join(folder, flavor["data"]))
    return model


def _load_pytorch(folder: str, flavor: Dict[str, Any]) -> Any:
    torch = _module("torch", "a PyTorch model")
    path = os.path.join(folder, flavor["model_data"], "model.pth")
    model = torch.load(path, map_location="cpu", weights_only=False)
    model.eval()
    return model


def _load_pickle(folder: str, flavor: Dict[str, Any]) -> Any:
    return _unpickle(os.path.join(folder, flavor["data"]), flavor.get("serialization_format"))


_LOADERS = {
    "sklearn": _load_sklearn,
    "lightgbm": _load_lightgbm,
    "xgboost": _load_xgboost,
    "pytorch": _load_pytorch,
    "mlspec_pickle": _load_pickle,
}
