"""The tracker of a project for the clients of a notebook: MLflow's own client logs to where the project's runs are."""

import os
import subprocess
import sys
import tempfile
import threading
from typing import Dict, IO, Optional

from .errors import MlspecError
from .runs import Reader, find_program

#: Ends the server with the one who holds the other end of its standard input, however that one ends.
_WHILE_HELD = '"$@" & child=$!; exec > /dev/null; cat; kill "$child" 2> /dev/null; wait "$child"'
_URI, _EXPERIMENT = "MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME"
_READY = "tracking at "


class ProjectTracker:
    """A `mlspec server` over the record of a project, which lives as long as this process."""

    def __init__(self, project: str, program: Optional[str] = None) -> None:
        self._errors: IO[bytes] = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _WHILE_HELD, "sh", find_program(program), "server", "--port", "0"],
            cwd=project,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            # An interrupt of a cell is none of the server.
            start_new_session=True,
        )
        self.uri: str = self._wait()

    def _wait(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(_READY):
                threading.Thread(target=self._process.stdout.read, name="mlspec-tracker", daemon=True).start()
                return line[len(_READY) :].strip()
        self.close()
        self._errors.seek(0)
        said = self._errors.read().decode("utf-8", "replace").strip()
        raise MlspecError("PROGRAM_FAILED", said[-2000:] or "mlspec server ended before it was ready")

    def close(self) -> None:
        """Ends the server."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()


class Injection:
    """The variables of MLflow's clients, set for a project and put back at the end."""

    def __init__(self, project: str = ".", program: Optional[str] = None) -> None:
        self._before: Dict[str, Optional[str]] = {name: os.environ.get(name) for name in (_URI, _EXPERIMENT)}
        self._tracker: Optional[ProjectTracker] = None
        given = self._before[_URI]
        if given:
            # The engine tells that server of runs too: nothing is to be set.
            self.uri, self.told = given, f"MLflow logs to {_without_secrets(given)}, as MLFLOW_TRACKING_URI says"
            return
        self._tracker = ProjectTracker(project, program)
        self.uri = self._tracker.uri
        experiment = _declared_name(project, program)
        os.environ[_URI] = self.uri
        if experiment is not None and not self._before[_EXPERIMENT]:
            os.environ[_EXPERIMENT] = experiment
        _tell_loaded_client(self.uri)
        into = f", experiment {os.environ[_EXPERIMENT]}" if os.environ.get(_EXPERIMENT) else ""
        self.told = f"MLflow logs to {self.uri}, the tracker of this project{into}"

    def environment(self) -> Dict[str, str]:
        """The environment without what was set here: to a command the tracker of its own project is no other server."""
        kept = {name: value for name, value in os.environ.items() if name not in self._before}
        return {**kept, **{name: value for name, value in self._before.items() if value is not None}}

    def close(self) -> None:
        """Ends the tracker and puts the variables back."""
        if self._tracker is None:
            return
        self._tracker.close()
        self._tracker = None
        # The client writes the variable itself when it is told.
        _tell_loaded_client(None)
        environment = self.environment()
        for name in self._before:
            os.environ.pop(name, None)
        os.environ.update(environment)


def _tell_loaded_client(uri: Optional[str]) -> None:
    # A client that was loaded before may have been told of another place by then; one that is not loaded reads the variable.
    mlflow = sys.modules.get("mlflow")
    if mlflow is not None:
        mlflow.set_tracking_uri(uri or "")


def _declared_name(project: str, program: Optional[str]) -> Optional[str]:
    try:
        return Reader(project, program).json("spec", "show")["spec"]["name"]
    except (MlspecError, KeyError, ValueError):
        return None


def _without_secrets(uri: str) -> str:
    scheme, mark, rest = uri.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}" if mark else uri
