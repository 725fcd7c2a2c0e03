"""A log event as it is delivered: one JSON object in one message, with an id that shows a
duplicate.
"""

from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from .record import Record
from .split import MAX_MESSAGE_BYTES, split

EVENT_OVERHEAD_BYTES = 26
"""What PutLogEvents counts for an event besides its message (API reference, read August 2026)."""

_LAST_TIMESTAMP_MS = 253_402_300_799_000  # the end of the year 9999, where datetime ends


class Event(NamedTuple):
    """One entry of a PutLogEvents call. The message is UTF-8 and a JSON object."""

    timestamp_ms: int
    message: bytes
    is_clamped: bool = False
    """Whether it goes under CloudWatch's time, because it was rejected under its own."""

    @property
    def size(self) -> int:
        """What it counts towards the size of a batch, in bytes."""
        return len(self.message) + EVENT_OVERHEAD_BYTES


def events_of(record: Record, writer: str) -> list[Event]:
    """The record as events: one, or several parts if its message is larger than one event may be."""
    event_id = f"{writer}-{record.sequence}"
    timestamp_ms = min(
        max(record.timestamp_ms, 0), _LAST_TIMESTAMP_MS
    )  # PutLogEvents takes none before 1970
    message = _identified(record.payload, event_id, timestamp_ms)
    if len(message) <= MAX_MESSAGE_BYTES:
        return [Event(timestamp_ms, message)]
    return [Event(timestamp_ms, part) for part in split(message, event_id, _rfc3339(timestamp_ms))]


def own_event(event_id: str, timestamp_ms: int, **fields: Any) -> Event:
    """An event of the shipper itself, without the fields that are None."""
    present = {name: value for name, value in fields.items() if value is not None}
    timestamp = {"event_id": event_id, "timestamp": _rfc3339(timestamp_ms)}
    return Event(timestamp_ms, orjson.dumps(timestamp | {"logger": __package__} | present))


def clamped(event: Event, timestamp_ms: int, reason: str) -> Event:
    """The event under a timestamp that CloudWatch takes. Its true time stays in its `timestamp`
    field.
    """
    extra = orjson.dumps({"delivery_clamped": reason})[1:-1]
    message = b"{" + extra + b"," + event.message[1:]
    fits = len(message) <= MAX_MESSAGE_BYTES
    return Event(timestamp_ms, message if fits else event.message, is_clamped=True)


def _identified(payload: bytes, event_id: str, timestamp_ms: int) -> bytes:
    try:
        fields = orjson.loads(payload)
    except orjson.JSONDecodeError:
        fields = None
    if not isinstance(fields, dict):
        text = payload.decode("utf-8", "replace")
        return orjson.dumps(
            {"event_id": event_id, "timestamp": _rfc3339(timestamp_ms), "message": text}
        )
    if "event_id" in fields:  # the id of this delivery has to be the only one
        del fields["event_id"]
        payload = orjson.dumps(fields)
    head = b'{"event_id":"%b"' % event_id.encode()
    if "timestamp" not in fields:
        head += b',"timestamp":"%b"' % _rfc3339(timestamp_ms).encode()
    body = payload.lstrip()[1:]
    return head + (b"," if fields else b"") + body


def _rfc3339(timestamp_ms: int) -> str:
    moment = datetime.fromtimestamp(timestamp_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
