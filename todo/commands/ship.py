"""`todo ship`: the process that delivers log events from the spool."""

import json
import os
import socket
import sys
from pathlib import Path

import click


@click.command(name="ship")
@click.option(
    "--spool", type=click.Path(path_type=Path), default=Path("var/spool"), help="Folder of the spool."
)
@click.option("--destination", type=click.Choice(["archive", "cloudwatch"]), default="archive")
@click.option("--group", default="taskoverflow", help="Log group.")
@click.option("--stream", default=None, help="Log stream; by default this host's name.")
@click.option("--retention-days", type=int, default=None, help="Retention of a log group that is created.")
@click.option(
    "--archive", type=click.Path(path_type=Path), default=Path("var/logs"), help="Folder of the archive."
)
@click.option("--archive-days", type=float, default=14.0, help="How long the archive keeps a file.")
@click.option("--archive-bytes", type=int, default=2 << 30, help="How large the archive may become.")
@click.option(
    "--interval", "interval_s", type=float, default=1.0, help="Seconds that events may wait for others."
)
@click.option("--deadline", "deadline_s", type=float, default=15.0, help="Seconds to drain after SIGTERM.")
@click.option("--drain", is_flag=True, help="Empty the spool and exit: 0 if empty, 1 if not.")
@click.option(
    "--status", "is_status", is_flag=True, help="Print how far delivery is, and exit: 1 if no shipper runs."
)
@click.option("--echo", is_flag=True, help="Print each delivered event to standard output as well.")
def command(
    *,
    spool: Path,
    destination: str,
    group: str,
    stream: str | None,
    retention_days: int | None,
    archive: Path,
    archive_days: float,
    archive_bytes: int,
    interval_s: float,
    deadline_s: float,
    drain: bool,
    is_status: bool,
    echo: bool,
) -> None:
    """Deliver log events from the spool to CloudWatch Logs, or to the archive on this host."""
    from ..cloudwatch.echo import EchoingDelivery
    from ..cloudwatch.folder import SpoolBusyError, SpoolFolder
    from ..cloudwatch.shipper import Delivery, Shipper
    from ..cloudwatch.statistics import Statistics
    from ..cloudwatch.status import status
    from ..cloudwatch.stop import Stop

    if is_status:
        numbers = status(spool)
        click.echo(json.dumps(numbers, indent=2))
        sys.exit(not numbers["is_running"])
    stop = Stop(deadline_s=None if drain else deadline_s)
    stop.on_signals()
    if drain:
        stop.request()
    folder = SpoolFolder(spool)
    statistics = Statistics(spool)
    name = f"shipper-{os.urandom(4).hex()}"
    stream = stream or socket.gethostname()
    delivery: Delivery
    if destination == "cloudwatch":
        from ..cloudwatch.delivery import CloudWatchDelivery
        from ..cloudwatch.log_stream import LogStream
        from ..cloudwatch.rejects import Rejects

        log_stream = LogStream(group, stream, retention_days=retention_days)
        delivery = CloudWatchDelivery(
            log_stream, rejects=Rejects(spool), stop=stop, statistics=statistics, name=name
        )
    else:
        from ..cloudwatch.archive import ArchiveDelivery

        delivery = ArchiveDelivery(
            archive,
            group,
            stream,
            retention_days=archive_days,
            max_bytes=archive_bytes,
            stop=stop,
            statistics=statistics,
        )
    if echo:
        delivery = EchoingDelivery(delivery)
    shipper = Shipper(folder, delivery, stop=stop, statistics=statistics, name=name, interval_s=interval_s)
    try:
        left = shipper.run()
    except SpoolBusyError as error:
        raise click.ClickException(str(error)) from error
    if left.events:
        click.echo(f"{left.events} log events stay in {spool} for the next start", err=True)
    sys.exit(1 if drain and left.events else 0)
