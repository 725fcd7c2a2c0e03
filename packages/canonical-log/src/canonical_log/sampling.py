"""Which requests have their lines written: those that are worth it, and a share of the rest.

What is known only at its end decides, so the lines of a request wait in it until then.
"""

import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Any
from zlib import crc32

from .event_record import EventRecord
from .settings import LOGGER
from .state import WorkState

__all__ = ["HeldLines", "is_chosen", "write"]

MAX_HELD = 500
"""How many lines of a request wait at most; of more, the last."""

_lock = Lock()
_Held = tuple[float, int, Callable[..., dict[str, Any]], tuple[Any, ...], logging.Handler | None]


def is_chosen(correlation_id: str, rate: float) -> bool:
    """Whether the id is among this share of all ids: the same one everywhere, at every time."""
    return crc32(correlation_id.encode()) < rate * 2**32


class HeldLines:
    """The lines of one request that wait for its end. Any thread may add to them."""

    __slots__ = ("_dropped", "_is_kept", "_lines", "_stamp", "fields", "is_chosen", "rate")

    def __init__(self, correlation_id: str, rate: float) -> None:
        """Begins with none. `rate` is the share of requests whose lines are written anyway."""
        self.rate = rate
        self.is_chosen = is_chosen(correlation_id, rate)
        self.fields: dict[str, Any] = {}  # of the canonical line
        self._lines: deque[_Held] = deque()
        self._dropped = 0
        self._is_kept: bool | None = None  # until the request is over
        self._stamp: dict[str, Any] = {}

    def add(
        self,
        level: int,
        build: Callable[..., dict[str, Any]],
        arguments: tuple[Any, ...],
        handler: logging.Handler | None = None,
    ) -> None:
        """Takes a line, whose fields are built if it is written: to this handler, or else to those
        of our logger. After the end of the request it is written as the others were, or not.
        """
        self._lines.append((time.time(), level, build, arguments, handler))
        if len(self._lines) > MAX_HELD:
            self._take(is_kept=False)
        if self._is_kept is not None:
            self._take(is_kept=self._is_kept)

    def settle(self, *, is_worth_it: bool) -> None:
        """Writes the lines or lets them go, at the end of the request.

        A line that is there by the rate alone has the rate, so that it can be weighed.
        """
        if self._is_kept is not None:
            return
        self._stamp = {} if is_worth_it else {"sample_rate": self.rate}
        self._is_kept = is_worth_it or self.is_chosen
        if self._is_kept:
            while self._lines:
                self._take(is_kept=True)
        dropped = self._dropped + len(self._lines)
        self._lines.clear()
        self.fields = self._stamp | ({"sampled_out_count": dropped} if dropped else {})

    def _take(self, *, is_kept: bool) -> None:
        """Takes the first line out, which another thread may have done meanwhile."""
        with suppress(IndexError):
            line = self._lines.popleft()
            if is_kept:
                self._write(line)
            else:
                with _lock:
                    self._dropped += 1

    def _write(self, line: _Held) -> None:
        created, level, build, arguments, handler = line
        fields = build(*arguments) | self._stamp
        record = EventRecord(fields.get("logger", LOGGER.name), level, fields, created=created)
        if handler:
            handler.handle(record)
        else:
            LOGGER.handle(record)


def write(
    state: WorkState | None, level: int, build: Callable[..., dict[str, Any]], *arguments: Any
) -> None:
    """Writes a line of our own, or has it wait for the end of its request. What is a warning never
    waits. The fields are built only for a line that is written.
    """
    if state is not None and state.held is not None and level < logging.WARNING:
        state.held.add(level, build, arguments)
    else:
        LOGGER.handle(EventRecord(LOGGER.name, level, build(*arguments)))
