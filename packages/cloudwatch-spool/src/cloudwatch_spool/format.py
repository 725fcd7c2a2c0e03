r"""The format of a segment: the bytes of one file, and who may do what to them when.

    offset
    0        +---------------------------------------------------------------+
             | identity: "SEGMENT1", first sequence u64, crc32               |
    64       | seal: the sequence after the last record u64, crc32           |
    128      | drops: 5 counts by level, 2 sequences, 2 timestamps, crc32    |
    256      +---------------------------------------------------------------+
             | magic F5 FE FF 52 | crc32 u32 | length u32 | level u16        |
             | microsecond u16 | timestamp_ms i64 | sequence u64             |
             | payload (length bytes)                                        |
             +---------------------------------------------------------------+
             | the next record                                               |
             +---------------------------------------------------------------+
             | zeros, as far as the file was reserved                        |
    size     +---------------------------------------------------------------+

All numbers are little-endian. A record's crc32 covers all that follows it, payload included; each
block of the preamble has its own, begun with 1, so that zeros never pass for a block.

Invariants:
- A segment has one writer, a lane of a process, which holds flock(LOCK_EX) on the file for as long
  as it lives. The kernel frees the lock however the process ends. Nobody else ever writes to the
  file, and of the process's threads only the one that has taken the lane.
- The file is made as `<writer>.<number>.new`: reserved on disk, mapped, locked, its identity
  written. Only then is it renamed to `.segment`; what a reader sees under that name is complete.
- A record's magic and crc32 are written last. A record whose crc32 does not hold is not there: a
  writer killed before that leaves zeros where the magic would be.
- 0xF5 to 0xFF never occur in UTF-8, so no payload can look like a record, and the next record
  behind damage is found by its magic.
- `microsecond` counts from the millisecond on, 0 to 999; events of different lanes go in the order
  of their times.
- Records have rising sequences without a gap, but for those that `drops` counts: an event dropped
  takes a sequence too. So a reader knows how many a damaged segment lacks.
- A segment ends in one of two ways: sealed, or with its lock free. Whoever finds either *before* he
  reads has read to the end; only then may the file be deleted, and only by the shipper.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct
from typing import NamedTuple

PREAMBLE_BYTES = 256
MAX_LEVEL = (1 << 16) - 1
LEVEL_NAMES = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
MAGIC = b"\xf5\xfe\xffR"

_CRC = Struct("<I")
_IDENTITY = Struct("<8sQ")
_SEAL = Struct("<Q")
_DROPS = Struct("<9Q")
_IDENTITY_AT, _SEAL_AT, _DROPS_AT = 0, 64, 128
_SEGMENT_MAGIC = b"SEGMENT1"

_HEAD = Struct("<4sI")
_TAIL = Struct("<IHHqQ")
_HEADER = Struct("<4sIIHHqQ")
HEADER_BYTES = _HEADER.size

_CRC_STEP_BYTES = 4096  # zlib gives the GIL away above 5 KiB; getting it back can cost 5 ms


class Record(NamedTuple):
    """A log event read back from a segment. `end` is the offset just behind it in its file."""

    payload: bytes
    timestamp_ms: int
    microsecond: int
    level: int
    sequence: int
    end: int


def decode(data: bytes, start: int, base: int = 0) -> Record | None:
    """The record at `start`, or None if no whole and undamaged record is there.

    `base` is the file offset of `data`, so that `Record.end` counts in the file.
    """
    if start + HEADER_BYTES > len(data):
        return None
    magic, crc, length, level, microsecond, timestamp_ms, sequence = _HEADER.unpack_from(
        data, start
    )
    payload_start = start + HEADER_BYTES
    end = payload_start + length
    if magic != MAGIC or end > len(data):
        return None
    payload = data[payload_start:end]
    if zlib.crc32(payload, zlib.crc32(data[start + _HEAD.size : payload_start])) != crc:
        return None
    return Record(payload, timestamp_ms, microsecond, level, sequence, base + end)


def wanted_bytes(data: bytes, start: int) -> int:
    """How many bytes the record at `start` says it has, header included; 0 where none starts."""
    if start + HEADER_BYTES > len(data) or data[start : start + len(MAGIC)] != MAGIC:
        return 0
    return HEADER_BYTES + int(_HEADER.unpack_from(data, start)[2])


def starts(data: bytes, start: int) -> Iterator[int]:
    """Every place from `start` on where a record may begin, to find the next one behind damage."""
    while (start := data.find(MAGIC, start)) >= 0:
        yield start
        start += 1


@dataclass
class Drops:
    """Events refused because the spool was full, counted exactly: by level, with their range."""

    by_level: list[int] = field(default_factory=lambda: [0] * len(LEVEL_NAMES))
    first_sequence: int = 0
    last_sequence: int = 0
    first_timestamp_ms: int = 0
    last_timestamp_ms: int = 0

    @property
    def count(self) -> int:
        """How many events were dropped."""
        return sum(self.by_level)

    def add(self, level: int, sequence: int, timestamp_ms: int) -> None:
        """Count one more."""
        if not self.count:
            self.first_sequence, self.first_timestamp_ms = sequence, timestamp_ms
        self.by_level[min(max(level // 10 - 1, 0), len(LEVEL_NAMES) - 1)] += 1
        self.last_sequence, self.last_timestamp_ms = sequence, timestamp_ms


@dataclass(frozen=True, slots=True)
class Preamble:
    """What a reader learns before the first record; None where a block is absent or damaged."""

    first_sequence: int | None
    next_sequence: int | None
    drops: Drops

    @property
    def is_sealed(self) -> bool:
        """Whether the writer has finished this segment."""
        return self.next_sequence is not None


def write_identity(target: bytearray, first_sequence: int) -> None:
    """Begin a segment. `target` is anything that takes slices, such as a writable memory map."""
    _store(target, _IDENTITY_AT, _IDENTITY.pack(_SEGMENT_MAGIC, first_sequence))


def write_seal(target: bytearray, next_sequence: int) -> None:
    """Say that no record follows."""
    _store(target, _SEAL_AT, _SEAL.pack(next_sequence))


def write_drops(target: bytearray, drops: Drops) -> None:
    """Keep the count of dropped events where it outlives this process."""
    packed = _DROPS.pack(
        *drops.by_level,
        drops.first_sequence,
        drops.last_sequence,
        drops.first_timestamp_ms,
        drops.last_timestamp_ms,
    )
    _store(target, _DROPS_AT, packed)


def write_record(
    target: bytearray,
    start: int,
    payload: bytes,
    timestamp_ms: int,
    microsecond: int,
    level: int,
    sequence: int,
) -> int:
    """Store an event; returns where its record ends. Without its head, the rest is not there."""
    rest = _TAIL.pack(len(payload), level, microsecond, timestamp_ms, sequence) + payload
    crc = zlib.crc32(rest) if len(rest) <= _CRC_STEP_BYTES else _crc_of_long(rest)
    middle = start + _HEAD.size
    end = middle + len(rest)
    target[middle:end] = rest
    _HEAD.pack_into(target, start, MAGIC, crc)
    return end


def read_preamble(data: bytes) -> Preamble:
    """What the first `PREAMBLE_BYTES` of a segment say."""
    identity = _load(data, _IDENTITY_AT, _IDENTITY)
    seal = _load(data, _SEAL_AT, _SEAL)
    counted = _load(data, _DROPS_AT, _DROPS)
    levels = len(LEVEL_NAMES)
    return Preamble(
        first_sequence=identity[1] if identity else None,
        next_sequence=seal[0] if seal else None,
        drops=Drops(list(counted[:levels]), *counted[levels:]) if counted else Drops(),
    )


def _store(target: bytearray, at: int, packed: bytes) -> None:
    block = packed + _CRC.pack(zlib.crc32(packed, 1))
    target[at : at + len(block)] = block


def _load(data: bytes, at: int, layout: Struct) -> tuple[int, ...] | None:
    packed = data[at : at + layout.size]
    crc = data[at + layout.size : at + layout.size + _CRC.size]
    if len(packed) < layout.size or crc != _CRC.pack(zlib.crc32(packed, 1)):
        return None
    return layout.unpack(packed)


def _crc_of_long(rest: bytes) -> int:
    crc = 0
    view = memoryview(rest)
    for start in range(0, len(rest), _CRC_STEP_BYTES):
        crc = zlib.crc32(view[start : start + _CRC_STEP_BYTES], crc)
    return crc
