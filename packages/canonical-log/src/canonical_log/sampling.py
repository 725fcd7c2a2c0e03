"""Which requests have their lines written: those that are worth it, and a share of the rest.

What is known only at its end decides, so the lines of a request wait in it until then.
"""

import logging
import time
from collections import deque
from hashlib import blake2b
from threading import Lock
from typing import Any

from .formatter import EventRecord
from .settings import LOGGER

__all__ = ["HeldLines", "is_chosen", "write"]

MAX_HELD = 500
"""How many lines of a request wait at most; of more, the last."""

_Held = tuple[float, int, dict[str, Any], logging.Handler | None]


def is_chosen(correlation_id: str, rate: float) -> bool:
    """Whether the id is among this share of all ids: the same one everywhere, at every time."""
    digest = blake2b(correlation_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest) < rate * 2**64


class HeldLines:
    """The lines of one request that wait for its end. Any thread may add to them."""

    __slots__ = ("_count", "_is_kept", "_lines", "_lock", "_stamp", "fields", "is_chosen", "rate")

    def __init__(self, correlation_id: str, rate: float) -> None:
        """Begins with none. `rate` is the share of requests whose lines are written anyway."""
        self.rate = rate
        self.is_chosen = is_chosen(correlation_id, rate)
        self._lines: deque[_Held] = deque(maxlen=MAX_HELD)
        self._count = 0
        self._is_kept: bool | None = None  # until the request is over
        self._stamp: dict[str, Any] = {}
        self.fields: dict[str, Any] = {}  # of the canonical line
        self._lock = Lock()

    def add(
        self, level: int, fields: dict[str, Any], handler: logging.Handler | None = None
    ) -> None:
        """Takes a line, which goes to this handler, or else to those of our logger. After the end
        of the request it is written as the others were, or not.
        """
        line = (time.time(), level, fields, handler)
        with self._lock:
            if self._is_kept is None:
                self._count += 1
                self._lines.append(line)
                return
        if self._is_kept:
            self._write(line)

    def settle(self, *, is_worth_it: bool) -> None:
        """Writes the lines or lets them go, at the end of the request.

        A line that is there by the rate alone has the rate, so that it can be weighed.
        """
        with self._lock:
            if self._is_kept is not None:
                return
            self._is_kept = is_worth_it or self.is_chosen
            self._stamp = {} if is_worth_it else {"sample_rate": self.rate}
            lines = list(self._lines) if self._is_kept else []
            self._lines.clear()
        for line in lines:
            self._write(line)
        dropped = self._count - len(lines)
        self.fields = self._stamp | ({"sampled_out_count": dropped} if dropped else {})

    def _write(self, line: _Held) -> None:
        created, level, fields, handler = line
        record = EventRecord(
            fields.get("logger", LOGGER.name), level, fields | self._stamp, created=created
        )
        if handler:
            handler.handle(record)
        else:
            LOGGER.handle(record)


def write(held: HeldLines | None, level: int, fields: dict[str, Any]) -> None:
    """Writes a line of our own, or has it wait among the request's. What is a warning never
    waits.
    """
    if held is not None and level < logging.WARNING:
        held.add(level, fields)
    else:
        LOGGER.handle(EventRecord(LOGGER.name, level, fields))
