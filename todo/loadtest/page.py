"""Draws a report as one HTML file that needs nothing else."""

from datetime import UTC, datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from logs_insights.rendering import visible

from . import charts, picture
from .report import Report
from .timeline import Frame
from .wording import milliseconds, outcome

__all__ = ["page"]

_MOST_FLAMES = 6
_MOST_PLACES = 10


def page(report: Report) -> str:
    """The HTML of the whole page: style, charts and texts are in it, scripts are not."""
    environment = Environment(
        loader=PackageLoader("todo.loadtest"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    environment.filters |= {
        "ms": milliseconds,
        "count": _count,
        "decimal": _decimal,
        "clock": _clock,
    }
    return environment.get_template("page.html").render(
        report=report,
        run=report.run,
        totals=report.totals,
        outcome=outcome(report.run, report.totals, report.missing_in_logs),
        charts=_charts(report),
        hottest={route: frames[:_MOST_PLACES] for route, frames in _by_route(report).items()},
    )


def _visible(value: object) -> object:
    """What came from a log without what would change the direction of writing or be invisible."""
    return visible(value) if type(value) is str else value


def _charts(report: Report) -> dict[str, Any]:
    drawn = {
        "percentiles": charts.percentiles(report.routes),
        "split": charts.time_split(report.routes),
    }
    if report.timeline:
        drawn["load"] = picture.load_picture(report.timeline, report.bucket_s)
        drawn["heat"] = picture.heat_map(report.heat, report.bucket_s)
        drawn["requests"] = charts.requests_over_time(report.timeline, report.bucket_s)
        drawn["latency"] = charts.latency_over_time(report.timeline, report.bucket_s)
    flames = {
        route: Markup(picture.flame_graph(frames))  # noqa: S704 - its texts are escaped
        for route, frames in _by_route(report).items()
    }
    # pygal escapes the texts in its SVG, and so does the picture.
    return {name: Markup(svg) for name, svg in drawn.items()} | {"flames": flames}  # noqa: S704


def _by_route(report: Report) -> dict[str, list[Frame]]:
    """The stacks of some routes, first those of the culprits."""
    by_route: dict[str, list[Frame]] = {}
    for frame in report.stacks:
        by_route.setdefault(frame.route, []).append(frame)
    culprits = [each.route for each in report.verdict.culprits if each.route]
    ordered = sorted(by_route, key=lambda route: culprits.index(route) if route in culprits else 99)
    return {route: by_route[route] for route in ordered[:_MOST_FLAMES]}


def _count(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _decimal(value: float | str | None) -> str:
    return "-" if value is None else f"{float(value):,.1f}"


def _clock(moment_ms: float | None) -> str:
    return (
        "-"
        if moment_ms is None
        else f"{datetime.fromtimestamp(moment_ms / 1000, UTC):%H:%M:%S.%f}"[:-3]
    )
