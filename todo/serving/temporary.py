"""A `todo serve` that is up for a while, for a command that needs one."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from .supervised import StartError

__all__ = ["environment_in", "temporary_server"]

_START_WITHIN_S = 60.0
_STOP_WITHIN_S = 15.0


def environment_in(folder: Path) -> dict[str, str]:
    """The environment of a server of its own: a free port, and all that it keeps in the folder."""
    return os.environ | {
        "TODO_PORT": str(_free_port()),
        "TODO_STATE_DIR": str(folder),
        "TODO_SPOOL_DIR": str(folder / "spool"),
        "TODO_ARCHIVE_DIR": str(folder / "logs"),
    }


@contextmanager
def temporary_server(
    environment: Mapping[str, str], log: Path, options: Sequence[str] = ()
) -> Iterator[None]:
    """Serves with the shipper until the end of the block; the output is written to `log`. Raises
    StartError, with the last of that output, when it does not come up.
    """
    with log.open("wb") as output:
        # A session of its own: Ctrl-C is for what uses the server, which then stops it.
        server = subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-m", "todo.cli", "serve", "--migrate", "--ship", *options],
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_until_up(server, environment["TODO_PORT"], log)
        yield
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)


def _wait_until_up(server: subprocess.Popen[bytes], port: str, log: Path) -> None:
    give_up = time.monotonic() + _START_WITHIN_S
    while server.poll() is None and time.monotonic() < give_up:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/health/ready", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise StartError(f"the server did not come up; its last words: {log.read_text()[-1000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
