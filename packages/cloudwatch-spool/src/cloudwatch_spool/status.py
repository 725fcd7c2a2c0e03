"""How far delivery is behind: for the shipper's own report and for whoever asks."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from .folder import SpoolFolder
from .positions import Position, Positions
from .segment import SegmentReader


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in a spool."""

    events: int = 0
    oldest_timestamp_ms: int | None = None
    spool_bytes: int = 0

    @property
    def seconds(self) -> float:
        """The age of the oldest event that waits."""
        if self.oldest_timestamp_ms is None:
            return 0.0
        return round(max(time.time() - self.oldest_timestamp_ms / 1000, 0.0), 3)

    def as_fields(self) -> dict[str, object]:
        """The numbers by name."""
        return {
            "behind_events": self.events,
            "behind_seconds": self.seconds,
            "spool_bytes": self.spool_bytes,
        }


def backlog(folder: SpoolFolder) -> Backlog:
    """Count what is not delivered. Finished segments know their number; only open ones are read."""
    positions = Positions(folder.path)
    events = 0
    oldest: list[int] = []
    for segments in folder.segments().values():
        for path in segments:
            try:
                count, first_ms = _waiting(path, positions.get(path.name))
            except FileNotFoundError:  # delivered and deleted meanwhile
                continue
            events += count
            oldest += [first_ms] if first_ms is not None else []
    return Backlog(events, min(oldest, default=None), folder.used_bytes())


def status(spool: Path) -> dict[str, Any]:
    """Everything about delivery from this spool, whether a shipper is running or not."""
    folder = SpoolFolder(spool)
    try:
        published: dict[str, Any] = orjson.loads((spool / "status.json").read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        published = {}
    return (
        {"is_running": spool.exists() and folder.has_shipper()}
        | backlog(folder).as_fields()
        | published
    )


def _waiting(path: Path, position: Position) -> tuple[int, int | None]:
    if position.is_finished:
        return 0, None
    reader = SegmentReader(path, offset=position.offset, record_count=position.record_count)
    try:
        records = reader.read()
        first = next(records, None)
        if first is None:
            return 0, None
        preamble = reader.preamble()
        if preamble.next_sequence is None or preamble.first_sequence is None:
            return 1 + sum(1 for _ in records), first.timestamp_ms
        total = preamble.next_sequence - preamble.first_sequence - preamble.drops.count
        return total - position.record_count, first.timestamp_ms
    finally:
        reader.close()
