"""A request's events as spans on a line of time: queries, exceptions, and the application's own
time between; and those of the jobs that it sent.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from canonical_log.correlation import acceptable_id

from .frames import Frame, Record, frames, is_boundary
from .span_text import span_text
from .spans import Span

__all__ = [
    "Record",
    "Trace",
    "id_condition",
    "moment_ms",
    "root_condition",
    "traces",
]

_ALB_ROOT = re.compile(r"(?:Root=)?(1-([0-9a-f]{8})-([0-9a-f]{24}))")
_SAMPLED = "profile_"  # a load test's samples name a request, but nothing that happened in it
_WORK = ("job", "work")
_SHORTEST_GAP_MS = 1.0  # a shorter one is not worth a row


@dataclass
class Trace:
    """One request, or other work. `duration_ms` is as far as its events tell; `finished` is False
    without a canonical line. `later` is what else has its ID.
    """

    correlation_id: str
    started_at: str
    duration_ms: float
    finished: bool
    summary: Record = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    kind: str = "request"
    began_ms: float = 0.0
    """In milliseconds since 1970."""
    later: list["Trace"] = field(default_factory=list)


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
    """A time in UTC, as a line or an answer of Logs Insights has it, in milliseconds since 1970."""
    return datetime.fromisoformat(timestamp).replace(tzinfo=UTC).timestamp() * 1000


def traces(records: Iterable[Record]) -> list[Trace]:
    """The requests in the events, each with its spans and the jobs that have its ID, in order of
    time; an event delivered twice counts once.

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
    return _joined(
        [
            _trace(correlation_id, frame)
            for (correlation_id, _), events in by_process.items()
            for frame in frames(events)
        ]
    )


def _joined(found: list[Trace]) -> list[Trace]:
    """Those that began first, and with them what else has their ID and came later, but for another
    request: jobs that they sent, mostly.
    """
    firsts: list[Trace] = []
    for trace in sorted(found, key=lambda trace: trace.began_ms):
        same = [first for first in firsts if first.correlation_id == trace.correlation_id]
        if same and trace.kind != "request":
            same[-1].later.append(trace)
        else:
            firsts.append(trace)
    return firsts


def _trace(correlation_id: str, frame: Frame) -> Trace:
    events, started, finished = frame.events, frame.started, frame.finished
    if started:
        origin_ms = _moment_ms(started)
    elif finished:
        origin_ms = _moment_ms(finished) - _number(finished, "duration_ms")
    else:
        origin_ms = min(_moment_ms(event) - _took_ms(event) for event in events)
    last_ms = max(_moment_ms(event) for event in events) - origin_ms
    duration_ms = _number(finished, "duration_ms") if finished else last_ms
    shown = (event for event in events if event is not started and event is not finished)
    spans = [_span(event, origin_ms) for event in shown if _has_span(event)]
    spans.sort(key=lambda span: span.start_ms)
    return Trace(
        correlation_id=correlation_id,
        started_at=events[0].get("@timestamp", ""),
        duration_ms=max(duration_ms, 0.0),
        finished=finished is not None,
        summary={**(started or {}), **(finished or {})},
        spans=_with_gaps(spans, duration_ms),
        kind=frame.kind,
        began_ms=origin_ms,
    )


def _has_span(event: Record) -> bool:
    """Of work within, its end has."""
    return not is_boundary(event) or event["event"] in ("job_finished", "work_finished")


def _span(event: Record, origin_ms: float) -> Span:
    """A query or a call is logged when it ends; it began its duration earlier, but not before the
    request.
    """
    end_ms = _moment_ms(event) - origin_ms
    duration_ms = _took_ms(event)
    kind = event.get("event", "log").removesuffix("_finished")
    return Span(
        kind,
        max(end_ms - duration_ms, 0.0),
        duration_ms,
        span_text(event, kind),
        event.get("db_fingerprint", ""),
        event.get("db_origin", ""),
    )


def _with_gaps(spans: list[Span], duration_ms: float) -> list[Span]:
    """The spans, and between them the application's time where there is any to speak of."""
    filled: list[Span] = []
    reached_ms = 0.0
    for span in [*spans, Span("end", duration_ms, 0.0, "")]:
        if span.kind in _WORK:  # what is within it has spans of its own
            filled.append(span)
            continue
        gap_ms = span.start_ms - reached_ms
        if gap_ms >= _SHORTEST_GAP_MS:
            filled.append(Span("application", reached_ms, gap_ms, "application"))
        filled.append(span)
        reached_ms = max(reached_ms, span.start_ms + span.duration_ms)
    return filled[:-1]


def _moment_ms(event: Record) -> float:
    """By the event's own time, which has microseconds, if it has one."""
    try:
        return moment_ms(event["timestamp"])
    except (KeyError, ValueError):
        return moment_ms(event["@timestamp"])


def _took_ms(event: Record) -> float:
    names = ("db_duration_ms", "http_client_duration_ms", "duration_ms")
    return next((_number(event, name) for name in names if name in event), 0.0)


def _number(event: Record, name: str) -> float:
    try:
        return float(event.get(name, 0))
    except ValueError:
        return 0.0


def _place(event: Record) -> tuple[float, int]:
    """Events of the same moment are in the order of their writer's sequence number."""
    sequence = event.get("event_id", "").rpartition("-")[2]
    return _moment_ms(event), int(sequence) if sequence.isdecimal() else 0
