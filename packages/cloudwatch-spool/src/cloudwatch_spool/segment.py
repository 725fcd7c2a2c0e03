"""A segment: a preallocated file that one process appends to through a memory map, and its reader.

Appending makes no system call, so a thread never gives the GIL away for it. What was appended is in
the page cache: it survives the death of the process by any signal, not the loss of the host. What
the bytes mean, and who may touch them when, is in `format`.
"""

import errno
import fcntl
import mmap
import os
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from .format import (
    HEADER_BYTES,
    PREAMBLE_BYTES,
    Drops,
    Preamble,
    Record,
    decode,
    read_preamble,
    starts,
    wanted_bytes,
    write_drops,
    write_identity,
    write_record,
    write_seal,
)

_READ_BYTES = 256 << 10
_ZEROS = bytes(1 << 16)


class SegmentWriter:
    """The open segment of a lane. Only the thread that has taken the lane may use it."""

    def __init__(self, path: Path, *, size: int, first_sequence: int, drops: Drops) -> None:
        """Reserve `size` bytes on disk; raises OSError (ENOSPC, EFBIG, ...) if they are not to be
        had.

        The file appears under its name only when it is complete and locked, so that no reader can
        take it for the remains of a dead process.
        """
        unfinished = path.with_suffix(".new")
        descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640)
        try:
            _reserve(descriptor, size)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # The map holds its own duplicate of the descriptor, and so the lock.
            self._map = mmap.mmap(descriptor, size)
            # A memory map takes slices as a bytearray does.
            self._target = cast("bytearray", self._map)
            write_identity(self._target, first_sequence)
            self.drops = drops
            if drops.count:
                write_drops(self._target, drops)
            unfinished.rename(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
        self.position = PREAMBLE_BYTES
        self.room_bytes = size - PREAMBLE_BYTES - HEADER_BYTES
        """How large a payload still fits; below 0 where none does."""

    def append(
        self, payload: bytes, timestamp_ms: int, microsecond: int, level: int, sequence: int
    ) -> None:
        """Store one event."""
        start = self.position
        end = write_record(self._target, start, payload, timestamp_ms, microsecond, level, sequence)
        self.position = end
        self.room_bytes -= end - start

    def count_drop(self, level: int, sequence: int, timestamp_ms: int) -> None:
        """Remember one event that found no room."""
        self.drops.add(level, sequence, timestamp_ms)
        write_drops(self._target, self.drops)

    def seal(self, next_sequence: int) -> None:
        """Finish this segment and give it to the shipper."""
        write_seal(self._target, next_sequence)
        self._map.close()

    def abandon(self) -> None:
        """Let go of the file without touching it, as a forked child must with its parent's."""
        self._map.close()


class SegmentReader:
    """Reads the records of one segment in order, past damage, as far as they are written.

    `offset`, `record_count` and `last_sequence` say how far it is; given back, it goes on there.
    """

    def __init__(
        self,
        path: Path,
        *,
        offset: int = PREAMBLE_BYTES,
        record_count: int = 0,
        last_sequence: int | None = None,
    ) -> None:
        """Open the file; raises OSError if that fails."""
        self._descriptor = os.open(path, os.O_RDONLY)
        self.offset = offset
        self.record_count = record_count
        self.last_sequence = last_sequence
        self.is_finished = False

    def close(self) -> None:
        """Give the file back."""
        os.close(self._descriptor)

    def preamble(self) -> Preamble:
        """What the start of the file says at this moment."""
        return read_preamble(os.pread(self._descriptor, PREAMBLE_BYTES, 0))

    def read(self) -> Iterator[Record]:
        """Every record from `offset` on that is there now; `is_finished` is set when none can
        follow.

        The caller may stop early and call `take` only for what it wants.
        """
        # Asked before reading: then nothing can be added behind what is read.
        is_final = self._is_final()
        position = self.offset
        while True:
            data = self._chunk(position)
            consumed = 0
            while record := decode(data, consumed, position):
                yield record
                consumed = record.end - position
            if consumed:
                position += consumed
                continue
            skipped = self._skip_damage(data) if is_final and data else 0
            if not skipped:
                break
            position += skipped
        self.is_finished = is_final

    def take(self, record: Record) -> None:
        """Count this record as read."""
        self.offset = record.end
        self.record_count += 1
        self.last_sequence = record.sequence

    def damaged_count(self) -> int:
        """How many records a finished segment should have had and has not."""
        preamble = self.preamble()
        first = preamble.first_sequence
        last = max(
            self.last_sequence or 0, preamble.drops.last_sequence if preamble.drops.count else 0
        )
        next_sequence = preamble.next_sequence if preamble.is_sealed else last + 1
        if first is None or next_sequence is None or not (preamble.is_sealed or self.record_count):
            return 0
        return max(next_sequence - first - self.record_count - preamble.drops.count, 0)

    def _is_final(self) -> bool:
        if self.preamble().is_sealed:
            return True
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        return True

    def _chunk(self, position: int) -> bytes:
        data = os.pread(self._descriptor, _READ_BYTES, position)
        wanted = wanted_bytes(data, 0)
        if wanted <= len(data):
            return data
        available = os.fstat(self._descriptor).st_size - position
        return os.pread(self._descriptor, min(wanted, available), position)

    @staticmethod
    def _skip_damage(data: bytes) -> int:
        """How far to the next place where a record may begin, or over all of `data` but a cut-off
        start.
        """
        following = next(starts(data, 1), None)
        if following is not None:
            return following
        return max(len(data) - HEADER_BYTES, 0) or len(data)


def _reserve(descriptor: int, size: int) -> None:
    """Claim the disk space now, so that a full disk is an error here and never a SIGBUS later."""
    if hasattr(os, "posix_fallocate"):
        try:
            return os.posix_fallocate(descriptor, 0, size)
        except OSError as error:
            if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS):
                raise
    for start in range(0, size, len(_ZEROS)):
        os.pwrite(descriptor, _ZEROS[: size - start], start)
