"""`todo console`: requests, logs and load tests in a browser."""

import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..config import Settings
from ..serving.console import console_port
from ..serving.lifeline import end_at_the_close_of
from ..serving.listener import bound_socket
from ._asking import answered, logs_options
from ._logs import Logs
from ._settings import current_settings, server_of
from ._sources import sources_of

if TYPE_CHECKING:  # it needs the extra `insights`, as the rest of the console
    from ..console.runner import Runner

__all__ = ["command"]

_HOST = "127.0.0.1"
_ENDS_WITHIN_S = 1.0


@click.command("console")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=lambda: console_port(current_settings()),
    show_default="TODO_CONSOLE_PORT, or one more than TODO_PORT",
    help="The TCP port; 0 for any that is free.",
)
@click.option("--listener-fd", type=int, hidden=True, help="A socket that listens already.")
@click.option(
    "--endpoint",
    show_default="the server that runs in this folder",
    help="The base URL of the server that gets the load tests which a page starts.",
)
@logs_options
def command(port: int, listener_fd: int | None, endpoint: str | None, logs: Logs) -> None:
    """Show requests, logs and load tests in a browser.

    `make run` starts it, too. It answers only on this machine and changes nothing, but can start
    the load tests of the folder k6, unless it looks at other logs than this folder's own. An index
    of the files makes it quick: it is in TODO_STATE_DIR/console, can be deleted, and is then made
    again. Ctrl-C stops it.
    """
    settings = current_settings()
    if settings.lifeline_fd is not None:
        end_at_the_close_of(settings.lifeline_fd, within_s=_ENDS_WITHIN_S)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with answered():
        from ..console.server import serve_console

        listener = _listener(port) if listener_fd is None else socket.socket(fileno=listener_fd)
        if listener_fd is None:
            url = f"http://{_HOST}:{listener.getsockname()[1]}"
            click.echo(f"the console is on {url}. Ctrl-C stops it.", err=True)
        try:
            sources = sources_of(logs, settings, is_indexed=True)
            serve_console(listener, sources, _load_tests(logs, settings, endpoint))
        except KeyboardInterrupt:
            sys.exit(0)


def _load_tests(logs: Logs, settings: Settings, endpoint: str | None) -> "Runner | None":
    """None where the pages would not show what a load test does."""
    from ..console.runner import Runner

    if logs.on_aws or logs.files or logs.archive != settings.archive_dir:
        return None
    return Runner(Path("k6"), lambda: endpoint or server_of(settings))


def _listener(port: int) -> socket.socket:
    try:
        return bound_socket(_HOST, port)
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {_HOST}:{port} ({error.strerror}): another console may run there."
            " Choose another port with --port, or 0 for any that is free."
        ) from None
