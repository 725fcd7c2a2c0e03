"""`todo insights`: ask the logs, on AWS or in the archive on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._asking import answered, ask_options, condition_options
from ._logs import Asking

if TYPE_CHECKING:
    from logs_insights import Results

__all__ = ["command"]


@click.command("insights")
@click.argument("query", required=False)
@click.option(
    "--output",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="How to answer.",
)
@condition_options
@ask_options
def command(query: str | None, output: str, conditions: list[str], asking: Asking) -> None:
    """Ask the logs a question in Logs Insights QL.

    QUERY is the name of a query that comes with TaskOverflow, a file, or the text itself. Without
    it, the names are listed with the question that each answers.

    \b
    todo insights routes --since 15m
    todo insights 'filter http_status >= 500 | stats count(*) by http_route'
    todo insights slowest_requests --aws --since 1h --output csv
    """
    with answered():
        if query is None:
            _list_queries()
            return
        from todo.views.catalog import with_filter

        text = _text(query)
        for condition in conditions:
            text = with_filter(text, condition)
        results = asking.ask(text)
        _show(results, output, asking)
        if query not in _named():  # ours ask for fields that only some logs have
            for warning in results.warnings:
                click.secho(f"Warning: {warning}", err=True, fg="yellow")


def _list_queries() -> None:
    from todo.views.catalog import named_queries

    queries = named_queries()
    width = max(len(query.name) for query in queries)
    for query in queries:
        click.echo(f"{query.name:<{width}}  {query.question}")


def _named() -> dict[str, str]:
    from todo.views.catalog import named_queries

    return {each.name: each.text for each in named_queries()}


def _text(query: str) -> str:
    named = _named()
    if query in named:
        return named[query]
    if query.replace("_", "").replace("-", "").isalnum():
        raise click.UsageError(f"there is no query named {query!r}; there are {', '.join(named)}")
    path = Path(query)
    if path.suffix == ".insights":
        if not path.is_file():
            raise click.UsageError(f"there is no file {path}")
        return path.read_text(encoding="utf-8")
    return query


def _show(results: "Results", output: str, asking: Asking) -> None:
    from logs_insights import rendering

    if output == "json":
        click.echo(rendering.as_json(results))
    elif output == "csv":
        click.echo(rendering.as_csv(results), nl=False)
    else:
        rendering.print_table(rendering.new_console(), results)
        asking.report(results)
