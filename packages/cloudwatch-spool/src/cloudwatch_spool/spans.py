"""Spans of traces, made of delivered lines, which wait for delivery in a spool of their own."""

import hashlib
import logging
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

import orjson

from .destinations import Attribute, Otlp
from .events import Event
from .format import Record
from .spool import Spool

MAX_SPAN_BYTES = 200_000
"""X-Ray takes "200 KB" (CloudWatch's page on its OTLP endpoints, read November 2026)."""

_FOLDER = "traces"


class Kind(IntEnum):
    """What a span is to the others of its trace, by OTLP's number."""

    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


@dataclass(frozen=True, slots=True)
class Span:
    """One operation of a trace. Ids are lower-case hex, of 32 and 16 digits; times in nanoseconds.

    Make ids of the line's own (`trace_id_of`, `span_id_of`), so that a line that is delivered twice
    gives the same span twice, and a receiver can tell.
    """

    trace_id: str
    span_id: str
    name: str
    start_ns: int
    end_ns: int
    kind: Kind = Kind.INTERNAL
    parent_span_id: str | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    error: str | None = None
    """Why it failed; None if it did not."""
    link: tuple[str, str] | None = None
    """Trace and span of another trace that it belongs to as well."""

    def as_json(self) -> bytes:
        """As OTLP/JSON writes it; without its attributes if it were larger than a span may be."""
        fields: dict[str, Any] = {
            "traceId": self.trace_id,
            "spanId": self.span_id,
            "name": self.name,
            "kind": int(self.kind),
            "startTimeUnixNano": str(self.start_ns),
            "endTimeUnixNano": str(self.end_ns),
        }
        if self.parent_span_id:
            fields["parentSpanId"] = self.parent_span_id
        if self.error is not None:
            fields["status"] = {"code": 2, "message": self.error[:1000]}
        if self.link:
            fields["links"] = [{"traceId": self.link[0], "spanId": self.link[1]}]
        whole = orjson.dumps(fields | {"attributes": as_attributes(self.attributes)})
        return whole if len(whole) <= MAX_SPAN_BYTES else orjson.dumps(fields)


@dataclass(frozen=True)
class Traces:
    """Turns each delivered line into spans, and delivers those too, as surely as the lines."""

    to: Otlp
    spans_of: Callable[[Mapping[str, Any], int], Iterable[Span]]
    """The spans that end with a line, from its fields and its time in nanoseconds since 1970."""
    max_bytes: int = 256 << 20
    """What spans may take on disk. Beyond it they are dropped and counted, never a line."""


class SpanSpool:
    """Stores the spans of lines that are delivered, before the lines are committed."""

    def __init__(self, traces: Traces, folder: Path) -> None:
        """Raises SpoolFolderError if nothing can be written there."""
        self._spans_of = traces.spans_of
        self._spool = Spool(folder, max_bytes=traces.max_bytes)
        self._has_told = False

    def store(self, events: Sequence[Event]) -> None:
        """Make and keep the spans of these lines. One that gives none costs no other its own."""
        for event in events:
            try:
                self._store(event)
            except Exception as error:  # a mapping is handed in, and lines must not wait for it
                if not self._has_told:
                    self._has_told = True
                    print(f"no spans of some lines: {error!r}", file=sys.stderr, flush=True)

    def finish(self) -> None:
        """Leave nothing open: no more lines come."""
        self._spool.finish()

    def _store(self, event: Event) -> None:
        fields = orjson.loads(event.message)
        if fields.get("part", 1) != 1:  # the parts of a large line repeat its short fields
            return
        time_ns = (event.timestamp_ms * 1000 + event.microsecond) * 1000
        for span in self._spans_of(fields, time_ns):
            level = logging.INFO if span.error is None else logging.ERROR
            self._spool.append(span.as_json(), event.timestamp_ms, level)


def traces_folder(spool: Path) -> Path:
    """Where the spans of a spool's lines wait."""
    return spool / _FOLDER


def trace_id_of(text: str) -> str:
    """The id of a trace that is always the same for this text, such as a correlation ID."""
    return _hash(text, 32)


def span_id_of(text: str) -> str:
    """The id of a span that is always the same for this text, such as a line's event_id."""
    return _hash(text, 16)


def span_events_of(record: Record, writer: str) -> list[Event]:
    """A stored span as it is delivered."""
    return [Event(record.timestamp_ms, record.payload, record.microsecond)]


def as_attributes(attributes: Mapping[str, Attribute]) -> list[dict[str, Any]]:
    """As OTLP/JSON writes them."""
    return [{"key": key, "value": _any_value(value)} for key, value in attributes.items()]


def _any_value(value: Attribute) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}


def _hash(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:digits]
