"""Pieces of HTML for notebooks: no scripts, no styles and no colours, so that they stay in a saved notebook and read in dark and light.

What comes from outside is escaped where it is put in. A curve takes the colour of the text around it.
"""

import math
from html import escape
from typing import List, Optional, Sequence, Tuple

#: One point of a series: step, value.
Point = Tuple[int, float]

_WIDTH, _HEIGHT, _MARGIN = 180, 40, 3
_MOST_POINTS = 180


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of texts; nothing where there are no rows. The first cell of a row is its head."""
    if not rows:
        return ""
    return html_table(caption, heads, [[escape(text) for text in row] for row in rows])


def html_table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The same of cells that are HTML already."""
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(f'<tr><th scope="row">{row[0]}</th>' + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>" for row in rows)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def number(value: object) -> str:
    """A number in four digits; a dash for none."""
    if value is None:
        return "\u2013"
    return f"{value:.4g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


def curve(name: str, points: Sequence[Point]) -> str:
    """A series as a small picture, with what it shows as its title; points without a value are left out."""
    told = describe(points)
    drawn = _reduced([(float(step), float(value)) for step, value in points if _is_finite(value)])
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in _placed(drawn))
    return (
        f'<svg role="img" width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}">'
        f"<title>{escape(f'{name}: {told}')}</title>"
        f'<polyline points="{line}" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>'
    )


def describe(points: Sequence[Point]) -> str:
    """A series in words."""
    values = [value for _, value in points if _is_finite(value)]
    if not values:
        return f"{len(points)} points without a value"
    told = f"{len(points)} points, from {number(values[0])} to {number(values[-1])}, least {number(min(values))}, most {number(max(values))}"
    left_out = len(points) - len(values)
    return f"{told}, {left_out} without a value" if left_out else told


def _is_finite(value: Optional[float]) -> bool:
    return value is not None and math.isfinite(value)


def _reduced(points: List[Tuple[float, float]]) -> List[Tuple[float, float]]:
    # Of each part its least and its greatest point stay, so that no peak is lost.
    if len(points) <= _MOST_POINTS:
        return points
    size = math.ceil(len(points) / (_MOST_POINTS // 2))
    parts = [points[start : start + size] for start in range(0, len(points), size)]
    return [point for part in parts for point in sorted({min(part, key=lambda one: one[1]), max(part, key=lambda one: one[1])})]


def _placed(points: List[Tuple[float, float]]) -> List[Tuple[float, float]]:
    if not points:
        return []
    steps, values = [step for step, _ in points], [value for _, value in points]
    if len(points) == 1:
        # A line needs two ends.
        return [(_MARGIN, _HEIGHT / 2), (_WIDTH - _MARGIN, _HEIGHT / 2)]

    def place(value: float, among: List[float], length: int) -> float:
        low, high = min(among), max(among)
        share = 0.5 if high == low else value / (high - low) - low / (high - low)
        return _MARGIN + share * (length - 2 * _MARGIN)

    return [(place(step, steps, _WIDTH), _HEIGHT - place(value, values, _HEIGHT)) for step, value in points]
