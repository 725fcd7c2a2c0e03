"""Where log events wait for the shipper: one open segment per process, all in one folder."""

import logging
import os
import threading
import weakref
from collections import deque
from pathlib import Path

from .admission import Admission
from .folder import SpoolFolder
from .format import HEADER_BYTES, PREAMBLE_BYTES, Drops
from .segment import SegmentWriter

DEFAULT_MAX_BYTES = 2 << 30

_MAX_SEGMENT_BYTES = 8 << 20
_MIN_SEGMENT_BYTES = 64 << 10
_SEGMENTS_PER_SPOOL = 64
_MAX_LEVEL = (1 << 16) - 1


class Spool:
    """Takes log events from every thread of a process, and of the processes forked from it.

    An append is a copy into a memory map: no system call, no thread, no queue. It never raises.
    When the spool is full or the disk is, the least important levels are dropped first and counted;
    the shipper reports how many, and from when to when.
    """

    def __init__(self, path: Path | str, *, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        """`max_bytes` bounds all segments in the folder together, of all processes.

        Raises SpoolFolderError if nothing can be written there. No segment is made before the
        first event.
        """
        self._folder = SpoolFolder(path)
        self._folder.require_writable()
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
        self._admission = Admission(self._max_bytes)
        self._drops = Drops()  # those that happened before there was a segment to count them in
        self._is_appending = False
        self._interrupting: deque[tuple[bytes, int, int]] = deque()

    @property
    def writer(self) -> str:
        """The name of this process's events: the first half of their event ids."""
        return self._writer

    def append(self, payload: bytes, timestamp_ms: int, level: int) -> None:
        """Store one event, so that it survives the death of this process.

        `level` is logging's number.
        """
        with self._lock:
            if self._is_appending:  # interrupted by a signal handler of this thread that logs
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
        if segment is None or level < self._admission.floor or not segment.has_room(len(payload)):
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
        if not self._admission.is_worth_asking(level):
            return None
        reason = f"{self._folder.path} is at its cap of {self._max_bytes} bytes"
        try:
            with self._folder.locked():
                segment = self._find_room(payload_bytes, level)
        except OSError as error:
            segment, reason = None, str(error)
        if segment is None:
            self._admission.refused(level, reason)
        else:
            self._admission.granted()
        return segment

    def _find_room(self, payload_bytes: int, level: int) -> SegmentWriter | None:
        used_bytes = self._folder.used_bytes()
        current = self._segment
        if current is not None and current.has_room(payload_bytes):
            return current if self._admission.admits(level, used_bytes) else None
        size = max(self._segment_bytes, PREAMBLE_BYTES + HEADER_BYTES + payload_bytes)
        if not self._admission.admits(level, used_bytes + size):
            return None
        return self._new_segment(size)

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

    def before_fork(self) -> None:
        """Let no thread be half-way through making a segment, which the child would keep open."""
        self._lock.acquire()

    def after_fork_in_parent(self) -> None:
        """Go on."""
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """Go on as another writer, without the parent's segment."""
        inherited = self._segment
        self._start()
        if inherited is not None:
            inherited.abandon()


_spools: "weakref.WeakSet[Spool]" = weakref.WeakSet()
_forking: list[Spool] = []


def _before_fork() -> None:
    _forking.extend(_spools)
    for spool in _forking:
        spool.before_fork()


def _after_fork_in_parent() -> None:
    while _forking:
        _forking.pop().after_fork_in_parent()


def _after_fork_in_child() -> None:
    while _forking:
        _forking.pop().after_fork_in_child()


os.register_at_fork(
    before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child
)
