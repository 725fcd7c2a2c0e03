"""A log event as it is delivered: a JSON object with an id, alike on two copies of it.

And the fields that delivery itself writes, as plain data.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from .format import Record

MAX_MESSAGE_BYTES = 1_000_000
"""The largest message sent in one event: "1 MB" on the quota page, which names no exact byte."""

EVENT_OVERHEAD_BYTES = 26
"""What PutLogEvents counts for an event besides its message (API reference, read August 2026)."""

MAX_BATCH_BYTES = 1_048_576
MAX_BATCH_EVENTS = 10_000
"""What one PutLogEvents call takes (API reference, read August 2026)."""

_MAX_COPIED_BYTES = 200
_MAX_COPIED_FIELDS = 60
_PART_TEXT_BYTES = MAX_MESSAGE_BYTES - 2 * _MAX_COPIED_FIELDS * _MAX_COPIED_BYTES - 1000

_LAST_TIMESTAMP_MS = 253_402_300_799_000  # the end of the year 9999, where datetime ends


class Field(NamedTuple):
    """A field that delivery writes: its JSON type, its unit, and which events have it."""

    name: str
    type: str
    unit: str
    meaning: str
    events: tuple[str, ...]
    """Empty where it is added to any line that is delivered."""
    is_required: bool = False
    """Whether every line of these events has it."""


REPORT, GAP, DAMAGE, REJECTED = "delivery", "delivery_gap", "delivery_damage", "delivery_rejected"

_OWN = (REPORT, GAP, DAMAGE, REJECTED)

FIELDS = (
    Field("event_id", "string", "", "alike on two copies of one line", (), True),
    Field("logger", "string", "", "the logger's name", _OWN, True),
    Field("message", "string", "", "what has happened, in a sentence", _OWN, True),
    Field("delivery_clamped", "string", "", "why CloudWatch refused the line's own time", ()),
    Field("part", "integer", "", "which part this is of a line over 1 MB", ()),
    Field("parts", "integer", "", "how many there are", ()),
    Field("part_of", "string", "", "the event_id of the line", ()),
    Field("part_text", "string", "", "the part; joined, they are the line", ()),
    Field("format_error", "string", "", "why the line could not be formatted", ("log",)),
    Field("arguments", "string", "", "with format_error: what belongs into the message", ("log",)),
    Field("behind_events", "integer", "", "lines that wait in the spool", (REPORT,), True),
    Field("behind_seconds", "number", "s", "age of the oldest of them", (REPORT,), True),
    Field("spool_bytes", "integer", "bytes", "size of the spool", (REPORT,), True),
    Field("started_at", "number", "s", "when the shipper started, since 1970", (REPORT,), True),
    Field("events_shipped", "integer", "", "lines delivered since it started", (REPORT,), True),
    Field("bytes_shipped", "integer", "bytes", "their size", (REPORT,), True),
    Field("batches_shipped", "integer", "", "batches that were accepted", (REPORT,), True),
    Field("retries", "integer", "", "attempts that failed and were repeated", (REPORT,), True),
    Field("events_clamped", "integer", "", "sent again under CloudWatch's time", (REPORT,), True),
    Field("events_quarantined", "integer", "", "refused for good, kept in a file", (REPORT,), True),
    Field("events_dropped", "integer", "", "dropped at the spool's cap", (REPORT,), True),
    Field("events_damaged", "integer", "", "unreadable in the spool", (REPORT,), True),
    Field("problem", "string", "", "the error that delivery waits on; absent without", (REPORT,)),
    Field("clock_skew_s", "number", "s", "how far the clock is ahead of CloudWatch's", (REPORT,)),
    Field("dropped_count", "integer", "", "lines that the spool had no room for", (GAP,), True),
    Field("dropped_writer", "string", "", "whose, as in event_id", (GAP,), True),
    Field(
        "dropped_first_sequence", "integer", "", "number of the first, as in event_id", (GAP,), True
    ),
    Field("dropped_last_sequence", "integer", "", "and of the last", (GAP,), True),
    Field("dropped_from_ms", "integer", "ms", "time of the first, since 1970", (GAP,), True),
    Field("dropped_to_ms", "integer", "ms", "and of the last", (GAP,), True),
    Field("dropped_debug", "integer", "", "how many were DEBUG; absent when none", (GAP,)),
    Field("dropped_info", "integer", "", "the same for INFO", (GAP,)),
    Field("dropped_warning", "integer", "", "the same for WARNING", (GAP,)),
    Field("dropped_error", "integer", "", "the same for ERROR", (GAP,)),
    Field("dropped_critical", "integer", "", "the same for CRITICAL", (GAP,)),
    Field("damaged_count", "integer", "", "lines that could not be read back", (DAMAGE,), True),
    Field("damaged_segment", "string", "", "from which file", (DAMAGE,), True),
    Field("rejected_bytes", "integer", "bytes", "size of the line refused", (REJECTED,), True),
    Field("rejected_event_id", "string", "", "its event_id", (REJECTED,), True),
)


class Event(NamedTuple):
    """One entry of a PutLogEvents call. The message is UTF-8 and a JSON object."""

    timestamp_ms: int
    message: bytes
    microsecond: int = 0
    """From the millisecond on, for the order of events."""
    is_clamped: bool = False
    """Whether it goes under CloudWatch's time, because it was rejected under its own."""

    @property
    def size(self) -> int:
        """What it counts towards the size of a batch, in bytes."""
        return len(self.message) + EVENT_OVERHEAD_BYTES


