"""What a running step says: metrics, parameters, progress, log lines. Outside a run these calls check and do nothing."""

import json
import math
import os
import threading
import time
from typing import Any, Dict, List, Mapping, Optional

from .errors import MlspecError

_PROGRESS_EVERY_SECONDS = 0.1
_MARK = "[secret]"
# What the product itself says in an event; a secret may be as common a word.
_OWN_WORDS = {"type", "level"}


class Session:
    """The step that this process carries out."""

    def __init__(self, invocation: Mapping[str, Any]) -> None:
        self.invocation = invocation
        self.values: Dict[str, Any] = {}
        self.files: List[str] = []
        self.secrets = {name: os.environ.get(name, "") for name in invocation.get("secretNames", [])}
        self._lock = threading.Lock()
        self._handle = os.open(invocation["eventsPath"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._progress_at = -math.inf

    def tell(self, event: Mapping[str, Any]) -> None:
        """Appends one event, without secrets."""
        said = {name: value if name in _OWN_WORDS else self.redact(value) for name, value in event.items()}
        line = json.dumps({**said, "atMs": int(time.time() * 1000)}, ensure_ascii=False, allow_nan=False)
        with self._lock:
            os.write(self._handle, line.encode("utf-8", "replace") + b"\n")

    def redact(self, value: Any) -> Any:
        """A JSON value with a mark in place of each secret."""
        needles = [secret for secret in self.secrets.values() if secret]
        return _redact(value, sorted(needles, key=len, reverse=True)) if needles else value

    def redact_result(self, result: Mapping[str, Any]) -> Dict[str, Any]:
        """A result document without secrets in what the step said; its form, codes of errors and digests stay."""
        code, error = result["code"], result.get("error")
        clean = {
            **result,
            "outputs": {
                port: {**output, **({"properties": self.redact(output["properties"])} if "properties" in output else {})}
                for port, output in result["outputs"].items()
            },
            "values": self.redact(result["values"]),
            "code": {
                **code,
                "files": [{**file, "path": self.redact(file["path"])} for file in code["files"]],
                "absent": self.redact(code["absent"]),
            },
        }
        if error is not None:
            clean["error"] = {name: value if name == "code" else self.redact(value) for name, value in error.items()}
        return clean

    def progress_due(self, final: bool) -> bool:
        """Whether enough time has passed since the last progress event."""
        now = time.monotonic()
        if not final and now - self._progress_at < _PROGRESS_EVERY_SECONDS:
            return False
        self._progress_at = now
        return True


def _redact(value: Any, needles: List[str]) -> Any:
    if isinstance(value, str):
        for needle in needles:
            value = value.replace(needle, _MARK)
        return value
    if isinstance(value, dict):
        return {_redact(key, needles): _redact(item, needles) for key, item in value.items()}
    if isinstance(value, list):
        return [_redact(item, needles) for item in value]
    return value


current: Optional[Session] = None


def _tell(event: Mapping[str, Any]) -> None:
    if current is not None:
        current.tell(event)


def log(message: str, level: str = "info", **fields: Any) -> None:
    """Writes one line into the run's log. `level`: debug, info, warn or error."""
    if level not in ("debug", "info", "warn", "error"):
        raise ValueError(f"expected level to be debug, info, warn or error, found {level!r}")
    from .canonical import plain_json

    event = {"type": "log", "level": level, "message": str(message)}
    _tell({**event, "fields": plain_json(fields)} if fields else event)


def log_metric(name: str, value: Any, step: Optional[int] = None) -> None:
    """Records one number of the run, at a step of training where there are several. Not a number: a warning instead."""
    _check_name(name, "metric")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"expected metric {name} to be a number, found {value!r}") from None
    if math.isfinite(number):
        _tell({"type": "metric", "name": name, "value": number, "step": 0 if step is None else int(step)})
    else:
        log(f"metric {name} was {number} at step {step or 0} and was not recorded", level="warn")


def log_metrics(values: Mapping[str, Any], step: Optional[int] = None) -> None:
    """Records several numbers at once."""
    for name, value in values.items():
        log_metric(name, value, step)


def log_param(name: str, value: Any) -> None:
    """Records a parameter that the code itself chose."""
    _check_name(name, "parameter")
    from .canonical import plain_json

    _tell({"type": "param", "name": name, "value": plain_json(value)})


def log_artifact(path: Any, name: Optional[str] = None) -> None:
    """Keeps a copy of a file or folder with the run, beside the declared outputs. Logged again, a name holds the last."""
    source = os.fspath(path)
    if not os.path.exists(source):
        raise FileNotFoundError(f"log_artifact: there is no file or folder {source}")
    kept = os.path.basename(os.path.abspath(source)) if name is None else name
    if not kept or "\0" in kept or kept != os.path.normpath(kept) or os.path.isabs(kept) or kept.split("/")[0] in (".", ".."):
        raise ValueError(f"expected the name of an artifact to be a relative path, found {kept!r}")
    if current is None:
        return
    if current.redact(kept) != kept:
        raise ValueError("expected the name of an artifact to hold no secret, found one that does")
    from .artifacts import copy_tree, remove_tree

    destination = os.path.join(os.path.dirname(current.invocation["resultPath"]), "artifacts", kept)
    if kept in current.files:
        remove_tree(destination)
        current.files = [name for name in current.files if name != kept and not name.startswith(kept + "/")]
    os.makedirs(os.path.dirname(destination), exist_ok=True)
    copy_tree(source, destination)
    current.files.append(kept)


def progress(
    done: float, total: Optional[float] = None, unit: Optional[str] = None, message: Optional[str] = None
) -> None:
    """Says how far the step is. May be called as often as one likes: at most ten events a second are kept."""
    if current is None or not current.progress_due(final=total is not None and done >= total):
        return
    parts = {"done": float(done), "total": total, "unit": unit, "message": message}
    current.tell({"type": "progress", **{name: value for name, value in parts.items() if value is not None}})


def secret(name: str) -> str:
    """The value of a secret that the step declares. Outside a run: of the environment."""
    if current is not None and name not in current.secrets:
        declared = ", ".join(sorted(current.secrets)) or "none"
        raise MlspecError(
            "COMPONENT_SECRET_UNDECLARED",
            f"step {current.invocation['step']} does not declare the secret {name}; it declares: {declared}",
            f"Add {name} to secrets of the declaration and of the step.",
        )
    value = os.environ.get(name)
    if value is None:
        raise MlspecError(
            "PIPELINE_SECRET_MISSING",
            f"the secret {name} is not set in the environment",
            f"Set the variable {name} and run again.",
        )
    return value


def seed(value: Optional[int] = None) -> int:
    """Seeds `random`, and NumPy and PyTorch where they are loaded; by default with the step's own seed."""
    from .seeding import seed_loaded

    chosen = value if value is not None else (current.invocation.get("seed", 0) if current is not None else 0)
    seed_loaded(chosen)
    return chosen


def _check_name(name: Any, what: str) -> None:
    if not isinstance(name, str) or name == "":
        raise TypeError(f"expected the name of a {what} to be a text, found {name!r}")
