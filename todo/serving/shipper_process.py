"""The shipper as a child process, for one machine: it is there as long as the API is, and stops
after it.
"""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

__all__ = ["shipping"]

_COMMAND = [sys.executable, "-m", "todo.cli", "ship", "--echo", "--interval", "0.2"]
_RESTART_AFTER_S = 2.0
_DRAIN_DEADLINE_S = 1.0
_KILL_AFTER_S = 1.5


@contextmanager
def shipping(environment: Mapping[str, str], say: Callable[[str], None]) -> Iterator[None]:
    """Runs `todo ship` meanwhile, and again if it ends; `say` gets a line about that.

    At the end it gets a second and a half to deliver what is there. The rest waits in the spool,
    for the next start.
    """
    process = _ShipperProcess(
        dict(environment) | {"TODO_SHIP_DRAIN_DEADLINE_S": str(_DRAIN_DEADLINE_S)}, say
    )
    try:
        yield
    finally:
        process.stop()


class _ShipperProcess:
    def __init__(self, environment: dict[str, str], say: Callable[[str], None]) -> None:
        self._environment = environment
        self._say = say
        self._stopping = threading.Event()
        self._child = self._start()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        self._stopping.set()
        self._watcher.join()
        self._child.terminate()
        try:
            self._child.wait(_KILL_AFTER_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        # A session of its own: a terminal's Ctrl-C must not stop it before the workers have written
        # their last lines.
        return subprocess.Popen(_COMMAND, env=self._environment, start_new_session=True)  # noqa: S603  # our own

    def _watch(self) -> None:
        while not self._stopping.wait(_RESTART_AFTER_S):
            code = self._child.poll()
            if code is not None:
                self._say(
                    f"the shipper ended with exit code {code}; log lines wait in the spool. Starting it again"
                )
                self._child = self._start()
