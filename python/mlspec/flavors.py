"""How the model of each library is written: its own file, and what the `MLmodel` file says of it."""

import hashlib
import os
import pickle
import pickletools
import shutil
import sys
import sysconfig
from typing import Any, Dict, List, NamedTuple, Set

from .errors import MlspecError
from .mlmodel import dump_yaml

# Fixed, so that the same model gives the same bytes on every version of Python.
PICKLE_PROTOCOL = 4


class Saved(NamedTuple):
    """What `MLmodel` says of a written model, and the names of the modules that loading it needs."""

    flavor: str
    python_function: Dict[str, Any]
    flavors: Dict[str, Any]
    modules: Set[str]


def class_name(model: Any) -> str:
    """`module.Class` of an object."""
    kind = type(model)
    return f"{kind.__module__}.{kind.__qualname__}"


def save_native(model: Any, folder: str) -> Saved:
    """Writes the model's own files into the folder."""
    packages = {base.__module__.split(".")[0] for base in type(model).__mro__}
    if "lightgbm" in packages:
        return _save_lightgbm(model, folder)
    if "xgboost" in packages:
        return _save_xgboost(model, folder)
    if "torch" in packages and hasattr(model, "state_dict"):
        return _save_pytorch(model, folder)
    if "sklearn" in packages:
        return _save_sklearn(model, folder)
    return _save_any(model, folder)


def _version(module: str) -> str:
    return str(getattr(sys.modules[module], "__version__", "")).split("+")[0]


def _save_sklearn(model: Any, folder: str) -> Saved:
    form, modules = _write_pickle(model, folder)
    code = _save_code(modules, folder)
    flavor = {
        "code": code,
        "pickled_model": "model.pkl",
        "serialization_format": form,
        "sklearn_version": _version("sklearn"),
    }
    pyfunc = {"loader_module": "mlflow.sklearn", "model_path": "model.pkl", "predict_fn": "predict", **_code(code)}
    return Saved("sklearn", pyfunc, {"sklearn": flavor}, modules | {"sklearn"})


def _save_lightgbm(model: Any, folder: str) -> Saved:
    common = {"lgb_version": _version("lightgbm"), "model_class": class_name(model)}
    if hasattr(model, "save_model") and not hasattr(model, "booster_"):
        common["model_class"] = "lightgbm.basic.Booster"
        model.save_model(os.path.join(folder, "model.lgb"))
        flavor = {**common, "code": None, "data": "model.lgb"}
        modules, code = {"lightgbm"}, None
    else:
        form, modules = _write_pickle(model, folder)
        code = _save_code(modules, folder)
        flavor = {**common, "code": code, "data": "model.pkl", "serialization_format": form}
    pyfunc = {"loader_module": "mlflow.lightgbm", "data": flavor["data"], **_code(code)}
    return Saved("lightgbm", pyfunc, {"lightgbm": flavor}, modules | {"lightgbm"})


def _save_xgboost(model: Any, folder: str) -> Saved:
    model.save_model(os.path.join(folder, "model.ubj"))
    flavor = {
        "code": None,
        "data": "model.ubj",
        "model_class": class_name(model),
        "model_format": "ubj",
        "xgb_version": _version("xgboost"),
    }
    pyfunc = {"loader_module": "mlflow.xgboost", "data": "model.ubj"}
    modules = {"xgboost"} | ({"sklearn"} if ".sklearn." in class_name(model) else set())
    return Saved("xgboost", pyfunc, {"xgboost": flavor}, modules)


def _save_pytorch(model: Any, folder: str) -> Saved:
    torch = sys.modules["torch"]
    data = os.path.join(folder, "data")
    os.makedirs(data, exist_ok=True)
    path = os.path.join(data, "model.pth")
    training = model.training
    model.eval()
    try:
        torch.save(model, path)
    except (pickle.PicklingError, AttributeError) as error:
        raise _not_picklable(model, error) from error
    finally:
        model.train(training)
    with open(os.path.join(data, "pickle_module_info.txt"), "w", encoding="ascii") as file:
        file.write("pickle")
    modules = {type(part).__module__ for part in model.modules()}
    code = _save_code(modules, folder)
    pyfunc = {
        "loader_module": "mlflow.pytorch",
        "data": "data",
        "pickle_module_name": "pickle",
        "config": {"device": None},
        **_code(code),
    }
    flavor = {"code": code, "model_data": "data", "pytorch_version": str(torch.__version__)}
    return Saved("pytorch", pyfunc, {"pytorch": flavor}, modules | {"torch", "numpy", "pandas"})


