"""Where log events wait for the shipper: one open segment per process, all in one folder, capped in
bytes.
"""

import contextlib
import logging
import os
import sys
import threading
import time
import weakref
from collections import deque
from pathlib import Path

from .folder import SpoolFolder
from .preamble import PREAMBLE_BYTES, Drops
from .record import HEADER_BYTES
from .segment import SegmentWriter

DEFAULT_MAX_BYTES = 2 << 30

_MAX_SEGMENT_BYTES = 8 << 20
_MIN_SEGMENT_BYTES = 64 << 10
_SEGMENTS_PER_SPOOL = 64
_RETRY_S = 0.05
_MAX_LEVEL = (1 << 16) - 1
_NOTHING_FITS = _MAX_LEVEL + 1

# How full the spool may get before events of a level are dropped: the last tenth is for what
# matters most.
_FILL_LIMITS = (
    (0.8, logging.NOTSET),
    (0.9, logging.INFO),
    (0.95, logging.WARNING),
    (1.0, logging.ERROR),
)


class Spool:
    """Takes log events from every thread of a process, and of the processes forked from it.

    An append is a copy into a memory map: no system call, no thread, no queue. It never raises.
    When the spool is full or the disk is, the least important levels are dropped first and counted;
    the shipper reports how many, and from when to when.
    """

    def __init__(self, path: Path | str, *, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        """`max_bytes` bounds all segments in the folder together, of all processes. Nothing is
        opened yet.
        """
        self._folder = SpoolFolder(Path(path).absolute())
        self._max_bytes = max_bytes
        self._segment_bytes = max(
            min(_MAX_SEGMENT_BYTES, max_bytes // _SEGMENTS_PER_SPOOL), _MIN_SEGMENT_BYTES
        )
        self._start()
        _spools.add(self)

    def _start(self) -> None:
        self._lock = threading.RLock()
        self._writer = os.urandom(8).hex()
        self._segment: SegmentWriter | None = None
        self._segment_number = 0
        self._sequence = 0
        self._floor = logging.NOTSET
        self._retry_at = 0.0
        self._refused_level = logging.NOTSET
        self._drops = Drops()  # those that happened before there was a segment to count them in
        self._is_dropping = False
        self._is_appending = False
        self._interrupting: deque[tuple[bytes, int, int]] = deque()

    @property
    def writer(self) -> str:
        """The name under which this process's events are known: the first half of their event ids."""
        return self._writer

    def append(self, payload: bytes, timestamp_ms: int, level: int) -> None:
        """Store one event, so that it survives the death of this process. `level` is logging's
        number.
        """
        with self._lock:
            if (
                self._is_appending
            ):  # a signal handler that logs has interrupted an append of this thread
                self._interrupting.append((payload, timestamp_ms, level))
                return
            self._is_appending = True
            try:
                self._append(payload, timestamp_ms, level)
            finally:
                while self._interrupting:
                    self._append(*self._interrupting.popleft())
                self._is_appending = False

    def _append(self, payload: bytes, timestamp_ms: int, level: int) -> None:
        segment = self._segment
        sequence = self._sequence
        if segment is None or level < self._floor or not segment.has_room(len(payload)):
            segment = self._make_room(len(payload), level)
            if segment is None:
                return self._drop(level, timestamp_ms)
        if not 0 <= level <= _MAX_LEVEL:
            level = logging.INFO
        segment.append(payload, timestamp_ms, level, sequence)
        self._sequence = sequence + 1

    def _drop(self, level: int, timestamp_ms: int) -> None:
        if self._segment is None:
            self._drops.add(level, self._sequence, timestamp_ms)
        else:
            self._segment.count_drop(level, self._sequence, timestamp_ms)
        self._sequence += 1

    def _make_room(self, payload_bytes: int, level: int) -> SegmentWriter | None:
        now = time.monotonic()
        if now < self._retry_at and level <= self._refused_level:
            return None
        try:
            with self._folder.locked():
                segment = self._find_room(payload_bytes, level)
        except OSError as error:
            segment = None
            self._tell_dropping(str(error))
        if segment is None:
            self._retry_at = now + _RETRY_S
            self._refused_level = level
            self._tell_dropping(f"{self._folder.path} is at its cap of {self._max_bytes} bytes")
        elif self._floor == logging.NOTSET:
            self._is_dropping = False
        return segment

    def _find_room(self, payload_bytes: int, level: int) -> SegmentWriter | None:
        used_bytes = self._folder.used_bytes()
        current = self._segment
        if current is not None and current.has_room(payload_bytes):
            self._floor = self._lowest_level(used_bytes)
            return current if level >= self._floor else None
        size = max(self._segment_bytes, PREAMBLE_BYTES + HEADER_BYTES + payload_bytes)
        floor = self._lowest_level(used_bytes + size)
        if level < floor:
            return None
        new = self._new_segment(size)
        self._floor = floor
        return new

    def _lowest_level(self, used_bytes: int) -> int:
        for limit, level in _FILL_LIMITS:
            if used_bytes <= limit * self._max_bytes:
                return level
        return _NOTHING_FITS

    def _new_segment(self, size: int) -> SegmentWriter:
        path = self._folder.segment_path(self._writer, self._segment_number)
        early = self._drops
        first_sequence = early.first_sequence if early.count else self._sequence
        new = SegmentWriter(path, size=size, first_sequence=first_sequence, drops=early)
        if self._segment is not None:
            self._segment.seal(self._sequence)
        self._drops = Drops()
        self._segment = new
        self._segment_number += 1
        return new

    def _tell_dropping(self, reason: str) -> None:
        if not self._is_dropping:
            self._is_dropping = True
            with contextlib.suppress(
                Exception
            ):  # it may be closed, or a file on the same full disk
                print(
                    f"log events are being dropped, lowest level first: {reason}", file=sys.stderr
                )

    def _forget_parent(self) -> None:
        inherited = self._segment
        self._start()
        if inherited is not None:
            inherited.abandon()


_spools: "weakref.WeakSet[Spool]" = weakref.WeakSet()
_locked_for_fork: list[Spool] = []


def _before_fork() -> None:
    """Let no thread be half-way through making a segment, whose descriptor the child would keep
    open.
    """
    _locked_for_fork.extend(_spools)
    for spool in _locked_for_fork:
        spool._lock.acquire()


def _after_fork_in_parent() -> None:
    while _locked_for_fork:
        _locked_for_fork.pop()._lock.release()


def _after_fork_in_child() -> None:
    while _locked_for_fork:
        _locked_for_fork.pop()._forget_parent()


os.register_at_fork(
    before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child
)
