"""What the endpoints of delivery share: how they are called, with what, and what they answer."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from operator import attrgetter
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]  # it ships no types

from .events import EVENT_OVERHEAD_BYTES, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, Event

CONNECT_TIMEOUT_S = 3
READ_TIMEOUT_S = 10

_MAX_BATCH_SPAN_MS = 24 * 3600 * 1000

_by_time = attrgetter("timestamp_ms")


@dataclass(frozen=True, slots=True)
class Receipt:
    """CloudWatch's answer to a batch: which events it refused all the same, by index, and why."""

    rejected: dict[int, str]
    server_time_ms: int | None
    problem: str | None = None
    """What it did not like, although it took the events."""
    dropped: int = 0
    """How many events it did not keep, although it took the batch."""


class Endpoint(Protocol):
    """What takes events: a log stream, or a receiver of traces. Calls raise what boto3 raises."""

    name: str

    def put(self, events: Sequence[Event]) -> Receipt:
        """Send one batch."""

    def create(self) -> None:
        """Make what is missing there, if it was ResourceNotFoundException."""

    def renew(self) -> None:
        """Forget connection and credentials."""

    def marker(self, marker_id: str, event: Event) -> Event:
        """What goes in the place of an event that is refused for good."""


class ConfigurationError(OSError):
    """boto3 can do nothing with its configuration, or with what a credential process printed."""


@contextlib.contextmanager
def asking_boto3() -> Iterator[None]:
    """Inside is only boto3: where it stumbles over a value, that is not one of ours."""
    try:
        yield
    except BotoCoreError:  # some of them are ValueErrors too
        raise
    except (KeyError, ValueError) as error:
        raise ConfigurationError(f"{type(error).__name__}: {error}") from error


def server_time_ms(response: Mapping[str, Any]) -> int | None:
    """CloudWatch's own time when it answered, to the second, or None if the answer has none."""
    date = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        return int(parsedate_to_datetime(date).timestamp() * 1000)
    except (TypeError, ValueError):
        return None


def batches(events: Iterable[Event]) -> Iterator[list[Event]]:
    """All events in order of time, cut at what one call takes: size, number and span."""
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
            or event.timestamp_ms - batch[0].timestamp_ms >= _MAX_BATCH_SPAN_MS
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
        size <= MAX_BATCH_BYTES
        and len(ordered) <= MAX_BATCH_EVENTS
        and span_ms < _MAX_BATCH_SPAN_MS
    )
