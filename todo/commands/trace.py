"""`todo trace`: what happened to one request and its jobs, as a waterfall."""

import click

from ._asking import answered, ask_options
from ._logs import Asking

__all__ = ["command"]


@click.command("trace")
@click.argument("id_", metavar="ID")
@click.option(
    "--output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to answer.",
)
@ask_options
def command(id_: str, output: str, asking: Asking) -> None:
    """Show what happened to one request, and to the jobs that it sent.

    ID is its correlation ID, as the response's X-Correlation-ID says, or the trace root of an ALB
    (1-8hex-24hex, or Root=1-...). Every query has a bar to scale; dots are the application's own
    time. Statements are cut to the terminal's width; --output json has them whole.
    """
    with answered():
        from logs_insights.rendering import as_json, new_console
        from todo.views.catalog import named_query, with_filter
        from todo.views.tracing import id_condition, traces
        from todo.views.waterfall import print_trace

        condition = id_condition(_correlation_ids(id_, asking))
        if condition is None:
            raise click.UsageError(
                f"{id_!r} is neither a correlation ID nor the trace root of an ALB"
            )
        results = asking.ask(with_filter(named_query("trace").text, condition))
        if output == "json":
            click.echo(as_json(results))
            return
        if not results.rows:
            click.echo(
                f"No event has the ID {id_}. Events arrive a second or two after the response.",
                err=True,
            )
        for trace in traces(results.records()):
            print_trace(new_console(), trace)
        asking.report(results)


def _correlation_ids(given: str, asking: Asking) -> list[str]:
    """The ID itself, or those of the requests of a trace root; a root without any may be an ID
    itself.
    """
    from todo.views.catalog import named_query, with_filter
    from todo.views.tracing import root_condition

    root = root_condition(given)
    if root is None:
        return [given]
    requests = asking.ask(with_filter(named_query("requests_of_trace").text, root)).records()
    return [request["correlation_id"] for request in requests if "correlation_id" in request] or [
        given.removeprefix("Root=")
    ]
