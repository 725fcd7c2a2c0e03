"""Garbage collection: what it takes of a worker's time, and when it must not begin."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Collecting", "no_collection"]


class Collecting:
    """One of `gc.callbacks`: the CPU time of collections since it was last asked for."""

    def __init__(self) -> None:
        """Has seen none."""
        self._started_s = 0.0
        self._ms = 0.0

    def __call__(self, phase: str, _info: dict[str, Any]) -> None:
        """Notes the beginning or the end of a collection."""
        if phase == "start":
            self._started_s = time.thread_time()
        else:
            self._ms += (time.thread_time() - self._started_s) * 1000

    def taken_ms(self) -> float:
        """Milliseconds since the last call."""
        ms, self._ms = self._ms, 0.0
        return ms


@contextmanager
def no_collection() -> Iterator[None]:
    """Lets no collection begin in its block, so that frames of other threads can be read there.

    Before Python 3.12 one may begin whenever an object is made, also in the middle of looking up a
    frame. What it calls gives the GIL away, the other thread returns from that frame, and then
    memory is read that is free, or a lock of the interpreter's is held for ever
    (https://github.com/python/cpython/issues/106883).
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
