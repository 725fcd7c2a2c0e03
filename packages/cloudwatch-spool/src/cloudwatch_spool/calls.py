"""Calls of boto3, of which any may hang: in DNS, a credential process, single sign-on, a socket."""

import contextlib
import os
import queue
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from .waiting import DeadlineError, Stop

PATIENCE_S = 30.0
"""All that a call of CloudWatch itself may take is over by then: see `cloudwatch.connect`."""

_LOOK_INTERVAL_S = 0.2

T = TypeVar("T")


class StalledError(OSError):
    """A call has not returned for long; it goes on."""


class Calls:
    """Makes each call in a thread of its own, so that one that never returns can be left behind.

    Whatever it has started as a process is killed then (on Linux; elsewhere it ends when it likes).
    """

    def __init__(
        self,
        stop: Stop,
        *,
        on_stall: Callable[[Exception], None],
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`on_stall` is told of a call that is not back after `patience_s`, once."""
        self._stop = stop
        self._on_stall = on_stall
        self._patience_s = patience_s

    def make(self, call: Callable[[], T]) -> T:
        """What the call returns or raises; raises DeadlineError if time is over before that."""
        outcome: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

        def run() -> None:
            try:
                outcome.put((call(), None))
            except BaseException as error:  # whatever it is, the caller has to have it
                outcome.put((None, error))

        thread = threading.Thread(target=run, daemon=True, name="cloudwatch-spool call")
        thread.start()
        result, error = self._wait(outcome, thread)
        if error is not None:
            raise error
        return result  # type: ignore[return-value]  # only an error leaves it out

    def _wait(
        self,
        outcome: "queue.SimpleQueue[tuple[T | None, BaseException | None]]",
        thread: threading.Thread,
    ) -> tuple[T | None, BaseException | None]:
        stalled_at: float | None = time.monotonic() + self._patience_s
        while True:
            with contextlib.suppress(queue.Empty):
                return outcome.get(timeout=_LOOK_INTERVAL_S)
            try:
                self._stop.check()
            except DeadlineError:
                _kill_processes_of(thread)
                raise
            if stalled_at is not None and time.monotonic() >= stalled_at:
                stalled_at = None
                _kill_processes_of(thread)
                self._on_stall(
                    StalledError(f"boto3 has not come back for {self._patience_s:g} seconds.")
                )


def _kill_processes_of(thread: threading.Thread) -> None:
    """End what the thread has started, such as a credential process, and what that has started."""
    found = _started_by(Path(f"/proc/self/task/{thread.native_id}"))
    for process_id in found:
        found += _started_by(*Path(f"/proc/{process_id}/task").glob("*"))
    for process_id in found:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process_id, signal.SIGKILL)


def _started_by(*tasks: Path) -> list[int]:
    started: list[int] = []
    for task in tasks:
        with contextlib.suppress(OSError):  # it has ended, or this is not Linux
            started += map(int, (task / "children").read_text().split())
    return started
