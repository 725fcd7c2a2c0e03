"""`todo report`: what a load test found, as one page."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..loadtest.errors import ReportError
from ._asking import answered
from ._logs import Logs
from ._runs import run_folder
from ._settings import current_settings

if TYPE_CHECKING:  # without the extra `insights` the command still loads, and says what is missing
    from ..loadtest.report import Report

__all__ = ["command"]


@click.command("report")
@click.argument("run_id")
@click.option(
    "--aws/--local",
    "on_aws",
    default=False,
    help="Ask CloudWatch Logs, or the archive on this machine.",
)
@click.option(
    "--archive",
    type=click.Path(path_type=Path),
    default=lambda: current_settings().archive_dir,
    show_default="TODO_ARCHIVE_DIR",
    help="The archive's folder.",
)
@click.option("--log-group", show_default="as the run says", help="The log group.")
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(0, 900),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long after the run's end to wait for log lines that have not arrived.",
)
def command(run_id: str, on_aws: bool, archive: Path, log_group: str | None, wait_s: float) -> None:
    """Join what k6 measured with what the application logged, request by request.

    RUN_ID is what `todo load` printed, a folder of TODO_STATE_DIR/load, or `latest`; `todo runs`
    lists them. The page is written there, as report.html: one file that needs no network. Beside it
    is report.json, with the verdict as data.
    """
    with answered(), _extra():
        from ..loadtest.document import as_json
        from ..loadtest.page import page
        from ..loadtest.report import make_report
        from ..loadtest.run import read_run

        folder = run_folder(run_id)
        try:
            run = read_run(folder)
            logs = Logs(on_aws, archive, log_group or run.log_group)
            with _progress() as show:
                report = make_report(
                    run,
                    folder / "samples.csv",
                    logs.ask,
                    logs=_in_words(logs),
                    wait_s=wait_s,
                    on_progress=show,
                )
                show("drawing")
                html = page(report)
        except ReportError as error:
            raise click.ClickException(str(error)) from error
        path = folder / "report.html"
        path.write_text(html, encoding="utf-8")
        (folder / "report.json").write_text(as_json(report), encoding="utf-8")
        _print(report, path, logs)


def _in_words(logs: Logs) -> str:
    if logs.on_aws:
        return f"CloudWatch Logs, log group {logs.log_group}"
    return f"the archive {logs.archive / logs.log_group}"


def _print(report: "Report", path: Path, logs: Logs) -> None:
    from logs_insights.rendering import new_console

    from ..loadtest.terminal import print_report

    print_report(new_console(), report, lambda id_: f"todo trace {id_}{logs.as_options()}")
    if logs.on_aws:
        from logs_insights import Statistics, cost_usd

        scanned = report.bytes_scanned
        click.secho(
            f"scanned {scanned / 1e6:,.1f} MB, about ${cost_usd(Statistics(0, 0, scanned)):.4f}",
            err=True,
            dim=True,
        )
    click.echo(f"report: {path}")


@contextmanager
def _extra() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        hint = "pip install 'taskoverflow[insights]'"
        raise click.ClickException(
            f"this command needs the extra `insights` ({error.name}): {hint}"
        ) from error


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Shows what is being done, on one line of a terminal's standard error."""
    shown = sys.stderr.isatty()

    def show(text: str) -> None:
        if shown:
            click.echo(f"\r\033[K{text} ...", nl=False, err=True)

    try:
        yield show
    finally:
        if shown:
            click.echo("\r\033[K", nl=False, err=True)
