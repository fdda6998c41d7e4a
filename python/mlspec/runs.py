"""Recorded runs in a notebook: `mlspec.run("latest")`. Reads through the command line, so the record has one reader."""

import json
import os
import shutil
import subprocess
import tempfile
from typing import Any, Dict, List, Optional, Tuple

from .artifacts import Artifact, Dataset, artifact_types
from .errors import MlspecError, nearest


#: What the name of a kept file begins with where others are names of ports.
_KEPT = "artifacts/"


def load_run(name: str = "latest", *, project: "os.PathLike[str] | str" = ".", program: Optional[str] = None) -> "Run":
    """A run by its id, the beginning of it, `latest` or `latest~1`, of the project in a folder."""
    reader = Reader(os.fspath(project), program)
    return Run(reader.json("show", name), reader)


def find_program(program: Optional[str] = None) -> str:
    """The `mlspec` command: the one given, of `MLSPEC_PROGRAM`, of the path, or of the checkout this package is in."""
    chosen = program or os.environ.get("MLSPEC_PROGRAM") or shutil.which("mlspec")
    here = os.path.dirname(os.path.abspath(__file__))
    checkout = os.path.join(os.path.dirname(os.path.dirname(here)), "bin", "mlspec")
    if chosen is None and os.access(checkout, os.X_OK):
        chosen = checkout
    if chosen is None:
        raise MlspecError(
            "PROGRAM_NOT_FOUND",
            "the command mlspec was not found",
            "Install it (npm install -g mlspec), or name it with program= or the variable MLSPEC_PROGRAM.",
        )
    return chosen


class Reader:
    """Asks the command `mlspec` of one project."""

    def __init__(self, project: str, program: Optional[str]) -> None:
        self.project = project
        self.program = find_program(program)

    def run(self, *arguments: str) -> str:
        """What it prints. Raises the error that it reports."""
        done = subprocess.run(
            [self.program, *arguments], cwd=self.project, capture_output=True, text=True, encoding="utf-8", check=False
        )
        if done.returncode != 0:
            raise _failure(done.stdout, done.stderr)
        return done.stdout

    def json(self, *arguments: str) -> Dict[str, Any]:
        """The document that it prints."""
        answer = [line for line in self.run(*arguments, "--json").splitlines() if line.strip()]
        return json.loads(answer[-1])


def _failure(stdout: str, stderr: str) -> MlspecError:
    for line in reversed(stdout.splitlines()):
        try:
            error = json.loads(line)
        except ValueError:
            continue
        if isinstance(error, dict) and error.get("type") == "error":
            return MlspecError(error["code"], error["message"], error.get("hint"))
    return MlspecError("PROGRAM_FAILED", stderr.strip()[-2000:] or "the command mlspec failed")


class Step:
    """One step of a run, as it was carried out or reused."""

    def __init__(self, run: "Run", document: Dict[str, Any]) -> None:
        execution = document.get("execution", document)
        self._run = run
        self.name: str = execution["step"]
        self.state: str = execution["state"]
        #: The stage it belongs to, or `steps`.
        self.kind: str = execution.get("kind", "")
        self.params: Dict[str, Any] = execution.get("params") or {}
        self.values: Dict[str, Any] = execution.get("values") or {}
        self.usage: Dict[str, Any] = execution.get("usage") or {}
        self.error: Optional[Dict[str, Any]] = execution.get("error")
        left = [(one["port"], one["artifact"]) for one in document.get("outputs", [])]
        self._outputs = {port: record for port, record in left if record["type"] not in ("Log", "File")}
        self._files = {port[len(_KEPT) :]: record for port, record in left if record["type"] == "File"}
        self._read = [one["artifact"]["id"] for one in document.get("inputs", [])]
        self._fetched: Dict[str, Artifact] = {}

    @property
    def made_from(self) -> List[str]:
        """What it read of other steps of its run, as `step.port`."""
        return [self._run._places[id] for id in self._read if id in self._run._places]

    @property
    def outputs(self) -> List[str]:
        """The names of the outputs."""
        return sorted(self._outputs)

    def output(self, port: str) -> Artifact:
        """An output as an artifact object; its content is fetched into a temporary folder at first use."""
        if port not in self._outputs:
            raise KeyError(f"step {self.name} has no output {port}.{nearest(port, self._outputs)} It has: {self.outputs}")
        if port not in self._fetched:
            record = self._outputs[port]
            path = self._run._fetch(self.name, port, record)
            kind = artifact_types().get(record["type"], Artifact)
            self._fetched[port] = kind(path, properties=record.get("properties"), digest=record["digest"], writable=False)
        return self._fetched[port]

    @property
    def files(self) -> List[str]:
        """The names of the files and folders that the step kept with `log_artifact`."""
        return sorted(self._files)

    def file(self, name: str) -> str:
        """The path of a kept file or folder; its content is fetched into a temporary folder at first use."""
        if name not in self._files:
            raise KeyError(f"step {self.name} kept no {name}.{nearest(name, self._files)} It kept: {self.files}")
        port = _KEPT + name
        if port not in self._fetched:
            path = self._run._fetch(self.name, port, self._files[name])
            self._fetched[port] = Artifact(path, digest=self._files[name]["digest"], writable=False)
        return self._fetched[port].path

    def __getitem__(self, port: str) -> Artifact:
        return self.output(port)

    def __repr__(self) -> str:
        return f"Step({self.name}, {self.state})"


