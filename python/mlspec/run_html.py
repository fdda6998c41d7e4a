"""A recorded run as HTML, for notebooks: tables without scripts and styles, which stay in a saved notebook."""

from datetime import datetime, timezone
from html import escape
from typing import Any, Dict, Iterable, List

from .errors import MlspecError


def run_html(run: Any) -> str:
    """Name and state, objectives, metrics beside those of the baselines, steps with their outputs."""
    try:
        evaluation = run.evaluation
    except (MlspecError, OSError, ValueError):
        evaluation = None
    if not isinstance(evaluation, dict):
        evaluation = {}
    parts = [
        f"<b>{escape(run.name)}</b> {escape(run.state)} {escape(_when(run.document))} <code>{escape(run.id)}</code>",
        *_errors(run),
        _table(["objective", "outcome", "what must be true", "value"], _objectives(evaluation)),
        _table([f"metric on {evaluation.get('on', '')}".strip(), "value", *_baselines(evaluation)], _metrics(evaluation)),
        _table(["step", "state", "outputs"], [[step.name, step.state, ", ".join(step.outputs)] for step in run.steps.values()]),
    ]
    return "".join(part for part in parts if part)


def _when(document: Dict[str, Any]) -> str:
    run = document.get("run", document)
    started, ended = run.get("startedAtMs"), run.get("endedAtMs")
    if started is None:
        return ""
    shown = datetime.fromtimestamp(started / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    return shown if ended is None else f"{shown}, {(ended - started) / 1000:.1f} s"


def _errors(run: Any) -> List[str]:
    failed = [step for step in run.steps.values() if step.error]
    return [f"<p><b>{escape(step.name)}</b>: {escape(str(step.error.get('message', '')))}</p>" for step in failed]


def _objectives(evaluation: Dict[str, Any]) -> List[List[str]]:
    outcomes = {True: "met", False: "missed", None: "not measured"}
    named = (evaluation.get("objectives") or {}).items()
    return [[name, outcomes[one.get("met")], one["that"], _measured(one)] for name, one in named]


def _baselines(evaluation: Dict[str, Any]) -> List[str]:
    return list(evaluation.get("baselines") or {})


def _metrics(evaluation: Dict[str, Any]) -> List[List[str]]:
    metrics = evaluation.get("metrics")
    if not isinstance(metrics, dict):
        return []
    baselines = (evaluation.get("baselines") or {}).values()
    return [[name, _measured(value), *(_measured(one.get(name)) for one in baselines)] for name, value in metrics.items()]


def _measured(measured: Any) -> str:
    if not isinstance(measured, dict):
        return _number(measured)
    interval = measured.get("interval")
    shown = _number(measured.get("value"))
    return f"{shown} [{_number(interval['low'])}, {_number(interval['high'])}]" if interval else shown


def _number(value: Any) -> str:
    if value is None:
        return "\u2013"
    return f"{value:.4g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


def _table(heads: Iterable[str], rows: List[List[str]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
