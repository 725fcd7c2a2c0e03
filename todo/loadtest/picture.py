"""Drawings that no chart library has: the load over time with what it is made of, the latencies as
a heat map, and a route's stacks as a flame graph. SVG, coloured by the page's style sheet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from logs_insights.rendering import visible

from .timeline import Cell, Frame, Moment

__all__ = ["flame_graph", "heat_map", "load_picture"]

_WIDTH, _HEIGHT = 760, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 46, 14, 28
_PARTS = (
    ("in_database", "database"),
    ("in_application", "application"),
    ("in_outgoing", "outgoing"),
    ("in_queue", "queue"),
)
_ROW, _LEAST_WIDTH, _MOST_DEPTH = 20, 0.004, 40
_CHARACTER = 6.2
_SHADES = 5


def load_picture(timeline: Sequence[Moment], bucket_s: int) -> str:
    """Requests at once by what they do, stacked, and the rates that were offered and answered."""
    if len(timeline) < 2:
        return ""
    totals = [sum(getattr(each, name) for name, _ in _PARTS) for each in timeline]
    rates = [max(each.offered, each.ok + each.failed) / bucket_s for each in timeline]
    most, fastest = max(*totals, 1e-9), max(*rates, 1e-9)
    parts, below = [], [0.0] * len(timeline)
    for name, style in _PARTS:
        above = [low + getattr(each, name) for low, each in zip(below, timeline, strict=True)]
        outline = [*_points(above, most), *reversed(_points(below, most))]
        parts.append(f'<polygon class="{style}" points="{" ".join(outline)}"/>')
        below = above
    for style, values in (
        ("offered", [each.offered / bucket_s for each in timeline]),
        ("answered", [each.ok / bucket_s for each in timeline]),
    ):
        line = " ".join(_points(values, fastest))
        parts.append(f'<polyline class="{style}" points="{line}"/>')
    parts += _axes(most, fastest, len(timeline) * bucket_s)
    return _svg("".join(parts), _HEIGHT)


def heat_map(cells: Sequence[Cell], bucket_s: int) -> str:
    """How many requests took how long, by when they ended: a column a piece of time, a row a power
    of two.
    """
    if not cells:
        return ""
    columns = max(cell.bucket for cell in cells) + 1
    low, high = min(cell.power for cell in cells), max(cell.power for cell in cells)
    most = max(cell.n for cell in cells)
    width, height = (_WIDTH - _LEFT - _RIGHT) / columns, _ROW * (high - low + 1)
    drawn = []
    for cell in cells:
        shade = 1 + round((_SHADES - 1) * (cell.n / most) ** 0.5)
        x, y = _LEFT + cell.bucket * width, _TOP + (high - cell.power) * _ROW
        title = f"{cell.n:,} requests of {_duration(cell.power)} to {_duration(cell.power + 1)}"
        drawn.append(
            f'<rect class="heat{shade}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_ROW}">'
            f"<title>{title}, {cell.bucket * bucket_s} s after the first</title></rect>"
        )
    labels = [
        f'<text x="{_LEFT - 6}" y="{_TOP + (high - power) * _ROW + 14}" text-anchor="end">'
        f"{_duration(power)}</text>"
        for power in range(low, high + 1)
    ]
    return _svg("".join([*drawn, *labels]), _TOP + height + _BOTTOM)


@dataclass
class _Node:
    share: float = 0.0
    inner: dict[str, "_Node"] = field(default_factory=dict)


def flame_graph(frames: Sequence[Frame]) -> str:
    """The stacks of one route: a frame is as wide as its share of the route's time, and below its
    caller. What every stack begins with, the server's own frames, is left out.
    """
    root = _Node()
    for each in frames:
        node = root
        node.share += each.share
        for name in [*each.stack.split(";"), f"({each.state})"]:
            node = node.inner.setdefault(name, _Node())
            node.share += each.share
    while len(root.inner) == 1:
        only = next(iter(root.inner.values()))
        if not only.inner:
            break
        root = only
    if not root.share:
        return ""
    boxes: list[str] = []
    depth = _draw(root, 0.0, 0, root.share, boxes)
    return _svg("".join(boxes), (depth + 1) * _ROW)


def _draw(node: _Node, start: float, depth: int, whole: float, boxes: list[str]) -> int:
    deepest = depth
    for name, inner in sorted(node.inner.items(), key=lambda each: -each[1].share):
        share = inner.share / whole
        if share >= _LEAST_WIDTH and depth < _MOST_DEPTH:
            boxes.append(_box(name, start, share, depth))
            deepest = max(deepest, depth, _draw(inner, start, depth + 1, whole, boxes))
        start += share
    return deepest


def _box(name: str, start: float, share: float, depth: int) -> str:
    width, place = share * _WIDTH, name.rpartition("/")[2]
    fits = int(width / _CHARACTER)
    shown = place if len(place) <= fits else place[: max(fits - 1, 0)] + "…" if fits > 3 else ""
    title, shown = escape(visible(name)), escape(visible(shown))
    style = "state" if name.startswith("(") else f"flame{1 + len(place) % 3}"
    return (
        f'<g><rect class="{style}" x="{start * _WIDTH:.1f}" y="{depth * _ROW}"'
        f' width="{width:.1f}" height="{_ROW - 1}"/>'
        f'<text x="{start * _WIDTH + 3:.1f}" y="{depth * _ROW + 14}">{shown}</text>'
        f"<title>{title}: {share:.1%}</title></g>"
    )


def _points(values: Sequence[float], most: float) -> list[str]:
    width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    step = width / (len(values) - 1)
    return [
        f"{_LEFT + place * step:.1f},{_TOP + height * (1 - value / most):.1f}"
        for place, value in enumerate(values)
    ]


def _axes(most: float, fastest: float, seconds: int) -> list[str]:
    bottom = _HEIGHT - _BOTTOM
    texts = [
        (_LEFT - 6, _TOP + 10, "end", f"{most:,.3g}"),
        (_LEFT - 6, bottom, "end", "0"),
        (_WIDTH - _RIGHT + 6, _TOP + 10, "start", f"{fastest:,.3g}/s"),
        (_WIDTH - _RIGHT + 6, bottom, "start", "0/s"),
        (_LEFT, bottom + 18, "start", "0 s"),
        (_WIDTH - _RIGHT, bottom + 18, "end", f"{seconds:,} s"),
    ]
    line = f'<path class="axis" d="M{_LEFT},{_TOP}V{bottom}H{_WIDTH - _RIGHT}V{_TOP}"/>'
    return [
        line,
        *(f'<text x="{x}" y="{y}" text-anchor="{a}">{text}</text>' for x, y, a, text in texts),
    ]


def _duration(power: int) -> str:
    if power < 0:
        return "0"
    return f"{2**power} ms" if power < 10 else f"{2 ** (power - 10)} s"


def _svg(inner: str, height: float) -> str:
    return (
        f'<svg class="picture" viewBox="0 0 {_WIDTH} {height:.0f}" aria-hidden="true"'
        f' focusable="false" xmlns="http://www.w3.org/2000/svg">{inner}</svg>'
    )
