"""One log event as bytes in a segment: how it is written, checked and found again after damage."""

import zlib
from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

MAGIC = b"\xf5\xfe\xffR"
"""Starts every record. 0xF5 to 0xFF never occur in UTF-8, so no payload can look like a record."""

_HEAD = Struct("<4sI")  # magic, crc32 of all that follows
_TAIL = Struct("<IHHqQ")  # payload length, level, reserved, timestamp_ms, sequence
_HEADER = Struct("<4sIIHHqQ")
HEADER_BYTES = _HEADER.size

_CRC_STEP_BYTES = 4096  # zlib gives the GIL away above 5 KiB; getting it back can cost 5 ms


class Record(NamedTuple):
    """A log event read back from a segment. `end` is the offset just behind it in its file."""

    payload: bytes
    timestamp_ms: int
    level: int
    sequence: int
    end: int


def encode_header(payload: bytes, timestamp_ms: int, level: int, sequence: int) -> bytes:
    """The bytes that go in front of the payload."""
    tail = _TAIL.pack(len(payload), level, 0, timestamp_ms, sequence)
    return _HEAD.pack(MAGIC, _crc(payload, zlib.crc32(tail))) + tail


def decode(data: bytes, start: int, base: int = 0) -> Record | None:
    """The record at `start`, or None if no whole and undamaged record is there.

    `base` is the file offset of `data`, so that `Record.end` counts in the file.
    """
    if start + HEADER_BYTES > len(data):
        return None
    magic, crc, length, level, _, timestamp_ms, sequence = _HEADER.unpack_from(data, start)
    payload_start = start + HEADER_BYTES
    end = payload_start + length
    if magic != MAGIC or end > len(data):
        return None
    payload = data[payload_start:end]
    if zlib.crc32(payload, zlib.crc32(data[start + _HEAD.size : payload_start])) != crc:
        return None
    return Record(payload, timestamp_ms, level, sequence, base + end)


def wanted_bytes(data: bytes, start: int) -> int:
    """How many bytes the record at `start` says it has, header included; 0 where no record starts."""
    if start + HEADER_BYTES > len(data) or data[start : start + len(MAGIC)] != MAGIC:
        return 0
    return HEADER_BYTES + int(_HEADER.unpack_from(data, start)[2])


def starts(data: bytes, start: int) -> Iterator[int]:
    """Every place from `start` on where a record may begin, for finding the next one behind damage."""
    while (start := data.find(MAGIC, start)) >= 0:
        yield start
        start += 1


def _crc(payload: bytes, crc: int) -> int:
    if len(payload) <= _CRC_STEP_BYTES:
        return zlib.crc32(payload, crc)
    view = memoryview(payload)
    for start in range(0, len(payload), _CRC_STEP_BYTES):
        crc = zlib.crc32(view[start : start + _CRC_STEP_BYTES], crc)
    return crc
