"""`logs-insights`: ask files, or CloudWatch, a question in Logs Insights QL."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from . import rendering
from .aws import cost_usd, logs_client, run_aws
from .duckdb.local import run_local
from .errors import InsightsError, QueryError
from .results import Results
from .time_range import TimeRange, duration_ms, moment_ms

_AWS_SINCE_MS = 3_600_000  # AWS bills what it scans, so without a word an hour must do


def main() -> None:
    """Run the command with the arguments of this process, and exit with its code."""
    try:
        command(prog_name="logs-insights", standalone_mode=False)
    except click.exceptions.Exit as ending:
        sys.exit(ending.exit_code)
    except click.Abort:
        click.echo("Interrupted.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except InsightsError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2 if isinstance(error, QueryError) else 1)


def _read(
    reader: Callable[[str], int],
) -> Callable[[click.Context, click.Parameter, str | None], int | None]:
    def read(_: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
        try:
            return None if value is None else reader(value)
        except ValueError as error:
            raise click.BadParameter(str(error), param=parameter) from None

    return read


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="logs-insights")
@click.argument("query")
@click.option(
    "--file",
    "files",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A file of events, one a line; .gz too. May be given more than once.",
)
@click.option("--aws", "on_aws", is_flag=True, help="Ask CloudWatch Logs instead of files.")
@click.option(
    "--log-group",
    "log_groups",
    multiple=True,
    help="With --aws: the log group, by name or ARN. May be given more than once.",
)
@click.option("--region", help="With --aws: the region.  [default: AWS_REGION, AWS_DEFAULT_REGION]")
@click.option(
    "--since",
    "since_ms",
    callback=_read(duration_ms),
    metavar="15m",
    help="Only the last so many s, m, h, d or w.  [default with --aws: 1h; without: all]",
)
@click.option(
    "--from",
    "start_ms",
    callback=_read(moment_ms),
    metavar="TIME",
    help="Only from then on (ISO 8601, UTC).",
)
@click.option(
    "--to",
    "end_ms",
    callback=_read(moment_ms),
    metavar="TIME",
    help="Only until then (ISO 8601, UTC).",
)
@click.option(
    "--lookup",
    "lookups",
    multiple=True,
    metavar="NAME=FILE",
    help="With --file: a CSV file with a header, for lookup. May be given more than once.",
)
@click.option(
    "--output",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="How to answer.",
)
def command(
    query: str,
    files: Sequence[Path],
    on_aws: bool,
    log_groups: Sequence[str],
    region: str | None,
    since_ms: int | None,
    start_ms: int | None,
    end_ms: int | None,
    lookups: Sequence[str],
    output: str,
) -> None:
    """Answer QUERY, a text in CloudWatch Logs Insights QL, or `-` for standard input.

    \b
    logs-insights 'filter status >= 500 | stats count(*) by path' --file app.ndjson
    logs-insights 'fields @message | limit 5' --aws --log-group my-app --since 15m

    Exit codes: 0 answered, 1 failed, 2 the query or an option is refused, 130 interrupted.
    """
    if bool(files) == on_aws:
        raise click.UsageError("give either --file or --aws")
    if since_ms is not None and (start_ms is not None or end_ms is not None):
        raise click.UsageError("--since cannot be used together with --from or --to")
    text = sys.stdin.read() if query == "-" else query
    if on_aws:
        time_range = _aws_range(since_ms, start_ms, end_ms)
        with rendering.showing_progress() as show:
            results = run_aws(
                logs_client(region),
                text,
                log_groups=log_groups,
                time_range=time_range,
                on_progress=show,
            )
    else:
        tables = dict(_lookup(each) for each in lookups)
        time_range = _range(since_ms, start_ms, end_ms)
        results = run_local(text, files, time_range, lookup_tables=tables)
    _show(results, output, on_aws)


def _lookup(given: str) -> tuple[str, str]:
    name, separator, path = given.partition("=")
    if not (name and separator and path):
        raise click.UsageError(f"--lookup takes NAME=FILE, not {given!r}")
    return name, path


def _range(since_ms: int | None, start_ms: int | None, end_ms: int | None) -> TimeRange:
    if since_ms is None:
        return TimeRange(start_ms, end_ms)
    now_ms = int(time.time() * 1000)
    return TimeRange(now_ms - since_ms, now_ms)


def _aws_range(since_ms: int | None, start_ms: int | None, end_ms: int | None) -> TimeRange:
    wanted = _range(since_ms, start_ms, end_ms)
    end_ms = int(time.time() * 1000) if wanted.end_ms is None else wanted.end_ms
    return TimeRange(end_ms - _AWS_SINCE_MS if wanted.start_ms is None else wanted.start_ms, end_ms)


def _show(results: Results, output: str, on_aws: bool) -> None:
    for warning in results.warnings:
        click.secho(f"Warning: {warning}", err=True, fg="yellow")
    if output == "json":
        click.echo(rendering.as_json(results))
        return
    if output == "csv":
        click.echo(rendering.as_csv(results), nl=False)
        return
    rendering.print_table(rendering.new_console(), results)
    cost = f", about ${cost_usd(results.statistics):.4f}" if on_aws else ""
    click.secho(rendering.statistics_line(results) + cost, err=True, dim=True)
