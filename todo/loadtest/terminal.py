"""The short form of a report, for a terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .figures import Route
from .report import Report
from .wording import bottleneck, milliseconds

__all__ = ["print_report"]

_MOST_ROUTES = 8


def print_report(console: Console, report: Report) -> None:
    """The verdict in words, thresholds that broke, the routes, the slowest request, what is
    missing.
    """
    console.print(
        Text(f"{report.run.script} on {report.run.endpoint}, run {report.run.run_id}", style="bold")
    )
    console.print(Text(bottleneck(report)))
    for threshold in report.run.failed_thresholds:
        console.print(Text(f"broken: {threshold.metric} {threshold.expression}", style="bold red"))
    console.print(_routes(report.routes))
    if report.slowest:
        slowest = report.slowest[0].request
        console.print(
            Text(f"slowest: {slowest.name} in {milliseconds(slowest.total_ms)}"), end="  "
        )
        console.print(Text(f"todo trace {slowest.request_id}", style="dim"))
    joined = f"{report.totals.n_both:,} requests are in k6's samples and in the logs"
    missing = (
        f"{report.missing_in_logs:,} answered ones are not in the logs,"
        f" {report.missing_in_k6:,} not in the samples"
    )
    console.print(Text(f"{joined}; {missing}"), style="bold red" if report.missing_in_logs else "")


def _routes(routes: list[Route]) -> Table:
    table = Table(header_style="bold", box=None, pad_edge=False)
    table.add_column("route")
    for title in (
        "requests",
        "failed",
        "p50",
        "p95",
        "p99",
        "server p95",
        "queue",
        "app",
        "database",
    ):
        table.add_column(title, justify="right")
    for route in routes[:_MOST_ROUTES]:
        times = (
            "client_p50",
            "client_p95",
            "client_p99",
            "server_p95",
            "queue_ms",
            "application_ms",
            "database_ms",
        )
        figures = [milliseconds(getattr(route, name)) for name in times]
        table.add_row(Text(route.name), f"{route.n:,}", f"{route.failed:,}", *figures)
    return table
