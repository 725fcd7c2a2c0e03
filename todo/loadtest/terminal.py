"""The short form of a report, for a terminal of any width."""

from collections.abc import Callable

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from ..views.inert import inert
from .latency import Route
from .report import Report
from .verdict import Culprit
from .wording import milliseconds, outcome

__all__ = ["print_report"]

_MOST_ROUTES = 8
_MOST_CULPRITS = 3
_MOST_FAILURES = 3
_TABLE_COLUMNS = 110  # in a narrower terminal each route has lines of its own


def print_report(
    console: Console, report: Report, trace: Callable[[str], str] = "todo trace {}".format
) -> None:
    """The verdict, the culprits, broken thresholds, failures, the routes, the slowest request, what
    is missing. `trace` makes the command that shows a request of an ID.
    """
    run = report.run
    console.print(inert(f"{run.script} on {run.endpoint}, run {run.run_id}", style="bold"))
    console.print(inert(report.verdict.sentence, style="bold" if report.verdict.culprits else ""))
    console.print(inert(outcome(run, report.totals, report.missing_in_logs)))
    for threshold in run.failed_thresholds:
        console.print(inert(f"broken: {threshold.metric} {threshold.expression}", style="bold red"))
    for number, culprit in enumerate(report.verdict.culprits[:_MOST_CULPRITS], 1):
        _print_culprit(console, number, culprit, trace)
    _print_failures(console, report, trace)
    if console.width >= _TABLE_COLUMNS:
        console.print(_table(report.routes))
    else:
        _print_routes(console, report.routes)
    _print_slowest(console, report, trace)
    joined = f"{report.totals.n_both:,} requests are in k6's samples and in the logs"
    missing = (
        f"{report.missing_in_logs:,} answered ones are not in the logs,"
        f" {report.missing_in_k6:,} not in the samples"
    )
    console.print(inert(f"{joined}; {missing}"), style="bold red" if report.missing_in_logs else "")


def _print_culprit(
    console: Console, number: int, culprit: Culprit, trace: Callable[[str], str]
) -> None:
    place = culprit.route or ""
    busy = f"{culprit.busy_threads:.1f} threads, {culprit.share:.0%}" if culprit.share else ""
    console.print(inert(f"{number}. {culprit.layer}  {place}  {busy}", style="cyan"))
    call = f", calling {culprit.call}" if culprit.call else ""
    details = [
        culprit.statement,
        f"{culprit.location}{call}" if culprit.location else None,
        culprit.finding,
        f"what differs: {culprit.field}" if culprit.field else None,
        culprit.what_if.in_words if culprit.what_if else None,
    ]
    for detail in filter(None, details):
        console.print(Padding(inert(detail), (0, 0, 0, 3)))
    if culprit.correlation_id:
        _print_trace(console, trace(culprit.correlation_id))


def _print_failures(console: Console, report: Report, trace: Callable[[str], str]) -> None:
    for failure in report.failures[:_MOST_FAILURES]:
        status = f"status {failure.status}" if failure.status else "no answer"
        why = failure.exception or failure.error or ""
        console.print(
            inert(f"failed: {failure.n:,} x {status}  {failure.name}  {why}", style="red")
        )
        _print_trace(console, trace(failure.example))


def _print_slowest(console: Console, report: Report, trace: Callable[[str], str]) -> None:
    if report.slowest:
        slowest = report.slowest[0].request
        console.print(inert(f"slowest: {slowest.name} in {milliseconds(slowest.total_ms)}"))
        _print_trace(console, trace(slowest.request_id))


def _print_trace(console: Console, command: str) -> None:
    console.print(inert(f"   {command}", style="dim"), soft_wrap=True)


def _table(routes: list[Route]) -> Table:
    table = Table(header_style="bold", box=None, pad_edge=False)
    table.add_column("route", overflow="fold")
    table.add_column("requests", justify="right")
    table.add_column("failed", justify="right")
    for title in _figures(None):
        table.add_column(title, justify="right", no_wrap=True)
    for route in routes[:_MOST_ROUTES]:
        figures = _figures(route).values()
        table.add_row(inert(route.name), f"{route.n:,}", f"{route.failed:,}", *figures)
    return table


def _print_routes(console: Console, routes: list[Route]) -> None:
    for route in routes[:_MOST_ROUTES]:
        failed = f", {route.failed:,} failed" if route.failed else ""
        console.print(inert(f"{route.name}  {route.n:,} requests{failed}", style="bold"))
        figures = "  ".join(f"{name} {value}" for name, value in _figures(route).items())
        console.print(Padding(inert(figures), (0, 0, 0, 3)))


def _figures(route: Route | None) -> dict[str, str]:
    return {
        title: milliseconds(getattr(route, name) if route else None)
        for title, name in (
            ("p50", "client_p50"),
            ("p95", "client_p95"),
            ("p99", "client_p99"),
            ("server p95", "server_p95"),
            ("queue", "queue_ms"),
            ("app", "application_ms"),
            ("database", "database_ms"),
        )
    }
