"""A request's events as spans on a line of time: queries, exceptions, and the application's own
time between.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from canonical_log.correlation import acceptable_id

__all__ = [
    "Record",
    "Span",
    "Trace",
    "folded",
    "id_condition",
    "moment_ms",
    "root_condition",
    "traces",
]

Record = dict[str, str]

_ALB_ROOT = re.compile(r"(?:Root=)?(1-([0-9a-f]{8})-([0-9a-f]{24}))")
_FRAME = ("request_started", "request_finished")
_SAMPLED = "profile_"  # a load test's samples name a request, but nothing that happened in it
_WAITS = {
    "CONNECT": "connecting to the database",
    "POOL_WAIT": "waiting for a connection of the pool",
}
_LEAST_REPEATED = 4
_SHORTEST_GAP_MS = 1.0  # the events' times are whole milliseconds, so a shorter one may be none


@dataclass(frozen=True)
class Span:
    """Something that took time: it began `start_ms` after the request did."""

    kind: str
    start_ms: float
    duration_ms: float
    text: str


@dataclass
class Trace:
    """One request. `duration_ms` is as far as its events tell; `finished` is False without a
    canonical line.
    """

    correlation_id: str
    started_at: str
    duration_ms: float
    finished: bool
    summary: Record = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)


def root_condition(given: str) -> str | None:
    """The filter for the canonical lines of an ALB's trace root, which only they name; None if it
    is no root.
    """
    root = _ALB_ROOT.fullmatch(given)
    return f'xray_trace_id = "{root[1]}" or trace_id = "{root[2]}{root[3]}"' if root else None


def id_condition(ids: Iterable[str]) -> str | None:
    """The filter for the events of these correlation IDs; None if one can be no ID."""
    listed = list(ids)
    if not all(map(acceptable_id, listed)):
        return None
    return " or ".join(f'correlation_id = "{each}"' for each in listed)


def moment_ms(timestamp: str) -> float:
    """A time as answers of Logs Insights have it (UTC, without an offset), in milliseconds since
    1970.
    """
    return datetime.fromisoformat(timestamp).replace(tzinfo=UTC).timestamp() * 1000


def traces(records: Iterable[Record]) -> list[Trace]:
    """The requests in the events, each with its spans, in order of time; an event delivered twice
    counts once.

    A client may send an ID twice: requests of one ID are told apart by the process that wrote them,
    and by their starts (or, where those are not logged, their ends).
    """
    by_process: dict[tuple[str, str], list[Record]] = {}
    unique = {record.get("event_id", place): record for place, record in enumerate(records)}
    for record in sorted(unique.values(), key=_place):
        if record.get("event", "").startswith(_SAMPLED):
            continue
        writer = record.get("event_id", "").partition("-")[0]
        by_process.setdefault((record.get("correlation_id", "?"), writer), []).append(record)
    found = [
        _trace(key[0], events)
        for key, all_events in by_process.items()
        for events in _requests(all_events)
    ]
    return sorted(found, key=lambda trace: trace.started_at)


def _requests(events: list[Record]) -> list[list[Record]]:
    kinds = [event.get("event") for event in events]
    boundary = "request_started" if "request_started" in kinds else "request_finished"
    requests: list[list[Record]] = [[]]
    for event, kind in zip(events, kinds, strict=True):
        if kind == boundary == "request_started" and any(
            other.get("event") in _FRAME for other in requests[-1]
        ):
            requests.append([])
        requests[-1].append(event)
        if kind == boundary == "request_finished":
            requests.append([])
    return [request for request in requests if request]


def _trace(correlation_id: str, events: list[Record]) -> Trace:
    finished = next((event for event in events if event.get("event") == "request_finished"), None)
    started = next((event for event in events if event.get("event") == "request_started"), None)
    if started:
        origin_ms = _moment_ms(started)
    elif finished:
        origin_ms = _moment_ms(finished) - _number(finished, "duration_ms")
    else:
        origin_ms = min(_moment_ms(event) - _took_ms(event) for event in events)
    last_ms = max(_moment_ms(event) for event in events) - origin_ms
    duration_ms = _number(finished, "duration_ms") if finished else last_ms
    spans = [_span(event, origin_ms) for event in events if event.get("event") not in _FRAME]
    spans.sort(key=lambda span: span.start_ms)
    return Trace(
        correlation_id=correlation_id,
        started_at=events[0].get("@timestamp", ""),
        duration_ms=max(duration_ms, 0.0),
        finished=finished is not None,
        summary={**(started or {}), **(finished or {})},
        spans=_with_gaps(spans, duration_ms),
    )


def _span(event: Record, origin_ms: float) -> Span:
    """A query or a call is logged when it ends; it began its duration earlier, but not before the
    request.
    """
    end_ms = _moment_ms(event) - origin_ms
    duration_ms = _took_ms(event)
    kind = event.get("event", "log")
    return Span(kind, max(end_ms - duration_ms, 0.0), duration_ms, _text(event, kind))


def _text(event: Record, kind: str) -> str:
    if kind == "query":
        failure = f" -- {event['db_sqlstate']}" if "db_sqlstate" in event else ""
        return " ".join(event.get("db_statement", "").split()) + failure
    if kind == "connection":
        return _WAITS.get(event.get("db_operation", ""), event.get("db_operation", ""))
    if kind == "http_client":
        outcome = event.get("http_client_status") or event.get("exception_type", "")
        asked = f"{event.get('http_client_method', '')} {event.get('http_client_url', '')}"
        return f"{asked} -- {outcome}"
    if kind == "exception":
        described = (
            f"{event.get('exception_type', 'exception')}: {event.get('exception_message', '')}"
        )
        return described + (
            f" ({event['exception_location']})" if "exception_location" in event else ""
        )
    return f"{event.get('level', '')} {event.get('logger', '')}: {event.get('message', '')}".strip()


def _with_gaps(spans: list[Span], duration_ms: float) -> list[Span]:
    """The spans, and between them the application's time where there is any to speak of."""
    filled: list[Span] = []
    reached_ms = 0.0
    for span in [*spans, Span("end", duration_ms, 0.0, "")]:
        gap_ms = span.start_ms - reached_ms
        if gap_ms >= _SHORTEST_GAP_MS:
            filled.append(Span("application", reached_ms, gap_ms, "application"))
        filled.append(span)
        reached_ms = max(reached_ms, span.start_ms + span.duration_ms)
    return filled[:-1]


