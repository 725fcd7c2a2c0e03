"""The console that comes along with `todo serve --ship`, as a process of its own."""

import importlib.util
import socket
import sys
from collections.abc import Callable, Mapping, Sequence

from ..config import Settings
from .listener import bound_socket
from .processes import Service

__all__ = ["bound_console", "console_port", "console_service"]

_HOST = "127.0.0.1"
_STOPS_WITHIN_S = 1.0


def console_port(settings: Settings) -> int:
    """Where the console listens; 0 for nowhere."""
    if settings.console_port is None:
        return min(settings.port + 1, 65535)
    return settings.console_port


def bound_console(settings: Settings, say: Callable[[str], None]) -> socket.socket | None:
    """The socket of the console. None where there is to be none, and where it cannot be: the lines
    go to AWS, the extra `insights` is not installed, or the port is taken, which it says.
    """
    port = console_port(settings)
    has_extra = importlib.util.find_spec("duckdb") is not None
    if not port or settings.log_destination != "archive" or not has_extra:
        return None
    try:
        return bound_socket(_HOST, port)
    except OSError as error:
        say(
            f"there is no console, since it cannot listen on {_HOST}:{port} ({error.strerror}):"
            " choose another port with TODO_CONSOLE_PORT"
        )
        return None


def console_service(
    listener: socket.socket, environment: Mapping[str, str], fds: Sequence[int]
) -> Service:
    """The process that serves it."""
    fd = listener.fileno()
    return Service(
        "the console",
        [sys.executable, "-m", "todo.cli", "console", "--listener-fd", str(fd)],
        environment,
        stop_within_s=_STOPS_WITHIN_S,
        pass_fds=(*fds, fd),
    )
