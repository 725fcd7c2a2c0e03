"""`todo compare`: two load tests side by side."""

import sys

import click

from ..loadtest.errors import ReportError
from ._asking import answered
from ._runs import run_folder

__all__ = ["command"]


@click.command("compare")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option(
    "--output",
    type=click.Choice(["text", "markdown", "junit"]),
    default="text",
    show_default=True,
    help="How to answer; JUnit's XML is for CI.",
)
def command(before: str, after: str, output: str) -> None:
    """Say what is slower, faster or the same in run B than in run A, by route and by statement.

    A and B are IDs of runs that have a report, or `latest`. Medians are compared; the 95 % interval
    of their ratio comes from drawing pieces of both runs again and again, so that a difference
    within the runs' own noise is called that. The exit code is 1 when something got slower, and 2
    when the runs cannot be compared.
    """
    with answered():
        from ..loadtest.comparison import compare
        from ..loadtest.comparison_text import as_junit, as_markdown, as_text

        try:
            comparison = compare(run_folder(before), run_folder(after))
        except ReportError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(2)
        written = {"text": as_text, "markdown": as_markdown, "junit": as_junit}[output]
        click.echo(written(comparison))
    sys.exit(1 if comparison.slower else 0)
