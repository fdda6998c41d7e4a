"""Write the steps of a machine-learning pipeline as plain Python functions.

Names are loaded at first use, so that importing the package costs next to nothing.
"""

from typing import TYPE_CHECKING

__version__ = "0.1.0"

_HOMES = {
    "InputArtifact": "ports",
    "OutputArtifact": "ports",
    "Parameter": "ports",
    "Input": "ports",
    "Output": "ports",
    "Param": "ports",
    "OutputDict": "ports",
    "component": "ports",
    "check": "own_check",
    "Artifact": "artifacts",
    "Dataset": "artifacts",
    "Predictions": "artifacts",
    "Statistics": "artifacts",
    "Schema": "artifacts",
    "Split": "artifacts",
    "Transform": "artifacts",
    "Metrics": "artifacts",
    "Report": "artifacts",
    "Verdict": "artifacts",
    "Model": "model",
    "Package": "model",
    "log": "session",
    "log_metric": "session",
    "log_metrics": "session",
    "log_param": "session",
    "log_artifact": "session",
    "progress": "session",
    "secret": "session",
    "seed": "session",
    "MlspecError": "errors",
    "RetryableError": "errors",
    "Spec": "spec",
    "compare": "comparison",
    "list_runs": "run_list",
    "part_of_key": "key_parts",
    "fold_of_key": "key_parts",
}

#: What IPython asks for with `%load_ext mlspec`.
_EXTENSION = {"load_ipython_extension": "notebook", "unload_ipython_extension": "notebook"}

__all__ = sorted([*_HOMES, "run"])

if TYPE_CHECKING:
    from .artifacts import (
        Artifact,
        Dataset,
        Metrics,
        Predictions,
        Report,
        Schema,
        Split,
        Statistics,
        Transform,
        Verdict,
    )
    from .comparison import compare
    from .errors import MlspecError, RetryableError
    from .key_parts import fold_of_key, part_of_key
    from .model import Model, Package
    from .own_check import check
    from .ports import Input, InputArtifact, Output, OutputArtifact, OutputDict, Param, Parameter, component
    from .run_list import list_runs
    from .runs import load_run as run
    from .session import log, log_artifact, log_metric, log_metrics, log_param, progress, secret, seed
    from .spec import Spec


def __getattr__(name):
    import importlib

    if name == "run":
        # `mlspec.run("latest")` answers a run and `python -m mlspec.run` carries out a step: the module is callable.
        return importlib.import_module("mlspec.run")
    home = _HOMES.get(name) or _EXTENSION.get(name)
    if home is None:
        raise AttributeError(f"module 'mlspec' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"mlspec.{home}"), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *__all__})