def events_of(record: Record, writer: str) -> list[Event]:
    """The record as events: several parts if its message is larger than one event may be."""
    event_id = f"{writer}-{record.sequence}"
    # PutLogEvents takes none before 1970.
    timestamp_ms = min(max(record.timestamp_ms, 0), _LAST_TIMESTAMP_MS)
    message = _identified(record.payload, event_id, timestamp_ms)
    if len(message) <= MAX_MESSAGE_BYTES:
        return [Event(timestamp_ms, message, record.microsecond)]
    parts = _split(message, event_id, _rfc3339(timestamp_ms))
    return [Event(timestamp_ms, part, record.microsecond) for part in parts]


def own_event(event_id: str, timestamp_ms: int, **fields: Any) -> Event:
    """An event of the shipper itself, without the fields that are None."""
    present = {name: value for name, value in fields.items() if value is not None}
    timestamp = {"event_id": event_id, "timestamp": _rfc3339(timestamp_ms)}
    return Event(timestamp_ms, orjson.dumps(timestamp | {"logger": __package__} | present))


def clamped(event: Event, timestamp_ms: int, reason: str) -> Event:
    """The event under a time that CloudWatch takes; its true one stays in its `timestamp`."""
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


def _split(message: bytes, event_id: str, timestamp: str) -> list[bytes]:
    """The message in parts: joining their `part_text` in order of `part` gives it back exactly.

    Each part repeats the message's short fields, so that a search by any of them finds all parts.
    """
    fields = orjson.loads(message)
    copied = {name: value for name, value in fields.items() if _is_short(name, value)}
    copied = dict(list(copied.items())[:_MAX_COPIED_FIELDS])
    texts = list(_pieces(message.decode()))
    return [
        orjson.dumps(
            copied
            | {"event_id": f"{event_id}-{number}", "timestamp": copied.get("timestamp", timestamp)}
            | {"part_of": event_id, "part": number, "parts": len(texts), "part_text": text}
        )
        for number, text in enumerate(texts, start=1)
    ]


def _is_short(name: str, value: object) -> bool:
    is_scalar = isinstance(value, str | int | float | bool)
    return is_scalar and len(name) + len(orjson.dumps(value)) <= _MAX_COPIED_BYTES


def _pieces(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        length = _PART_TEXT_BYTES
        while (size := len(orjson.dumps(text[start : start + length]))) > _PART_TEXT_BYTES:
            length = min(length, len(text) - start) * _PART_TEXT_BYTES // size - 1
        yield text[start : start + length]
        start += length
