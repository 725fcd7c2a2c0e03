"""The first bytes of a segment: where its sequence starts, where it ended, and what was dropped
meanwhile.
"""

import zlib
from dataclasses import dataclass, field
from struct import Struct

PREAMBLE_BYTES = 256
LEVEL_NAMES = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_CRC = Struct("<I")
_IDENTITY = Struct("<8sQ")  # magic, first sequence
_SEAL = Struct("<Q")  # the sequence that follows the last record
_DROPS = Struct("<9Q")  # one count per level, first and last sequence, first and last timestamp_ms
_IDENTITY_AT, _SEAL_AT, _DROPS_AT = 0, 64, 128
_MAGIC = b"SEGMENT1"


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
    """What a reader learns before the first record. Each part is None where it is absent or
    damaged.
    """

    first_sequence: int | None
    next_sequence: int | None
    drops: Drops

    @property
    def is_sealed(self) -> bool:
        """Whether the writer has finished this segment."""
        return self.next_sequence is not None


def write_identity(target: bytearray, first_sequence: int) -> None:
    """Begin a segment. `target` is anything that takes slices, such as a writable memory map."""
    _store(target, _IDENTITY_AT, _IDENTITY.pack(_MAGIC, first_sequence))


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
    block = packed + _CRC.pack(zlib.crc32(packed, 1))  # 1: so that a block of zeros does not pass
    target[at : at + len(block)] = block


def _load(data: bytes, at: int, layout: Struct) -> tuple[int, ...] | None:
    packed = data[at : at + layout.size]
    crc = data[at + layout.size : at + layout.size + _CRC.size]
    if len(packed) < layout.size or crc != _CRC.pack(zlib.crc32(packed, 1)):
        return None
    return layout.unpack(packed)
