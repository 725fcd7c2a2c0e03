"""Which events a spool takes, by how full it is."""

import contextlib
import logging
import sys
import time

_RETRY_S = 0.05
_NOTHING_FITS = 1 << 16  # above every level that a record can have

# How full the spool may get before events of a level are dropped: the last tenth is for what
# matters most.
_FILL_LIMITS = (
    (0.8, logging.NOTSET),
    (0.9, logging.INFO),
    (0.95, logging.WARNING),
    (1.0, logging.ERROR),
)


class Admission:
    """Lets the lowest levels wait outside first, and says so once on standard error.

    `floor` is the lowest level that is taken until somebody has looked again.
    """

    def __init__(self, max_bytes: int) -> None:
        """`max_bytes` is the spool's cap, for all processes together."""
        self._max_bytes = max_bytes
        self.floor = logging.NOTSET
        self._refused_level = logging.NOTSET
        self._retry_at = 0.0
        self._has_told = False

    def admits(self, level: int, used_bytes: int) -> bool:
        """Whether an event of this level may come in while the spool takes so many bytes."""
        floor = self._floor_at(used_bytes)
        if level < floor:
            return False
        self.floor = floor
        return True

    def is_worth_asking(self, level: int) -> bool:
        """Whether to look for room now: not within 50 ms of a refusal of this level or more."""
        return time.monotonic() >= self._retry_at or level > self._refused_level

    def refused(self, level: int, reason: str) -> None:
        """An event of this level found no room."""
        self._retry_at = time.monotonic() + _RETRY_S
        self._refused_level = level
        if self._has_told:
            return
        self._has_told = True
        with contextlib.suppress(Exception):  # it may be closed, or a file on the same full disk
            print(f"log events are being dropped, lowest level first: {reason}", file=sys.stderr)

    def granted(self) -> None:
        """An event found room; once every level does, the next refusal is told again."""
        if self.floor == logging.NOTSET:
            self._has_told = False

    def _floor_at(self, used_bytes: int) -> int:
        for limit, level in _FILL_LIMITS:
            if used_bytes <= limit * self._max_bytes:
                return level
        return _NOTHING_FITS
