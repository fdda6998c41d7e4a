"""A recorded run as HTML, for notebooks."""

from datetime import datetime, timezone
from html import escape
from typing import Any, Dict, List

from .errors import MlspecError
from .html_parts import curve, html_table, number, table


def run_html(run: Any) -> str:
    """Name and state, objectives and verdicts, params, metrics beside those of the baselines, curves, steps with what they read."""
    evaluation = _evaluation(run)
    shown = f"<b>{escape(run.name)}</b> {escape(run.state)} {escape(when(run.document.get('run', run.document)))} <code>{escape(run.id)}</code>"
    on = f" on {evaluation.get('on')}" if evaluation.get("on") else ""
    return "".join(
        [
            shown,
            *_errors(run),
            table("objectives", ["objective", "outcome", "what must be true", "value"], _objectives(evaluation)),
            table("verdicts of gates", ["gate", "verdict"], _verdicts(run)),
            table("params", ["param", "value"], _params(run)),
            table(f"metrics{on}", ["metric", "value", *_baselines(evaluation)], _metrics(evaluation)),
            html_table("curves", ["metric", "last", "curve"], _curves(run)),
            table("steps", ["step", "state", "outputs", "made from"], _steps(run)),
        ]
    )


def when(run: Dict[str, Any]) -> str:
    """When a run began, and how long it took."""
    started, ended = run.get("startedAtMs"), run.get("endedAtMs")
    if started is None:
        return ""
    shown = datetime.fromtimestamp(started / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    return shown if ended is None else f"{shown}, {(ended - started) / 1000:.1f} s"


def _evaluation(run: Any) -> Dict[str, Any]:
    # A notebook shows what can be shown: evaluation may not have been carried out, or have been collected.
    try:
        evaluation = run.evaluation
    except (MlspecError, OSError, ValueError):
        evaluation = None
    return evaluation if isinstance(evaluation, dict) else {}


def _errors(run: Any) -> List[str]:
    failed = [step for step in run.steps.values() if step.error]
    return [f"<p><b>{escape(step.name)}</b>: {escape(str(step.error.get('message', '')))}</p>" for step in failed]


def _objectives(evaluation: Dict[str, Any]) -> List[List[str]]:
    outcomes = {True: "met", False: "missed", None: "not measured"}
    named = (evaluation.get("objectives") or {}).items()
    return [[name, outcomes[one.get("met")], one["that"], _measured(one)] for name, one in named]


def _verdicts(run: Any) -> List[List[str]]:
    try:
        return [[name, verdict] for name, verdict in run.verdicts.items()]
    except (MlspecError, OSError, ValueError):
        return []


def _params(run: Any) -> List[List[str]]:
    own = [[name, _text(value)] for name, value in run.params.items()]
    trained = [step for step in run.steps.values() if step.kind in ("training", "steps")]
    return own + [[f"{step.name}.{name}", _text(value)] for step in trained for name, value in step.params.items()]


def _text(value: Any) -> str:
    return number(value) if isinstance(value, (int, float)) else str(value)


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
        return number(measured)
    interval = measured.get("interval")
    shown = number(measured.get("value"))
    return f"{shown} [{number(interval['low'])}, {number(interval['high'])}]" if interval else shown


def _curves(run: Any) -> List[List[str]]:
    try:
        series = run.curves
    except (MlspecError, OSError, ValueError):
        return []
    return [
        [escape(name), escape(number(points[-1][1])), curve(name, points) if len(points) > 1 else ""] for name, points in series.items()
    ]


def _steps(run: Any) -> List[List[str]]:
    return [[step.name, step.state, ", ".join(step.outputs), ", ".join(step.made_from)] for step in run.steps.values()]
