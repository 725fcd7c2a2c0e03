"""What the commands that ask the logs share: their options, and how they fail."""

import importlib.util
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from canonical_log.correlation import acceptable_id

from ._logs import Asking, Logs
from ._settings import current_settings

if TYPE_CHECKING:  # without the extra `insights` the commands still load, and say what is missing
    from logs_insights import TimeRange

__all__ = ["answered", "ask_options", "condition_options", "logs_options"]

_AWS_SINCE_MS = 3_600_000  # AWS bills what it scans, so without a word an hour must do

Command = Callable[..., None]


def ask_options(command: Command) -> Command:
    """Adds the options of where and when to ask; the command gets them as one `asking`."""

    @wraps(command)
    def with_asking(
        *, logs: Logs, since: int | None, start: int | None, end: int | None, **rest: Any
    ) -> None:
        if since is not None and (start is not None or end is not None):
            raise click.UsageError("--since cannot be used together with --from or --to")
        command(asking=Asking(logs, _span(logs.on_aws, since, start, end)), **rest)

    with_logs = logs_options(with_asking)
    for option in reversed(_TIMES):
        with_logs = option(with_logs)
    return with_logs


def logs_options(command: Command) -> Command:
    """Adds the options of where to ask; the command gets them as `logs`."""

    @wraps(command)
    def with_logs(
        *,
        on_aws: bool,
        archive: Path,
        files: tuple[Path, ...],
        log_group: tuple[str, ...],
        **rest: Any,
    ) -> None:
        if importlib.util.find_spec("duckdb") is None:
            _explain_extra()
        command(logs=Logs(on_aws, archive, log_group[0], files, log_group[1:]), **rest)

    for option in reversed(_PLACES):
        with_logs = option(with_logs)
    return with_logs


def condition_options(command: Command) -> Command:
    """Adds --correlation-id and --run-id; the command gets `conditions`, filters as Insights QL."""

    @wraps(command)
    def with_conditions(*, correlation_id: str | None, run_id: str | None, **rest: Any) -> None:
        named = {"correlation_id": correlation_id, "run_id": run_id}
        command(
            conditions=[f'{name} = "{value}"' for name, value in named.items() if value], **rest
        )

    for option in (
        click.option("--run-id", callback=_check_id, help="Only events of this load run."),
        click.option("--correlation-id", callback=_check_id, help="Only events of this request."),
    ):
        with_conditions = option(with_conditions)
    return with_conditions


@contextmanager
def answered() -> Iterator[None]:
    """Ends the command in the words of the error: exit code 2 for a refused query, 1 for any other
    failure.
    """
    try:
        from logs_insights import InsightsError, QueryError
    except ImportError:
        _explain_extra()
    try:
        yield
    except QueryError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    except InsightsError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)


def _explain_extra() -> NoReturn:
    raise click.ClickException(
        "this command needs the extra `insights`: pip install 'taskoverflow[insights]'"
    )


def _span(
    on_aws: bool, since_ms: int | None, start_ms: int | None, end_ms: int | None
) -> "TimeRange":
    from logs_insights import TimeRange

    now_ms = int(time.time() * 1000)
    if since_ms is not None:
        return TimeRange(now_ms - since_ms, now_ms)
    if on_aws:
        end_ms = now_ms if end_ms is None else end_ms
        start_ms = end_ms - _AWS_SINCE_MS if start_ms is None else start_ms
    return TimeRange(start_ms, end_ms)


def _check_id(_context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not acceptable_id(value):
        raise click.BadParameter(
            "an ID is 1 to 128 letters, digits, '.', '_' or '-'", param=parameter
        )
    return value


def _time(reader: str) -> Callable[[click.Context, click.Parameter, str | None], int | None]:
    """The callback of an option that a function of `logs_insights`, given by name, reads."""

    def read(_context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
        if value is None:
            return None
        try:
            import logs_insights
        except ImportError:
            _explain_extra()
        try:
            milliseconds: int = getattr(logs_insights, reader)(value)
        except ValueError as error:
            raise click.BadParameter(str(error), param=parameter) from None
        return milliseconds

    return read


_TIMES = (
    click.option(
        "--since",
        callback=_time("duration_ms"),
        metavar="15m",
        help="Only the last so many s, m, h, d or w.",
    ),
    click.option(
        "--from",
        "start",
        callback=_time("moment_ms"),
        metavar="TIME",
        help="Only from then on (ISO 8601, UTC).",
    ),
    click.option(
        "--to",
        "end",
        callback=_time("moment_ms"),
        metavar="TIME",
        help="Only until then (ISO 8601, UTC).",
    ),
)
_PLACES = (
    click.option(
        "--aws/--local",
        "on_aws",
        default=False,
        help="Ask CloudWatch Logs (by default about the last hour) or the archive on this machine"
        " (about all of it).",
    ),
    click.option(
        "--archive",
        type=click.Path(path_type=Path),
        default=lambda: current_settings().archive_dir,
        show_default="TODO_ARCHIVE_DIR",
        help="The archive's folder.",
    ),
    click.option(
        "--file",
        "files",
        type=click.Path(path_type=Path),
        multiple=True,
        help="A file of newline-delimited JSON to ask instead of the archive; .gz too, and more"
        " than one.",
    ),
    click.option(
        "--log-group",
        multiple=True,
        default=lambda: (current_settings().log_group,),
        show_default="TODO_LOG_GROUP",
        help="The log group; may be given more than once.",
    ),
)
