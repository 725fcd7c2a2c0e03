"""Durations counted in buckets, each a tenth wider than the one before: small, can be added up, and
a percentile of them is right within 5 %.
"""

import math
from collections import Counter
from collections.abc import Mapping
from struct import iter_unpack, pack

__all__ = ["Merged", "bucket_of", "packed", "percentile_ms", "unpacked"]

_GROWTH = math.log(1.1)
_LEAST_MS = 0.01
_LAST = 255  # which holds all from some 80 hours on


def bucket_of(duration_ms: float) -> int:
    """The bucket of a duration."""
    if duration_ms <= _LEAST_MS:
        return 0
    return min(1 + int(math.log(duration_ms / _LEAST_MS) / _GROWTH), _LAST)


def percentile_ms(buckets: Mapping[int, int], rank: float) -> float | None:
    """The duration that `rank` per cent do not exceed; None of nothing."""
    wanted = rank / 100 * sum(buckets.values())
    for bucket in sorted(buckets):
        wanted -= buckets[bucket]
        if wanted <= 0:
            return _LEAST_MS * math.exp(_GROWTH * (bucket - 0.5)) if bucket else 0.0
    return None


def packed(buckets: Mapping[int, int]) -> bytes:
    """The counts as bytes, five a bucket."""
    return b"".join(pack("<BI", bucket, count) for bucket, count in buckets.items())


def unpacked(data: bytes) -> Counter[int]:
    """What `packed` has made bytes of."""
    return Counter(dict(iter_unpack("<BI", data)))


class Merged:
    """The aggregate of SQLite that adds up what is packed."""

    def __init__(self) -> None:
        """Begins with nothing."""
        self._counts: Counter[int] = Counter()

    def step(self, data: bytes) -> None:
        """Adds a row's."""
        for bucket, count in unpacked(data).items():
            self._counts[bucket] += count

    def finalize(self) -> bytes:
        """The sums."""
        return packed(self._counts)
