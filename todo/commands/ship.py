"""`todo ship`: the process that delivers log events from the spool."""

import json
import sys
from typing import TYPE_CHECKING

import click

from ..config import Settings
from ..serving.lifeline import end_at_the_close_of
from ._settings import current_settings

if TYPE_CHECKING:
    from cloudwatch_spool import Archive, CloudWatch, Traces

__all__ = ["command"]

_SERVICE = "taskoverflow"
_PASTE = "Paste fresh ones into `credentials`; delivery then goes on by itself."
_MAY_WRITE = "May this role write to the log group, and in this region (AWS_REGION)?"
# By the error's code: what a person who runs this app can do about it.
_REMEDIES = {
    "ExpiredToken": _PASTE,
    "ExpiredTokenException": _PASTE,
    "RequestExpired": _PASTE,
    "UnrecognizedClientException": "Wrong credentials, or wrong for this region (AWS_REGION). "
    + _PASTE,
    "InvalidClientTokenId": f"Wrong credentials. {_PASTE}",
    "NoCredentialsError": "Fill in `credentials` (see credentials.example), readable for the "
    "shipper's user.",
    "NoRegionError": "Set AWS_DEFAULT_REGION, such as us-east-1.",
    "EndpointConnectionError": "Is the region (AWS_REGION) spelt right, and is there a network?",
    "ResourceNotFoundException": "Create the log group, or set TODO_CREATE_LOG_GROUP=true.",
    "AccessDenied": _MAY_WRITE,
    "AccessDeniedException": _MAY_WRITE,
}

_ENDS_AFTER_DEADLINE_S = 1.0


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
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    help="Seconds that events wait for others.",
)
def command(*, drain: bool, is_status: bool, echo: bool, interval_s: float) -> None:
    """Deliver log events from the spool to CloudWatch Logs, or to the archive on this host.

    TODO_LOG_DESTINATION says which. SIGTERM and Ctrl-C let it deliver what is there, for at most
    TODO_SHIP_DRAIN_DEADLINE_S, and so does --drain; what is left then stays in the spool for the
    next start. While another shipper is at work on the spool, this one waits to take over.
    """
    from cloudwatch_spool import SpoolFolderError, Stop, ship

    settings = current_settings()
    if is_status:
        _print_status(settings)
    stop = Stop(deadline_s=settings.ship_drain_deadline_s)
    if settings.lifeline_fd is not None:
        end_at_the_close_of(
            settings.lifeline_fd, within_s=settings.ship_drain_deadline_s + _ENDS_AFTER_DEADLINE_S
        )
    try:
        with stop.on_signals():
            left = ship(
                settings.spool_dir,
                _destination(settings),
                stop=stop,
                drain=drain,
                interval_s=interval_s,
                echo=sys.stdout if echo else None,
                remedies=_REMEDIES,
                traces=_traces(settings),
            )
    except SpoolFolderError as error:
        raise click.ClickException(f"TODO_SPOOL_DIR: {error}") from error
    left_spans = _left_spans(settings)
    if left.events:
        click.echo(
            f"{left.events} log events stay in {settings.spool_dir} for the next start", err=True
        )
    if left_spans:
        click.echo(f"{left_spans} spans stay in {settings.spool_dir} for the next start", err=True)
    sys.exit(1 if drain and (left.events or left_spans) else 0)


def _print_status(settings: Settings) -> None:
    from cloudwatch_spool import status

    now = status(settings.spool_dir)
    click.echo(json.dumps(now.as_fields(), indent=2))
    sys.exit(0 if now.is_running else 1)


def _left_spans(settings: Settings) -> int:
    from cloudwatch_spool import status, traces_folder

    if settings.traces_endpoint is None:
        return 0
    return status(traces_folder(settings.spool_dir)).backlog.events


def _traces(settings: Settings) -> "Traces | None":
    from cloudwatch_spool import Otlp, Traces

    from ..serving.spans import spans_of

    if settings.traces_endpoint is None:
        return None
    resource: dict[str, str | int | float | bool] = {"service.name": _SERVICE}
    if settings.service_environment:
        resource["deployment.environment.name"] = settings.service_environment
    if settings.traces_endpoint != "xray":
        return Traces(Otlp(settings.traces_endpoint, resource), spans_of)
    return Traces(Otlp.xray(_region(), resource=resource), spans_of)


def _region() -> str:
    import boto3  # type: ignore[import-untyped]  # boto3 ships no types

    region: str | None = boto3.Session().region_name
    if not region:
        raise click.ClickException(
            "TODO_TRACES_ENDPOINT=xray needs a region: set AWS_DEFAULT_REGION, such as us-east-1."
        )
    return region


def _destination(settings: Settings) -> "Archive | CloudWatch":
    from cloudwatch_spool import Archive, CloudWatch, Service

    if settings.log_destination == "archive":
        return Archive(
            settings.archive_dir,
            settings.log_group,
            settings.log_stream,
            retention_days=settings.archive_retention_days,
            max_bytes=settings.archive_max_bytes,
        )
    return CloudWatch(
        settings.log_group,
        settings.log_stream,
        create_group=settings.create_log_group,
        retention_days=settings.log_retention_days,
        service=Service(_SERVICE, settings.service_environment)
        if settings.service_environment
        else None,
    )
