"""`todo bottlenecks`: the routes and statements that take the most time."""

import json

import click

from ._asking import answered, ask_options, condition_options
from ._logs import Asking

__all__ = ["command"]


@click.command("bottlenecks")
@click.option(
    "--output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to answer.",
)
@condition_options
@ask_options
def command(output: str, conditions: list[str], asking: Asking) -> None:
    """Rank routes and SQL statements by the time that they took in all.

    Each has a correlation ID as an example for `todo trace`. N+1 counts the requests that sent one
    statement again and again. The figures are those of the queries bottleneck_routes and
    bottleneck_statements.
    """
    with answered():
        from logs_insights.rendering import new_console
        from todo.views.catalog import named_query, with_filter
        from todo.views.ranking import print_routes, print_statements

        texts = [named_query(name).text for name in ("bottleneck_routes", "bottleneck_statements")]
        for condition in conditions:
            texts = [with_filter(text, condition) for text in texts]
        routes, statements = map(asking.ask, texts)
        if output == "json":
            click.echo(
                json.dumps(
                    {"routes": routes.records(), "statements": statements.records()}, indent=2
                )
            )
            return
        console = new_console()
        print_routes(console, routes.records())
        print_statements(console, statements.records())
        asking.report(routes)
        asking.report(statements)
