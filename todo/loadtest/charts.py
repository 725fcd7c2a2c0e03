"""The charts, as SVG to put into the page: its style sheet colours them, for light and for dark."""

import re
import sys
from typing import Any

import pygal  # type: ignore[import-untyped]  # pygal ships no types
from pygal.style import Style  # type: ignore[import-untyped]

from logs_insights.rendering import visible

from .latency import Route
from .timeline import Moment

# pygal hooks its maps into every import, in a way that Python 3.11 warns of and 3.12 ignores. No
# map is drawn here.
sys.meta_path[:] = [hook for hook in sys.meta_path if not isinstance(hook, pygal.PluginImportFixer)]

__all__ = ["latency_over_time", "percentiles", "requests_over_time", "time_split"]

_WIDTH, _HEIGHT = 760, 310
_ROW_HEIGHT, _FRAME_HEIGHT = 34, 120
_MOST_ROUTES = 12
_LABELS = 10
_LONGEST_NAME = 40

# Drawings and colours that pygal leaves to a script or fixes for one background.
_LEFT_OUT = re.compile(
    r'<!--.*?-->|<script.*?</script>|<desc class="(?:x|y|x centered|y centered)[^"]*">.*?</desc>'
    r'|<title>Pygal</title>| id="activate-serie-\d+"',
    re.S,
)
_VALUE = re.compile(r'<desc class="value">(.*?)</desc>')


def requests_over_time(timeline: list[Moment], bucket_s: int) -> str:
    """Requests a second that were fine, and on top of them those that failed."""
    chart = pygal.StackedBar(**_look(("good", "bad"), _HEIGHT), y_title="requests a second")
    chart.add("fine", [row.ok / bucket_s for row in timeline])
    chart.add("failed", [row.failed / bucket_s or None for row in timeline])
    return _over_time(chart, timeline, bucket_s)


def latency_over_time(timeline: list[Moment], bucket_s: int) -> str:
    """The client's median and 95th percentile, and the server's 95th, each with its own dashes."""
    chart = pygal.Line(
        **_look(("soft", "client", "server"), _HEIGHT),
        y_title="milliseconds",
        dots_size=2,
        include_x_axis=True,
    )
    chart.add(
        "client p50",
        [row.client_p50 for row in timeline],
        stroke_style={"width": 2, "dasharray": "2,4"},
    )
    chart.add("client p95", [row.client_p95 for row in timeline], stroke_style={"width": 2})
    chart.add(
        "server p95",
        [row.server_p95 for row in timeline],
        stroke_style={"width": 2, "dasharray": "8,4"},
    )
    return _over_time(chart, timeline, bucket_s)


def percentiles(routes: list[Route]) -> str:
    """The 95th percentile of each route, as the client and as the server measured it."""
    routes = routes[:_MOST_ROUTES][::-1]
    look = _look(("client", "server"), _FRAME_HEIGHT + 2 * _ROW_HEIGHT * len(routes))
    chart = pygal.HorizontalBar(**look, x_title="milliseconds")
    chart.x_labels = [_short(route.name) for route in routes]
    chart.add("client p95", [route.client_p95 for route in routes])
    chart.add("server p95", [route.server_p95 for route in routes])
    return _svg(chart)


def time_split(routes: list[Route]) -> str:
    """What the mean request of each route waited for."""
    routes = [route for route in routes if route.n_both][:_MOST_ROUTES][::-1]
    look = _look(("queue", "application", "database"), _FRAME_HEIGHT + _ROW_HEIGHT * len(routes))
    chart = pygal.HorizontalStackedBar(**look, x_title="milliseconds a request")
    chart.x_labels = [_short(route.name) for route in routes]
    for title, column in (
        ("queueing, network", "queue_ms"),
        ("application", "application_ms"),
        ("database", "database_ms"),
    ):
        chart.add(title, [getattr(route, column) for route in routes])
    return _svg(chart)


def _over_time(chart: Any, timeline: list[Moment], bucket_s: int) -> str:
    chart.x_labels = [_minutes(row.bucket * bucket_s) for row in timeline]
    chart.x_title = "minutes and seconds since the first request"
    chart.show_minor_x_labels = False
    chart.x_labels_major_every = max(1, -(-len(timeline) // _LABELS))
    return _svg(chart)


def _look(colours: tuple[str, ...], height: int) -> dict[str, Any]:
    """Colours are the custom properties of the page's style sheet."""
    style = Style(
        background="transparent",
        plot_background="transparent",
        foreground="var(--ink)",
        foreground_strong="var(--ink)",
        foreground_subtle="var(--line)",
        opacity="1",
        opacity_hover="1",
        font_family="inherit",
        label_font_size=13,
        major_label_font_size=13,
        legend_font_size=14,
        title_font_size=13,
        colors=tuple(f"var(--{colour})" for colour in colours),
    )
    return {
        "style": style,
        "js": (),
        "width": _WIDTH,
        "height": height,
        "legend_at_bottom": True,
        "legend_at_bottom_columns": len(colours),
        "legend_box_size": 12,
        "disable_xml_declaration": True,
        "value_formatter": lambda value: f"{value:,.4g}",
        "max_scale": 6,
        "truncate_label": -1,
        "margin": 8,
        "margin_bottom": 24,
    }


def _svg(chart: Any) -> str:
    """Without pygal's comments; a value shows when the pointer is on it. Hidden from readers, who
    get the table.
    """
    drawn = _LEFT_OUT.sub("", chart.render(is_unicode=True))
    return _VALUE.sub(r"<title>\1</title>", drawn).replace(
        "<svg ", '<svg aria-hidden="true" focusable="false" ', 1
    )


def _short(name: str) -> str:
    """A name that leaves room for its bar: pygal never ends where it leaves none."""
    name = visible(name)
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _minutes(seconds: int) -> str:
    minutes, second = divmod(seconds, 60)
    return (
        f"{minutes // 60}:{minutes % 60:02d}:{second:02d}"
        if minutes >= 60
        else f"{minutes}:{second:02d}"
    )
