"""The `MLmodel` file: YAML as MLflow writes and reads it, without a YAML library."""

import json
import os
import re
from typing import Any, Dict, List, Tuple

from .errors import MlspecError

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*\Z")
_KEYWORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


def dump_yaml(value: Any) -> str:
    """Maps, lists and scalars as YAML in block style, maps sorted."""
    lines: List[str] = []
    _dump(value, lines, "")
    return "\n".join(lines) + "\n"


def _dump(value: Any, lines: List[str], indent: str) -> None:
    if isinstance(value, dict):
        for key in sorted(value):
            _dump_entry(f"{indent}{_scalar(key)}:", value[key], lines, indent + "  ")
    else:
        for item in value:
            _dump_entry(f"{indent}-", item, lines, indent + "  ")


def _dump_entry(head: str, value: Any, lines: List[str], indent: str) -> None:
    if isinstance(value, (dict, list, tuple)) and value:
        if head.endswith("-"):
            inner: List[str] = []
            _dump(value, inner, indent)
            lines.append(f"{head} {inner[0].strip()}")
            lines.extend(inner[1:])
        else:
            lines.append(head)
            _dump(value, lines, indent)
    else:
        lines.append(f"{head} {_scalar(value)}")


def _scalar(value: Any) -> str:
    if isinstance(value, (dict, list, tuple)):
        return "{}" if isinstance(value, dict) else "[]"
    if isinstance(value, str) and _PLAIN.match(value) and value.lower() not in _KEYWORDS:
        return value
    text = json.dumps(value, ensure_ascii=False)
    # YAML 1.1 takes a number with an exponent for one only where it has a point too.
    return text.replace("e", ".0e", 1) if isinstance(value, float) and "e" in text and "." not in text else text


def read_mlmodel(folder: str) -> Dict[str, Any]:
    """The `MLmodel` of a model's folder. Raises COMPONENT_BAD_OUTPUT where there is none, or none that can be read."""
    path = os.path.join(folder, "MLmodel")
    try:
        with open(path, encoding="utf-8") as file:
            value = load_yaml(file.read())
    except FileNotFoundError:
        raise MlspecError("COMPONENT_BAD_OUTPUT", f"{os.path.basename(folder)} is no model: it has no MLmodel file") from None
    if not isinstance(value, dict):
        raise MlspecError("COMPONENT_BAD_OUTPUT", f"the MLmodel file of {os.path.basename(folder)} is no map")
    return value


def load_yaml(text: str) -> Any:
    """Reads JSON and the block style that MLflow and `dump_yaml` write: maps, lists, plain and quoted scalars."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    lines = _logical_lines(text)
    if not lines:
        return None
    value, end = _block(lines, 0, lines[0][0])
    if end != len(lines):
        raise _unreadable(lines[end][1])
    return value


def _logical_lines(text: str) -> List[Tuple[int, str]]:
    """Indent and text of each line; a quoted scalar that goes on over several lines is put together."""
    lines: List[Tuple[int, str]] = []
    pending = ""
    for line in text.splitlines():
        stripped = line.strip()
        if pending:
            before = lines[-1][1]
            is_cut = pending == '"' and re.search(r"(?<!\\)(\\\\)*\\\Z", before) is not None
            lines[-1] = (lines[-1][0], before[:-1] + stripped if is_cut else f"{before} {stripped}")
            pending = "" if _closes(stripped, pending) else pending
            continue
        if not stripped or stripped.startswith("#") or stripped == "---":
            continue
        lines.append((len(line) - len(line.lstrip()), stripped))
        scalar = re.sub(r"^(- )*([^\s'\"][^:]*:\s+)?", "", stripped)
        if scalar[:1] in "'\"" and scalar[:1] and not _closes(scalar[1:], scalar[0]):
            pending = scalar[0]
    return lines


def _closes(text: str, quote: str) -> bool:
    rest = text.replace("''", "") if quote == "'" else re.sub(r"\\.", "", text)
    return quote in rest


def _block(lines: List[Tuple[int, str]], at: int, indent: int) -> Tuple[Any, int]:
    if lines[at][1].startswith("- ") or lines[at][1] == "-":
        return _list(lines, at, indent)
    return _map(lines, at, indent)


def _map(lines: List[Tuple[int, str]], at: int, indent: int) -> Tuple[Dict[str, Any], int]:
    found: Dict[str, Any] = {}
    while at < len(lines) and lines[at][0] == indent:
        match = re.match(r"(\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|[^:]+?):(?:\s+(.*))?$", lines[at][1])
        if not match:
            raise _unreadable(lines[at][1])
        key, rest = str(_parse_scalar(match.group(1))), match.group(2)
        at += 1
        if rest:
            found[key] = _parse_scalar(rest)
        elif at < len(lines) and (lines[at][0] > indent or (lines[at][0] == indent and lines[at][1].startswith("-"))):
            found[key], at = _block(lines, at, lines[at][0])
        else:
            found[key] = None
    return found, at


def _list(lines: List[Tuple[int, str]], at: int, indent: int) -> Tuple[List[Any], int]:
    found: List[Any] = []
    while at < len(lines) and lines[at][0] == indent and lines[at][1].startswith("-"):
        rest = lines[at][1][1:].lstrip()
        if re.match(r"[^\s'\"\[{][^:]*:(\s|$)", rest):
            lines[at] = (indent + 2, rest)
            item, at = _map(lines, at, indent + 2)
        else:
            item, at = _parse_scalar(rest), at + 1
        found.append(item)
    return found, at


def _parse_scalar(text: str) -> Any:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    if text.startswith(('"', "[", "{")):
        try:
            return json.loads(_json_escapes(text))
        except ValueError:
            raise _unreadable(text) from None
    if text.lower() in ("null", "~", ""):
        return None
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if re.match(r"[-+]?\d+\Z", text):
        return int(text)
    if re.match(r"[-+]?(\d+\.\d*|\.\d+)([eE][-+]\d+)?\Z", text):
        return float(text)
    return text


_OWN_ESCAPES = {"e": "\\u001b", "a": "\\u0007", "v": "\\u000b", "0": "\\u0000", "_": "\\u00a0", " ": " "}


def _json_escapes(text: str) -> str:
    """YAML's escapes of double-quoted texts as JSON's."""

    def replace(match: "re.Match[str]") -> str:
        escape = match.group(1)
        if escape[0] in "xU" and len(escape) > 1:
            return json.dumps(chr(int(escape[1:], 16)))[1:-1]
        return _OWN_ESCAPES.get(escape, match.group(0))

    return re.sub(r"\\(x[0-9A-Fa-f]{2}|U[0-9A-Fa-f]{8}|.)", replace, text)


def _unreadable(line: str) -> MlspecError:
    return MlspecError("COMPONENT_BAD_OUTPUT", f"the MLmodel file cannot be read at: {line[:100]}")
