"""The process that keeps an embedded PostgreSQL running: `python -m todo.serving.postgres_keeper
FOLDER`.

It starts the server and prints the URI of its database, starts it again when it dies, and stops it
when it is asked to, or when the process that started it has gone. Killed itself, it leaves the
server to the next keeper, which takes it over.
"""

import select
import signal
import sys
import time
from pathlib import Path
from types import FrameType

import psycopg2

from ..config import load_settings
from .embedded_postgres import DATABASE, EmbeddedPostgres, PostgresError

__all__ = ["main"]

_LOOK_EVERY_S = 0.2
_PATIENCE_S = 4.0  # those whom the same end concerns finish their requests meanwhile


def main(folder: Path) -> int:
    """The exit code: 0 when it was stopped, 1 when PostgreSQL does not start."""
    asked_to_stop = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked_to_stop
        asked_to_stop = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    server = EmbeddedPostgres(folder)
    has_been_up = False
    lifeline_fd = load_settings().lifeline_fd
    is_alone = False
    while not (asked_to_stop or is_alone):
        if not (has_been_up and server.is_running()):
            try:
                _start(server, is_again=has_been_up)
            except PostgresError as error:
                _say(str(error))
                if not has_been_up:
                    return 1
            has_been_up = True
        is_alone = _wait(lifeline_fd)
    server.stop(patience_s=_PATIENCE_S if is_alone else 0)
    return 0


def _start(server: EmbeddedPostgres, *, is_again: bool) -> None:
    if is_again:
        _say("PostgreSQL ended. Starting it again")
    server.start()
    try:
        uri = server.create_database(DATABASE)
    except psycopg2.OperationalError as error:  # it went away again
        raise PostgresError(f"PostgreSQL does not answer: {error}") from None
    if not is_again:
        print(uri, flush=True)


def _wait(lifeline_fd: int | None) -> bool:
    """Whether the process that started this one has gone; after a moment, if it has not."""
    if lifeline_fd is None:
        time.sleep(_LOOK_EVERY_S)
        return False
    return bool(select.select([lifeline_fd], [], [], _LOOK_EVERY_S)[0])


def _say(text: str) -> None:
    print(f"taskoverflow: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
