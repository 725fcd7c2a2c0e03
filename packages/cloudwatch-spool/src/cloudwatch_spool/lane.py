"""A lane: one writer of a spool, whose events go into segments of its own, one after the other."""

import logging
import os
import threading

from .admission import Admission
from .folder import SpoolFolder
from .format import HEADER_BYTES, MAX_LEVEL, PREAMBLE_BYTES, Drops
from .segment import SegmentWriter

_MAX_SEGMENT_BYTES = 8 << 20
_MIN_SEGMENT_BYTES = 64 << 10
_SEGMENTS_PER_SPOOL = 64


class Lane:
    """Stores events, or counts them as dropped. One thread at a time may use it, under no lock."""

    def __init__(
        self,
        folder: SpoolFolder,
        admission: Admission,
        *,
        max_bytes: int,
        making: threading.RLock,
    ) -> None:
        """Nothing is made yet. `making` is held while a segment is made."""
        self._folder = folder
        self._admission = admission
        self._max_bytes = max_bytes
        self._segment_bytes = max(
            min(_MAX_SEGMENT_BYTES, max_bytes // _SEGMENTS_PER_SPOOL), _MIN_SEGMENT_BYTES
        )
        self._making = making
        self._writer = os.urandom(8).hex()
        self._segment: SegmentWriter | None = None
        self._segment_number = 0
        self._sequence = 0
        self._drops = Drops()  # those that happened before there was a segment to count them in

    def store(self, payload: bytes, timestamp_ms: int, microsecond: int, level: int) -> None:
        """Append one event, in a new segment if the present one is full; or drop it."""
        segment = self._segment
        if segment is None or level < self._admission.floor or len(payload) > segment.room_bytes:
            segment = self.make_room(len(payload), level)
            if segment is None:
                return self.drop(level, timestamp_ms)
        if not 0 <= level <= MAX_LEVEL:
            level = logging.INFO
        sequence = self._sequence
        segment.append(payload, timestamp_ms, microsecond, level, sequence)
        self._sequence = sequence + 1

    def drop(self, level: int, timestamp_ms: int) -> None:
        """Count one event that finds no room."""
        if self._segment is None:
            self._drops.add(level, self._sequence, timestamp_ms)
        else:
            self._segment.count_drop(level, self._sequence, timestamp_ms)
        self._sequence += 1

    def make_room(self, payload_bytes: int, level: int) -> SegmentWriter | None:
        """A segment in which such an event has room; None if the spool takes none now."""
        if not self._admission.is_worth_asking(level):
            return None
        reason = f"{self._folder.path} is at its cap of {self._max_bytes} bytes"
        try:
            with self._making, self._folder.locked():
                segment = self._find_room(payload_bytes, level)
        except OSError as error:
            segment, reason = None, str(error)
        if segment is None:
            self._admission.refused(level, reason)
        else:
            self._admission.granted()
        return segment

    def finish(self) -> None:
        """Give what is stored to the shipper; another event would begin a new segment."""
        if self._segment is not None:
            self._segment.seal(self._sequence)
            self._segment = None

    def abandon(self) -> None:
        """Let go of the segment without touching it, as a forked child must with its parent's."""
        if self._segment is not None:
            self._segment.abandon()

    def _find_room(self, payload_bytes: int, level: int) -> SegmentWriter | None:
        used_bytes = self._folder.used_bytes()
        current = self._segment
        if current is not None and payload_bytes <= current.room_bytes:
            return current if self._admission.admits(level, used_bytes) else None
        size = max(self._segment_bytes, PREAMBLE_BYTES + HEADER_BYTES + payload_bytes)
        if not self._admission.admits(level, used_bytes + size):
            return None
        return self._begin_segment(size)

    def _begin_segment(self, size: int) -> SegmentWriter:
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
