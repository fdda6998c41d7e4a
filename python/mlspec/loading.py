"""Finds the function of a step: `module:function` or `file.py:function`, relative to the project."""

import importlib
import importlib.util
import os
import sys
from typing import Any, Callable, Tuple

from .errors import MlspecError, nearest, package_missing


def split_reference(reference: str) -> Tuple[str, str]:
    """`(module or file, function)` of a reference."""
    module, mark, function = reference.rpartition(":")
    if not mark or not module or not function.isidentifier():
        raise MlspecError(
            "COMPONENT_NOT_FOUND",
            f"expected module:function or file.py:function, found {reference!r}",
            "Write for example train.py:train.",
        )
    return module, function


def load_function(module: str, name: str, project_root: str) -> Callable[..., Any]:
    """Imports the module from the project and takes the function from it."""
    root = os.path.abspath(project_root)
    if root not in sys.path:
        sys.path.insert(0, root)
    loaded = _load_file(module, root) if module.endswith(".py") or "/" in module else _load_module(module, root)
    function = getattr(loaded, name, None)
    if function is None:
        names = [one for one, value in vars(loaded).items() if callable(value) and not one.startswith("_")]
        raise MlspecError(
            "COMPONENT_NOT_FOUND",
            f"{module} has no function {name}.{nearest(name, names)}",
            f"It has: {', '.join(sorted(names)) or 'no function'}.",
        )
    if not callable(function):
        raise MlspecError("COMPONENT_NOT_FOUND", f"{name} of {module} is a {type(function).__name__}, not a function")
    return function


def _load_module(module: str, root: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not (module == error.name or module.startswith(error.name + ".")):
            raise _missing_inside(module, error) from error
        near = nearest(f"{module}.py", [entry for entry in os.listdir(root) if entry.endswith(".py")])
        raise MlspecError(
            "COMPONENT_NOT_FOUND",
            f"there is no module {module} in the project or its environment.{near}",
            "A reference is module:function or file.py:function, relative to the declaration.",
        ) from None


def _missing_inside(module: str, error: ModuleNotFoundError) -> MlspecError:
    missing = package_missing(module, (error.name or "").split(".")[0])
    missing.message = f"{module} imports {error.name}, which this environment does not have"
    missing.args = (missing.message,)
    return missing


def _load_file(file: str, root: str) -> Any:
    path = os.path.abspath(os.path.join(root, file))
    if not os.path.isfile(path):
        folder = os.path.dirname(path)
        names = [entry for entry in (os.listdir(folder) if os.path.isdir(folder) else []) if entry.endswith(".py")]
        raise MlspecError(
            "COMPONENT_NOT_FOUND",
            f"there is no file {file} in the project.{nearest(os.path.basename(file), names)}",
            "A reference is module:function or file.py:function, relative to the declaration.",
        )
    folder, dotted = _package_of(path)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    importlib.invalidate_caches()
    known = sys.modules.get(dotted)
    if all(part.isidentifier() for part in dotted.split(".")) and (known is None or _is_from(known, path)):
        try:
            loaded = importlib.import_module(dotted)
        except ModuleNotFoundError as error:
            raise _missing_inside(file, error) from error
        if _is_from(loaded, path):
            return loaded
    return _load_under_own_name(path, dotted)


def _package_of(path: str) -> Tuple[str, str]:
    """The folder to import from and the dotted name: packages are known by their `__init__.py`."""
    parts = [os.path.splitext(os.path.basename(path))[0]]
    folder = os.path.dirname(path)
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, name = os.path.split(folder)
        parts.insert(0, name)
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    return folder, ".".join(parts)


def _is_from(module: Any, path: str) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and os.path.realpath(file) == os.path.realpath(path)


def _load_under_own_name(path: str, dotted: str) -> Any:
    """For a file whose name is that of another module, or no name at all."""
    name = "step_" + "".join(c if c.isalnum() else "_" for c in dotted)
    finder = sys.path_importer_cache.get(os.path.dirname(path))
    spec = importlib.util.spec_from_file_location(name, path)
    loader = getattr(finder, "recorder", None)
    if loader is not None and spec is not None:
        from .recorder import ProjectLoader

        spec = importlib.util.spec_from_file_location(name, path, loader=ProjectLoader(name, path, loader))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        sys.modules.pop(name, None)
        raise _missing_inside(os.path.basename(path), error) from error
    return module
