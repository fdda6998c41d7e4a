"""An exception as the `error` of a result document."""

import os
import traceback
from typing import Any, Dict, List

from .errors import Canceled, MlspecError, RetryableError

_OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep
_LIMIT = 20_000


def describe_failure(error: BaseException, project_root: str) -> Dict[str, Any]:
    """Code, message, hint and, for errors of the step's own code, the traceback from its first line on."""
    if isinstance(error, MlspecError):
        described = {"code": error.code, "message": error.message, "retryable": False}
        if error.hint:
            described["hint"] = error.hint
        if isinstance(error.__cause__, BaseException):
            described["traceback"] = trimmed_traceback(error.__cause__, project_root)
        return described
    if isinstance(error, Canceled):
        return {"code": "CANCELED", "message": "the step was asked to end", "retryable": True}
    if isinstance(error, MemoryError):
        described = {"code": "PIPELINE_MEMORY_LIMIT", "message": f"the step ran out of memory {error}".strip()}
    else:
        described = {"code": "PIPELINE_STEP_FAILED", "message": _message(error, project_root)}
    retryable = isinstance(error, RetryableError) or (isinstance(error, SystemExit) and error.code == 75)
    return {**described, "traceback": trimmed_traceback(error, project_root), "retryable": retryable}


def _message(error: BaseException, root: str) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return f"{type(error).__name__}: {error.msg} ({_relative(error.filename, root)}, line {error.lineno})"
    if isinstance(error, SystemExit):
        return f"the step ended itself with sys.exit({error.code!r})"
    text = "".join(traceback.format_exception_only(type(error), error)).strip()
    return text[:_LIMIT]


def trimmed_traceback(error: BaseException, project_root: str) -> str:
    """The traceback from the first line of the project on; of long stretches inside libraries only the last line."""
    formatted = traceback.TracebackException.from_exception(error)
    _trim(formatted, os.path.abspath(project_root), set())
    text = "".join(formatted.format()).rstrip()
    return text if len(text) <= _LIMIT else text[: _LIMIT // 2] + "\n  …\n" + text[-_LIMIT // 2 :]


def _trim(formatted: Any, root: str, seen: set) -> None:
    if formatted is None or id(formatted) in seen:
        return
    seen.add(id(formatted))
    frames = [frame for frame in formatted.stack if not frame.filename.startswith((_OWN, "<frozen"))]
    kept: List[Any] = []
    for frame, following in zip(frames, [*frames[1:], None]):
        own = _is_own(frame.filename, root)
        if own or following is None or _is_own(following.filename, root):
            if own or kept or following is None:
                kept.append(_shorten(frame, root))
    formatted.stack = traceback.StackSummary.from_list(kept)
    if isinstance(getattr(formatted, "filename", None), str):
        formatted.filename = _relative(formatted.filename, root)
    for inner in (formatted.__cause__, formatted.__context__):
        _trim(inner, root, seen)


def _is_own(filename: str, root: str) -> bool:
    return filename.startswith(root + os.sep) and "site-packages" not in filename


def _shorten(frame: Any, root: str) -> Any:
    frame.filename = _relative(frame.filename, root)
    return frame


def _relative(filename: str, root: str) -> str:
    return os.path.relpath(filename, root) if filename.startswith(root + os.sep) else filename
