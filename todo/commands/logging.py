"""`todo logging`: what a running service logs, for a while."""

import re
import time
from datetime import UTC, datetime

import click

from canonical_log import debug_header
from canonical_log.correlation import acceptable_id
from canonical_log.live import LEVELS, Change, read_change, write_change

from ._settings import current_settings

__all__ = ["command"]

_SECONDS = {"s": 1, "m": 60, "h": 3600}
_MAX_S = debug_header.MAX_AGE_S


class _While(click.ParamType[float]):
    """A time such as 10m, in seconds."""

    name = "time"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        match = re.fullmatch(r"(\d{1,6})([smh])", value)
        seconds = int(match[1]) * _SECONDS[match[2]] if match else 0
        if not 0 < seconds <= _MAX_S:
            self.fail(f"{value!r} is no time such as 30s, 10m or 2h, of at most 24h", param, ctx)
        return seconds


_for = click.option(
    "--for",
    "for_s",
    type=_While(),
    default="10m",
    show_default=True,
    metavar="TIME",
    help="How long: 30s, 10m, 2h; at most 24h.",
)


@click.group("logging")
def command() -> None:
    """Change what a running service logs, without a restart.

    All workers on this host see a change within a second, at their next request. It is a file in
    TODO_SPOOL_DIR.
    """


@command.command("set")
@click.option("--level", type=click.Choice(LEVELS, case_sensitive=False), help="The least level.")
@click.option(
    "--sample-rate",
    type=click.FloatRange(0, 1),
    help="The share of requests whose lines are all written.",
)
@_for
def set_(level: str | None, sample_rate: float | None, for_s: float) -> None:
    """Use another level or sample rate for a while."""
    if level is None and sample_rate is None:
        raise click.UsageError("say what to change: --level, --sample-rate or both")
    path = current_settings().live_file
    try:
        write_change(path, Change(time.time() + for_s, level, sample_rate))
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from None
    _say(read_change(path))


@command.command()
def reset() -> None:
    """Go back to the settings at once."""
    path = current_settings().live_file
    try:
        write_change(path, None)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be removed: {error.strerror}") from None
    _say(None)


@command.command()
def show() -> None:
    """Say what holds now."""
    try:
        _say(read_change(current_settings().live_file))
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from None


@command.command()
@click.argument("correlation_id", metavar="ID")
@_for
def sign(correlation_id: str, for_s: float) -> None:
    """Print headers with which one request is logged in full.

    Send them with the request that has this ID. Needs TODO_LOG_DEBUG_SECRET, the same as the
    service has.
    """
    secret = current_settings().log_debug_secret
    if secret is None:
        raise click.UsageError("TODO_LOG_DEBUG_SECRET is not set, so no header counts")
    if not acceptable_id(correlation_id):
        raise click.BadParameter("an ID is 1 to 128 letters, digits, '.', '_' or '-'")
    headers = debug_header.signed(correlation_id, secret.get_secret_value(), for_s=for_s)
    for name, value in headers.items():
        click.echo(f"{name}: {value}")


def _say(change: Change | None) -> None:
    settings = current_settings()
    level, rate = settings.log_level, settings.log_sample_rate
    if change is None:
        click.echo(f"level {level}, sample rate {rate:g}, by the settings")
        return
    until = datetime.fromtimestamp(change.until_s, UTC)
    rate = rate if change.sample_rate is None else change.sample_rate
    click.echo(
        f"level {change.level or level}, sample rate {rate:g}, until {until:%Y-%m-%d %H:%M:%S} UTC"
    )
