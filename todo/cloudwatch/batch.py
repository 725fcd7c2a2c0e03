"""Events in groups that PutLogEvents accepts as a whole (its API reference, read August 2026)."""

from collections.abc import Iterable, Iterator
from operator import attrgetter

from .event import Event

MAX_BATCH_BYTES = 1_048_576
MAX_BATCH_EVENTS = 10_000
MAX_BATCH_SPAN_MS = 24 * 3600 * 1000

_by_time = attrgetter("timestamp_ms")


def batches(events: Iterable[Event]) -> Iterator[list[Event]]:
    """All events in order of time, cut where the size, number or span of one call would be exceeded."""
    batch: list[Event] = []
    size = 0
    for event in sorted(events, key=_by_time):
        if batch and (
            size + event.size > MAX_BATCH_BYTES
            or len(batch) == MAX_BATCH_EVENTS
            or event.timestamp_ms - batch[0].timestamp_ms >= MAX_BATCH_SPAN_MS
        ):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += event.size
    if batch:
        yield batch
