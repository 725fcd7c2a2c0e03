"""Events in groups that PutLogEvents accepts as a whole (its API reference, read August 2026)."""

from collections.abc import Iterable, Iterator
from operator import attrgetter

from .event import EVENT_OVERHEAD_BYTES, Event

MAX_BATCH_BYTES = 1_048_576
MAX_BATCH_EVENTS = 10_000
MAX_BATCH_SPAN_MS = 24 * 3600 * 1000

_by_time = attrgetter("timestamp_ms")


def batches(events: Iterable[Event]) -> Iterator[list[Event]]:
    """All events in order of time, cut where the size, number or span of one call would be
    exceeded.
    """
    ordered = sorted(events, key=_by_time)
    if ordered and _is_one_batch(ordered):
        yield ordered
        return
    batch: list[Event] = []
    size = 0
    for event in ordered:
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


def _is_one_batch(ordered: list[Event]) -> bool:
    """The usual case, found out without a look at each event in turn."""
    size = sum([len(event.message) for event in ordered]) + EVENT_OVERHEAD_BYTES * len(ordered)
    span_ms = ordered[-1].timestamp_ms - ordered[0].timestamp_ms
    return (
        size <= MAX_BATCH_BYTES and len(ordered) <= MAX_BATCH_EVENTS and span_ms < MAX_BATCH_SPAN_MS
    )
