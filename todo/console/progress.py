"""How a load test goes, from the samples that k6 writes while it runs."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .histogram import bucket_of, percentile_ms

__all__ = ["Progress"]

_STEP_MS = 2000
_STEPS = 150
_CHUNK_BYTES = 16 * 1024 * 1024
_METRICS = (b"http_req_duration", b"http_req_failed", b"vus")


@dataclass
class _Step:
    """Two seconds of it."""

    failed: int = 0
    users: int = 0
    buckets: Counter[int] = field(default_factory=Counter)


class Progress:
    """A run's samples so far: all of them added up, and the last five minutes in steps."""

    def __init__(self, samples: Path) -> None:
        """`samples` is k6's CSV file, which may come later."""
        self._path = samples
        self._offset = 0
        self._all = _Step()
        self._steps: dict[int, _Step] = {}
        self._first: int | None = None

    def look(self) -> dict[str, Any]:
        """Reads what is new, at most 16 MiB, and says how it goes: a second, in milliseconds, and
        users. A step in which nothing was answered has no percentile.
        """
        self._read()
        last = max(self._steps, default=0)
        first = max(min(self._steps, default=0), last - _STEPS + 1)
        steps = [self._steps.get(number, _Step()) for number in range(first, last)]
        count = self._all.buckets.total()
        return {
            "seconds": (last - (self._first or last)) * _STEP_MS // 1000,
            "requests": count,
            "failed": self._all.failed,
            "users": self._all.users,
            **{f"p{rank}_ms": percentile_ms(self._all.buckets, rank) for rank in (50, 95, 99)},
            "steps": {
                "per_s": [step.buckets.total() * 1000 / _STEP_MS for step in steps],
                "p95_ms": [percentile_ms(step.buckets, 95) for step in steps],
                "failed_per_s": [step.failed * 1000 / _STEP_MS for step in steps],
                "users": [step.users for step in steps],
            },
        }

    def _read(self) -> None:
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read(_CHUNK_BYTES)
        except FileNotFoundError:
            return
        end = data.rfind(b"\n") + 1
        self._offset += end
        for line in data[:end].split(b"\n"):
            if line.startswith(_METRICS):
                self._take(line)
        for number in sorted(self._steps)[:-_STEPS]:
            del self._steps[number]

    def _take(self, line: bytes) -> None:
        try:
            metric, moment, value, _ = line.split(b",", 3)
            at, number = int(moment) // _STEP_MS, float(value)
        except ValueError:
            return
        if self._first is None:
            self._first = at
        for step in (self._all, self._steps.setdefault(at, _Step())):
            if metric == b"http_req_duration":
                step.buckets[bucket_of(number)] += 1
            elif metric == b"http_req_failed":
                step.failed += int(number)
            elif metric == b"vus":
                step.users = int(number)
