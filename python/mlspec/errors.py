"""Errors with a code, a message and what to do."""

from typing import Iterable, Optional


class MlspecError(Exception):
    """The step cannot be carried out as declared. The code stands in the reference of errors."""

    def __init__(self, code: str, message: str, hint: Optional[str] = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class RetryableError(Exception):
    """Raise it for a failure that may pass by itself: the step is tried again as often as its `retries` say."""


class Canceled(BaseException):
    """The step was asked to end. Not an `Exception`, so that `except Exception` does not swallow it."""


def package_missing(needed_for: str, package: str) -> MlspecError:
    """The error for a library that the step's environment does not have."""
    return MlspecError(
        "COMPONENT_PACKAGE_MISSING",
        f"{needed_for} needs the package {package}, which this environment does not have",
        f"Add {package} to the environment of the step (requirements.txt), or take the data in another form.",
    )


def nearest(name: str, names: Iterable[str]) -> str:
    """` Did you mean x?` for the name most like the given one, or nothing."""
    import difflib

    found = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f" Did you mean {found[0]}?" if found else ""
