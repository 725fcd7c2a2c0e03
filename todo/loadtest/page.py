"""Draws a report as one HTML file that needs nothing else."""

from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from logs_insights.rendering import visible

from . import charts
from .report import Report
from .wording import milliseconds, outcome

__all__ = ["page"]


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
    )


def _visible(value: object) -> object:
    """What came from a log without what would change the direction of writing or be invisible."""
    return visible(value) if type(value) is str else value


def _charts(report: Report) -> dict[str, Markup]:
    drawn = {
        "percentiles": charts.percentiles(report.routes),
        "split": charts.time_split(report.routes),
    }
    if report.timeline:
        drawn["requests"] = charts.requests_over_time(report.timeline, report.bucket_s)
        drawn["latency"] = charts.latency_over_time(report.timeline, report.bucket_s)
    # pygal escapes the texts in its SVG, but not what is invisible in them
    return {name: Markup(_visible_lines(svg)) for name, svg in drawn.items()}  # noqa: S704


def _visible_lines(svg: str) -> str:
    return "\n".join(map(visible, svg.expandtabs().split("\n")))


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
