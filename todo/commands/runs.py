"""`todo runs`: the load tests that have been run here."""

from pathlib import Path

import click

from ..loadtest.errors import ReportError
from ..loadtest.folders import newest_folders, verdict_in
from ..loadtest.run import Run, read_run
from ._runs import load_folder

__all__ = ["command"]


@click.command("runs")
@click.option("--limit", default=20, show_default=True, help="Only so many, the newest.")
def command(limit: int) -> None:
    """List the load tests that are kept in TODO_STATE_DIR/load, the newest first.

    Each line has the run's ID, when it began, how long it took, k6's exit code, and what the report
    says is the bottleneck.
    """
    found = newest_folders(load_folder())
    if not found:
        click.echo(f"no load test has been run yet, {load_folder()} has none", err=True)
    for folder in found[:limit]:
        try:
            click.echo(_line(read_run(folder), folder))
        except ReportError as error:
            click.echo(str(error), err=True)


def _line(run: Run, folder: Path) -> str:
    lasted = f"{(run.ended_at - run.started_at).total_seconds():.0f} s" if run.ended_at else "-"
    code = "-" if run.exit_code is None else str(run.exit_code)
    begun = f"{run.started_at:%Y-%m-%d %H:%M:%S}"
    return f"{run.run_id:<44} {begun}  {lasted:>7}  exit {code:>3}  {_verdict(folder)}"


def _verdict(folder: Path) -> str:
    verdict = verdict_in(folder)
    if verdict is None:
        return "no report yet: todo report " + folder.name
    if not verdict["culprits"]:
        return "nothing is wrong"
    worst = verdict["culprits"][0]
    return f"{worst['layer']} in {worst['route'] or 'the server'}"
