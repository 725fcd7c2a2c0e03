"""`todo ship`: the process that delivers log events from the spool."""

import json
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..config import Settings
from ._settings import current_settings

if TYPE_CHECKING:
    from cloudwatch_spool.shipper import Delivery
    from cloudwatch_spool.statistics import Statistics
    from cloudwatch_spool.stop import Stop

__all__ = ["command"]


@click.command("ship")
@click.option(
    "--drain", is_flag=True, help="Empty the spool and exit: 0 when it is empty, 1 when it is not."
)
@click.option(
    "--status",
    "is_status",
    is_flag=True,
    help="Print how far delivery is; exit 1 when no shipper runs.",
)
@click.option("--echo", is_flag=True, help="Print each delivered event to standard output as well.")
@click.option(
    "--interval",
    "interval_s",
    default=1.0,
    show_default=True,
    help="Seconds that events wait for others.",
)
def command(*, drain: bool, is_status: bool, echo: bool, interval_s: float) -> None:
    """Deliver log events from the spool to CloudWatch Logs, or to the archive on this host.

    TODO_LOG_DESTINATION says which. SIGTERM and Ctrl-C let it deliver what is there, for at most
    TODO_SHIP_DRAIN_DEADLINE_S; what is left then stays in the spool for the next start.
    """
    from cloudwatch_spool.echo import EchoingDelivery
    from cloudwatch_spool.folder import SpoolBusyError, SpoolFolder
    from cloudwatch_spool.shipper import Shipper
    from cloudwatch_spool.statistics import Statistics
    from cloudwatch_spool.stop import Stop

    settings = current_settings()
    if is_status:
        _print_status(settings.spool_dir)
    stop = Stop(deadline_s=None if drain else settings.ship_drain_deadline_s)
    stop.on_signals()
    if drain:
        stop.request()
    folder = SpoolFolder(settings.spool_dir)
    statistics = Statistics(settings.spool_dir)
    name = f"shipper-{os.urandom(4).hex()}"
    delivery = _delivery(settings, name=name, stop=stop, statistics=statistics)
    if echo:
        delivery = EchoingDelivery(delivery)
    shipper = Shipper(
        folder, delivery, stop=stop, statistics=statistics, name=name, interval_s=interval_s
    )
    try:
        left = shipper.run()
    except SpoolBusyError as error:
        raise click.ClickException(str(error)) from error
    if left.events:
        click.echo(
            f"{left.events} log events stay in {settings.spool_dir} for the next start", err=True
        )
    sys.exit(1 if drain and left.events else 0)


def _print_status(spool_dir: Path) -> None:
    from cloudwatch_spool.status import status

    numbers = status(spool_dir)
    click.echo(json.dumps(numbers, indent=2))
    sys.exit(not numbers["is_running"])


def _delivery(
    settings: Settings, *, name: str, stop: "Stop", statistics: "Statistics"
) -> "Delivery":
    common: dict[str, Any] = {"stop": stop, "statistics": statistics}
    stream = _log_stream(settings)
    if settings.log_destination == "archive":
        from cloudwatch_spool.archive import ArchiveDelivery

        return ArchiveDelivery(
            settings.archive_dir,
            settings.log_group,
            stream,
            retention_days=settings.archive_retention_days,
            max_bytes=settings.archive_max_bytes,
            **common,
        )
    from cloudwatch_spool.delivery import CloudWatchDelivery
    from cloudwatch_spool.log_stream import LogStream
    from cloudwatch_spool.rejects import Rejects

    log_stream = LogStream(
        settings.log_group,
        stream,
        create_group=settings.create_log_group,
        retention_days=settings.log_retention_days,
    )
    return CloudWatchDelivery(log_stream, rejects=Rejects(settings.spool_dir), name=name, **common)


def _log_stream(settings: Settings) -> str:
    if settings.log_stream:
        return settings.log_stream
    if settings.ecs_container_metadata_uri_v4:
        from cloudwatch_spool.ecs import task_id

        if found := task_id(settings.ecs_container_metadata_uri_v4):
            return found
    return socket.gethostname()