def _save_any(model: Any, folder: str) -> Saved:
    form, modules = _write_pickle(model, folder)
    _save_code(modules, folder)
    code = os.path.join(folder, "code")
    os.makedirs(code, exist_ok=True)
    here = os.path.dirname(os.path.abspath(__file__))
    shutil.copyfile(os.path.join(here, "pickle_loader.py"), os.path.join(code, "mlspec_pickle_loader.py"))
    pyfunc = {"loader_module": "mlspec_pickle_loader", "data": "model.pkl", "code": "code"}
    flavor = {"code": "code", "data": "model.pkl", "model_class": class_name(model), "serialization_format": form}
    return Saved("pickle", pyfunc, {"mlspec_pickle": flavor}, modules)


def _code(code: Any) -> Dict[str, Any]:
    return {} if code is None else {"code": code}


def _write_pickle(model: Any, folder: str) -> Any:
    """Pickles with the standard library, and with cloudpickle what it cannot (functions made inside functions)."""
    form = "pickle"
    try:
        data = pickle.dumps(model, protocol=PICKLE_PROTOCOL)
    except Exception as error:
        try:
            import cloudpickle
        except ImportError:
            raise _not_picklable(model, error) from error
        try:
            data, form = cloudpickle.dumps(model, protocol=PICKLE_PROTOCOL), "cloudpickle"
        except Exception as second:
            raise _not_picklable(model, second) from second
    with open(os.path.join(folder, "model.pkl"), "wb") as file:
        file.write(data)
    modules = _modules_of(data) | {type(model).__module__}
    return form, modules | ({"cloudpickle"} if form == "cloudpickle" else set())


def _not_picklable(model: Any, error: BaseException) -> MlspecError:
    return MlspecError(
        "COMPONENT_BAD_OUTPUT",
        f"a model of class {class_name(model)} cannot be pickled: {error}",
        "Define classes and functions of the model at the top of a module, or add cloudpickle to the environment.",
    )


def _modules_of(data: bytes) -> Set[str]:
    """The modules that a pickle names."""
    found: Set[str] = set()
    texts: List[str] = []
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name == "GLOBAL":
            found.add(str(argument).split(" ")[0])
        elif opcode.name == "STACK_GLOBAL":
            # The module is one of the texts before; those that are modules here are taken, at worst one too many.
            found.update(text for text in texts if text in sys.modules)
        elif isinstance(argument, str):
            texts.append(argument)
    return found


def _save_code(modules: Set[str], folder: str) -> Any:
    """Copies the project's own modules that the model needs into `code/`. None where it needs none."""
    if not any(_is_own(name) for name in modules):
        return None
    # What the needed modules import cannot be known without running them: all of the project's that are loaded go along.
    for name in sorted(sys.modules):
        if _is_own(name):
            _copy_module(name, os.path.join(folder, "code"))
    if any(_imports_this_package(name) for name in list(sys.modules) if _is_own(name)):
        here = os.path.dirname(os.path.abspath(__file__))
        target = os.path.join(folder, "code", "mlspec")
        shutil.copytree(here, target, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    return "code"


def _is_own(name: str) -> bool:
    """Whether a module is the source of the running step's project; outside a run, any that is not installed."""
    if name.split(".")[0] in ("mlspec", "__main__", "__mp_main__"):
        return False
    file = getattr(sys.modules.get(name), "__file__", None)
    if not isinstance(file, str) or not file.endswith(".py") or not os.path.isabs(file) or not os.path.isfile(file):
        return False
    from . import session

    if session.current is not None and not file.startswith(session.current.invocation["projectRoot"] + os.sep):
        return False
    paths = sysconfig.get_paths()
    installed = (paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"], sys.prefix + os.sep + "lib")
    return not file.startswith(installed) and not {"site-packages", "dist-packages"} & set(file.split(os.sep))


def _imports_this_package(name: str) -> bool:
    values = vars(sys.modules[name]).values()
    return any((getattr(value, "__module__", None) or "").split(".")[0] == "mlspec" for value in values) or any(
        getattr(value, "__name__", "") == "mlspec" for value in values
    )


def _copy_module(name: str, code: str) -> None:
    module = sys.modules[name]
    parts = name.split(".")
    file = str(module.__file__)
    is_package = os.path.basename(file) == "__init__.py"
    target = os.path.join(code, *parts, "__init__.py") if is_package else os.path.join(code, *parts) + ".py"
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copyfile(file, target)


def write_mlmodel(folder: str, document: Dict[str, Any]) -> None:
    """Writes the `MLmodel` file. Its id is that of the contents."""
    state = hashlib.sha256()
    size = 0
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(parent, name)
            with open(path, "rb") as file:
                data = file.read()
            size += len(data)
            state.update(f"{os.path.relpath(path, folder)}\0{len(data)}\0".encode() + data)
    whole = {**document, "model_size_bytes": size, "model_uuid": state.hexdigest()[:32]}
    with open(os.path.join(folder, "MLmodel"), "w", encoding="utf-8") as file:
        file.write(dump_yaml(whole))
