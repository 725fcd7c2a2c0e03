"""`cloudwatch-spool`: the shipper as a command, for any app that writes to a spool."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from .destinations import Archive, CloudWatch
from .folder import SpoolFolderError
from .shipper import DEFAULT_INTERVAL_S
from .shipping import ship
from .status import Backlog, status
from .waiting import DEFAULT_DEADLINE_S, Stop

__all__ = ["main"]

Command = Callable[..., None]

_spool = click.argument("spool", type=click.Path(file_okay=False, path_type=Path))
_OPTIONS = (
    click.option("--log-group", "group", required=True, help="The log group."),
    click.option(
        "--log-stream",
        "stream",
        help="The log stream. By default the ECS task's id, else this host's name.",
    ),
    click.option(
        "--archive",
        type=click.Path(file_okay=False, path_type=Path),
        help="Deliver to files in this folder instead of CloudWatch Logs.",
    ),
    click.option(
        "--create-group/--no-create-group",
        default=True,
        show_default=True,
        help="Create a log group that is missing, or wait for it.",
    ),
    click.option(
        "--retention-days",
        type=click.IntRange(min=1),
        help="Of a log group that has to be created (default: for ever), or of the archive's "
        "files (default: 14).",
    ),
    click.option(
        "--archive-max-bytes",
        type=click.IntRange(min=1),
        default=Archive.max_bytes,
        show_default=True,
        help="Beyond it the archive's oldest files are deleted.",
    ),
    click.option(
        "--deadline",
        "deadline_s",
        type=click.FloatRange(min=0),
        default=DEFAULT_DEADLINE_S,
        show_default=True,
        help="Seconds to go on delivering once it is time to stop.",
    ),
    click.option("--echo", is_flag=True, help="Print each delivered event as well."),
)
_interval = click.option(
    "--interval",
    "interval_s",
    type=click.FloatRange(min=0),
    default=DEFAULT_INTERVAL_S,
    show_default=True,
    help="Seconds that events may wait to go with others.",
)


def _shipping(command: Command) -> Command:
    for option in reversed(_OPTIONS):
        command = option(command)
    return _spool(command)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cloudwatch-spool")
def main() -> None:
    """Deliver log events from a spool to CloudWatch Logs, or to files on this host.

    SPOOL is the folder that the app's handler writes to. Credentials and region are boto3's.
    """


@main.command("ship")
@_shipping
@_interval
def _ship_command(spool: Path, *, deadline_s: float, echo: bool, **options: Any) -> None:
    """Deliver what there is and whatever comes, until SIGTERM or Ctrl-C.

    While another shipper is at work on the folder, this one waits and takes over after it.
    """
    _run(spool, deadline_s=deadline_s, echo=echo, drain=False, **options)


@main.command("drain")
@_shipping
def _drain_command(spool: Path, *, deadline_s: float, echo: bool, **options: Any) -> None:
    """Empty the spool and end: exit code 0 when it is empty, 1 when it is not."""
    left = _run(spool, deadline_s=deadline_s, echo=echo, drain=True, **options)
    sys.exit(1 if left.events else 0)


@main.command("status")
@_spool
def _status_command(spool: Path) -> None:
    """Print as JSON how far delivery is; exit code 1 when no shipper is running."""
    now = status(spool)
    click.echo(json.dumps(now.as_fields(), indent=2))
    sys.exit(0 if now.is_running else 1)


def _run(
    spool: Path,
    *,
    deadline_s: float,
    echo: bool,
    drain: bool,
    interval_s: float = DEFAULT_INTERVAL_S,
    **destination: Any,
) -> Backlog:
    stop = Stop(deadline_s=deadline_s)
    try:
        with stop.on_signals():
            left = ship(
                spool,
                _destination(**destination),
                stop=stop,
                drain=drain,
                interval_s=interval_s,
                echo=sys.stdout if echo else None,
            )
    except (SpoolFolderError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    if left.events:
        click.echo(f"{left.events} log events stay in {spool} for the next start", err=True)
    return left


def _destination(
    *,
    group: str,
    stream: str | None,
    archive: Path | None,
    create_group: bool,
    retention_days: int | None,
    archive_max_bytes: int,
) -> CloudWatch | Archive:
    if archive is None:
        return CloudWatch(group, stream, create_group=create_group, retention_days=retention_days)
    days = Archive.retention_days if retention_days is None else retention_days
    return Archive(archive, group, stream, retention_days=days, max_bytes=archive_max_bytes)
