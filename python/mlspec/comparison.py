"""Two runs side by side in a notebook: `mlspec.compare("latest~1", "latest")`."""

import os
from html import escape
from typing import Any, Dict, List, NamedTuple, Optional

from .html_parts import html_table, number
from .runs import Reader

#: Groups that are shown whole; of the others only what differs.
_WHOLE = ("parameters", "metrics", "verdicts")


class Difference(NamedTuple):
    """One thing of two runs; a text is empty where a run does not have it."""

    group: str
    name: str
    a: str
    b: str
    is_equal: bool

    @property
    def change(self) -> Optional[float]:
        """How much more the second run has; None for what is no number."""
        try:
            return float(self.b) - float(self.a)
        except ValueError:
            return None


def compare(
    a: str = "latest~1", b: str = "latest", *, project: "os.PathLike[str] | str" = ".", program: Optional[str] = None
) -> "Comparison":
    """Two runs of the project in a folder, by their ids, the beginnings of them, `latest` or `latest~1`."""
    return Comparison(Reader(os.fspath(project), program).json("diff", a, b))


class Comparison:
    """Two runs side by side: params, metrics, verdicts, data, code, environment."""

    def __init__(self, document: Dict[str, Any]) -> None:
        #: The ids of both runs.
        self.a: str = document["a"]
        self.b: str = document["b"]
        self.rows = [Difference(row["group"], row["name"], row["a"], row["b"], row["isEqual"]) for row in document["rows"]]

    @property
    def differences(self) -> List[Difference]:
        """What differs."""
        return [row for row in self.rows if not row.is_equal]

    def __repr__(self) -> str:
        lines = [f"{row.group}  {row.name}: {row.a or _NONE} -> {row.b or _NONE}{_change(row)}" for row in self.differences]
        return "\n".join([f"Comparison({self.a}, {self.b}): {len(lines)} of {len(self.rows)} differ", *lines])

    def _repr_html_(self) -> str:
        head = f"<code>{escape(self.a)}</code> beside <code>{escape(self.b)}</code>: {len(self.differences)} of {len(self.rows)} differ"
        groups = dict.fromkeys([*_WHOLE, *(row.group for row in self.rows)])
        return head + "".join(self._group(group) for group in groups)

    def _group(self, group: str) -> str:
        rows = [row for row in self.rows if row.group == group]
        shown = [row for row in rows if group in _WHOLE or not row.is_equal]
        equal = len(rows) - len(shown)
        caption = f"{group}, {equal} more are equal" if equal else group
        return html_table(caption, ["", self.a[:12], self.b[:12], "differs"], [_row(row) for row in shown])


_NONE = "\u2013"


def _row(row: Difference) -> List[str]:
    # Marked by a sign and a word's weight: colours would not be seen by all, nor in every theme.
    a, b = escape(row.a or _NONE), escape(row.b or _NONE)
    if row.is_equal:
        return [escape(row.name), a, b, ""]
    return [escape(row.name), f"<mark>{a}</mark>", f"<mark>{b}</mark>", escape(f"\u2260{_change(row)}")]


def _change(row: Difference) -> str:
    change = row.change
    if change is None or change == 0:
        return ""
    return f" {'+' if change > 0 else ''}{number(change)}"