def _moment_ms(event: Record) -> float:
    return moment_ms(event["@timestamp"])


def folded(spans: list[Span]) -> list[Span]:
    """The spans, of which statements that were sent again and again are one: from the start of the
    first to the end of the last, with how often and how long in all.
    """
    found: list[Span] = []
    rest = list(spans)
    while rest:
        run = _repeated(rest)
        queries = [span for span in run if span.kind == "query"]
        if len(queries) < _LEAST_REPEATED:
            found.append(rest.pop(0))
            continue
        del rest[: len(run)]
        took_ms = sum(span.duration_ms for span in queries)
        end_ms = max(span.start_ms + span.duration_ms for span in queries)
        text = f"{len(queries)} times, {took_ms:,.1f} ms in all: {queries[0].text}"
        found.append(Span("query", queries[0].start_ms, end_ms - queries[0].start_ms, text))
    return found


def _repeated(spans: list[Span]) -> list[Span]:
    """The spans from the first on that are the same statement, and the gaps between them."""
    last = 0
    for place, span in enumerate(spans):
        if span.kind == "query" and span.text == spans[0].text:
            last = place
        elif span.kind != "application":
            break
    return spans[: last + 1]


def _took_ms(event: Record) -> float:
    return _number(event, "db_duration_ms") or _number(event, "http_client_duration_ms")


def _number(event: Record, name: str) -> float:
    try:
        return float(event.get(name, 0))
    except ValueError:
        return 0.0


def _place(event: Record) -> tuple[str, int]:
    """Events of the same millisecond are in the order of their writer's sequence number."""
    sequence = event.get("event_id", "").rpartition("-")[2]
    return event["@timestamp"], int(sequence) if sequence.isdecimal() else 0
