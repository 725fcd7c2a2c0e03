"""How far delivery is: what waits in a spool, and what its shipper has done."""

import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from .events import Event
from .folder import SpoolFolder
from .positions import Position, Positions
from .segment import SegmentReader

_FILE = "status.json"
_PUBLISH_INTERVAL_S = 1.0


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


@dataclass(slots=True)
class Counters:
    """What a shipper has done since it started. Times are in seconds since 1970."""

    started_at: float = 0.0
    events_shipped: int = 0
    bytes_shipped: int = 0
    batches_shipped: int = 0
    retries: int = 0
    events_clamped: int = 0
    events_quarantined: int = 0
    events_dropped: int = 0
    events_damaged: int = 0
    problem: str | None = None
    """The error that delivery waits on now."""
    clock_skew_s: float | None = None
    """How far this host's clock is ahead of CloudWatch's, as of the last answer."""


@dataclass(frozen=True, slots=True)
class Status:
    """Everything about delivery from one spool."""

    is_running: bool
    backlog: Backlog
    counters: Counters | None
    """Of the shipper that ran last; None where none has run."""

    def as_fields(self) -> dict[str, object]:
        """The numbers by name, in one level."""
        counted = asdict(self.counters) if self.counters else {}
        return {"is_running": self.is_running} | self.backlog.as_fields() | counted


def status(spool: Path | str) -> Status:
    """How far delivery from the folder `spool` is, whether a shipper is running or not."""
    folder = SpoolFolder(spool)
    return Status(folder.has_shipper(), backlog(folder), _published(folder.path / _FILE))


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


class Statistics:
    """Counts for a shipper, and publishes in the spool's folder at most once a second."""

    def __init__(self, folder: Path) -> None:
        """Begins at zero."""
        self.counters = Counters(started_at=time.time())
        self._path = folder / _FILE
        self._publish_at = 0.0

    def failed(self, problem: str) -> bool:
        """An attempt has failed and will be repeated; says whether that is news."""
        is_news = self.counters.problem is None
        self.counters.retries += 1
        self.counters.problem = problem
        self.publish()
        return is_news

    def succeeded(self) -> str | None:
        """A batch was accepted; returns the problem that is over, if there was one."""
        problem, self.counters.problem = self.counters.problem, None
        self.counters.batches_shipped += 1
        return problem

    def shipped(self, events: Sequence[Event]) -> None:
        """These are delivered."""
        self.counters.events_shipped += len(events)
        self.counters.bytes_shipped += sum(len(event.message) for event in events)

    def clamped(self, count: int) -> None:
        """So many events go again under CloudWatch's time."""
        self.counters.events_clamped += count

    def quarantined(self, count: int) -> None:
        """So many events were refused for good."""
        self.counters.events_quarantined += count

    def lost(self, *, dropped: int = 0, damaged: int = 0) -> None:
        """So many events of a finished segment never came."""
        self.counters.events_dropped += dropped
        self.counters.events_damaged += damaged

    def noted_server_time(self, server_ms: int) -> None:
        """CloudWatch has just said what time it is there."""
        self.counters.clock_skew_s = round(time.time() - server_ms / 1000, 1)

    def as_fields(self) -> dict[str, object]:
        """The numbers by name."""
        return asdict(self.counters)

    def publish(self, *, now: bool = False) -> None:
        """Write the file if it is time to, or `now`. A full disk is no reason to stop shipping."""
        if not now and time.monotonic() < self._publish_at:
            return
        self._publish_at = time.monotonic() + _PUBLISH_INTERVAL_S
        new = self._path.with_suffix(".new-json")
        try:
            new.write_bytes(orjson.dumps(self.as_fields() | {"pid": os.getpid()}))
            new.replace(self._path)
        except OSError:
            return


def _published(path: Path) -> Counters | None:
    try:
        fields = orjson.loads(path.read_bytes())
        return Counters(**{name: fields[name] for name in Counters.__dataclass_fields__})
    except (FileNotFoundError, orjson.JSONDecodeError, KeyError, TypeError):
        return None


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