class Run:
    """A recorded run: its steps, metrics, tables and model."""

    def __init__(self, document: Dict[str, Any], reader: Any) -> None:
        self._reader = reader
        self._folder: Optional[Any] = None
        self.document = document
        run = document.get("run", document)
        self.id: str = run["id"]
        #: The name of the declaration; of `mlspec exec` that of the program.
        self.name: str = run.get("spec") or run.get("name", "")
        self.state: str = run["state"]
        self.params: Dict[str, Any] = run.get("params") or {}
        steps = [Step(self, step) for step in document.get("steps", [])]
        #: The last attempt of each step, by name.
        self.steps: Dict[str, Step] = {step.name: step for step in steps}
        self._places: Dict[str, str] = {
            record["id"]: f"{step.name}.{port}" for step in steps for port, record in step._outputs.items() if "id" in record
        }
        self._curves: Optional[Dict[str, List[Tuple[int, float]]]] = None

    def step(self, name: str) -> Step:
        """A step by its name."""
        if name not in self.steps:
            raise KeyError(f"run {self.id} has no step {name}.{nearest(name, self.steps)}")
        return self.steps[name]

    def __getitem__(self, name: str) -> Step:
        return self.step(name)

    @property
    def metrics(self) -> Dict[str, Any]:
        """The metrics of the evaluation: name to value; with intervals and slices in `run["evaluation"]["metrics"]`."""
        evaluation = self.evaluation
        return {} if evaluation is None else _flat_metrics(evaluation)

    @property
    def model(self) -> Artifact:
        """The model that the run made. `run.model.load()` is the library's own object."""
        step = self._with_output("model", preferred="training")
        if step is None:
            raise KeyError(f"run {self.id} made no model")
        return step.output("model")

    @property
    def tables(self) -> List[str]:
        """The tables of the run, as `step.port`."""
        found = []
        for step in self.steps.values():
            for port in step.outputs:
                if step._outputs[port]["type"] in ("Dataset", "Predictions"):
                    found.append(f"{step.name}.{port}")
        return found

    def table(self, name: str) -> Dataset:
        """A table by `step.port`: a Dataset, with `.to_pandas()` and its like."""
        step, _, port = name.rpartition(".")
        found = self.step(step).output(port)
        if not isinstance(found, Dataset):
            raise TypeError(f"{name} is a {found.type_name}, not a table")
        return found

    def _with_output(self, port: str, preferred: str) -> Optional[Step]:
        steps = [step for step in self.steps.values() if port in step.outputs]
        return next((step for step in steps if step.name == preferred), steps[-1] if steps else None)

    def _fetch(self, step: str, port: str, record: Dict[str, Any]) -> str:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="mlspec-")
        ending = {"Dataset": ".parquet", "Predictions": ".parquet", "Model": "", "Package": "", "Any": "", "File": ""}
        folder = os.path.join(self._folder.name, str(len(os.listdir(self._folder.name))))
        os.makedirs(folder)
        path = os.path.join(folder, os.path.basename(port) + ending.get(record["type"], ".json"))
        self._reader.run("show", self.id, step, "--output", port, "--to", path)
        return path

    @property
    def evaluation(self) -> Optional[Dict[str, Any]]:
        """What evaluation wrote: metrics with intervals, baselines, objectives, slices; None where it has not been run."""
        step = self._with_output("metrics", preferred="evaluation")
        return None if step is None else step.output("metrics").read()  # type: ignore[attr-defined]

    @property
    def verdicts(self) -> Dict[str, str]:
        """What gates decided: name of the step to pass, fail or unknown; to its state where it did not come to a verdict."""
        gates = [step for step in self.steps.values() if step.kind == "testing"]
        return {step.name: self._verdict(step) for step in gates}

    def _verdict(self, step: Step) -> str:
        if "verdict" not in step.outputs:
            return step.state
        verdict = step.output("verdict").read()  # type: ignore[attr-defined]
        return str(verdict.get("verdict", step.state)) if isinstance(verdict, dict) else step.state

    @property
    def curves(self) -> Dict[str, List[Tuple[int, float]]]:
        """What steps logged with `log_metric`, as `step/name`: pairs of step and value, in the order of steps."""
        if self._curves is None:
            own = [step for step in self.steps.values() if step.kind in ("training", "steps")]
            points = [(step.name, one) for step in own for one in self._reader.json("show", self.id, step.name)["metrics"]]
            found: Dict[str, List[Tuple[int, float]]] = {}
            for step_name, one in sorted(points, key=lambda pair: (pair[0], pair[1]["name"], pair[1]["step"])):
                value = one["value"]
                found.setdefault(f"{step_name}/{one['name']}", []).append((one["step"], float("nan") if value is None else float(value)))
            self._curves = found
        return self._curves

    def __repr__(self) -> str:
        return f"Run({self.name}, {self.state}, {self.id})"

    def _repr_html_(self) -> str:
        from .run_html import run_html

        return run_html(self)


def _flat_metrics(document: Any) -> Dict[str, Any]:
    """Name to value, from `{"metrics": {name: number | {"value": number}}}`, with or without the outer map."""
    inner = document.get("metrics", document) if isinstance(document, dict) else {}
    if isinstance(inner, list):
        inner = {one["name"]: one for one in inner if isinstance(one, dict) and "name" in one}
    found = {}
    for name, value in inner.items():
        if isinstance(value, dict):
            value = value.get("value", value.get("estimate"))
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            found[name] = value
    return found
