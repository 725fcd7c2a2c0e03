"""The lines of a request as spans of a trace, for a collector or X-Ray.

One line is one span, or two where the request has queued: there is nothing to join, so that a
shipper that was killed goes on with the next line. All ids come from the lines: the trace's is the
correlation ID where it has the form of one, as those of traceparent and of a load balancer have,
else a hash of it. Requests that share a correlation ID share one trace and its root span.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from canonical_log.conventions import OPENTELEMETRY
from cloudwatch_spool import Kind, Span, span_id_of, trace_id_of

__all__ = ["spans_of"]

Line = Mapping[str, Any]

_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_NS_PER_MS = 1_000_000

# Under their names in OpenTelemetry; the others keep their own.
_REQUEST_FIELDS = ("http_method", "http_path", "http_route", "http_status", "response_bytes")
_OWN_FIELDS = ("correlation_id", "run_id", "db_query_count", "cpu_ms", "threads_busy")
_STATEMENT_FIELDS = ("db_statement", "db_operation", "db_table", "db_sqlstate", "exception_type")
_EXCEPTION_FIELDS = ("exception_type", "exception_message", "exception_stack")
_INSIDE = frozenset({"POOL_WAIT"})  # waits that ask nothing of the database


def spans_of(line: Line, time_ns: int) -> Iterator[Span]:
    """The spans that end with this line; none for a line outside of a request."""
    make = _MAKERS.get(str(line.get("event")))
    if make is not None and isinstance(line.get("correlation_id"), str):
        yield from make(line, time_ns)


def _request(line: Line, time_ns: int) -> Iterator[Span]:
    trace_id, span_id = _trace_id(line), _request_span_id(line)
    begun_ns = time_ns - _ns(line["duration_ms"])
    arrived_ns = begun_ns - _ns(line.get("queue_ms", 0))
    if arrived_ns < begun_ns:
        yield Span(
            trace_id,
            span_id_of(f"queue {line['event_id']}"),
            "queue",
            arrived_ns,
            begun_ns,
            parent_span_id=span_id,
        )
    caller = (str(line.get("trace_id", "")), str(line.get("parent_span_id", "")))
    is_callers_trace = caller[0] == trace_id
    yield Span(
        trace_id,
        span_id,
        f"{line['http_method']} {line.get('http_route', '')}".rstrip(),
        arrived_ns,
        time_ns,
        kind=Kind.SERVER,
        parent_span_id=caller[1] if is_callers_trace and caller[1] else None,
        attributes=_attributes(line, _REQUEST_FIELDS) | _present(line, _OWN_FIELDS),
        error=_request_error(line),
        link=None if is_callers_trace or not all(caller) else caller,
    )


def _database(line: Line, time_ns: int) -> Iterator[Span]:
    operation = str(line["db_operation"])
    yield Span(
        _trace_id(line),
        span_id_of(str(line["event_id"])),
        f"{operation} {line.get('db_table', '')}".rstrip(),
        time_ns - _ns(line["db_duration_ms"]),
        time_ns,
        kind=Kind.INTERNAL if operation in _INSIDE else Kind.CLIENT,
        parent_span_id=_request_span_id(line),
        attributes={"db.system.name": "postgresql"} | _attributes(line, _STATEMENT_FIELDS),
        error=line.get("exception_type"),
    )


def _exception(line: Line, time_ns: int) -> Iterator[Span]:
    yield Span(
        _trace_id(line),
        span_id_of(str(line["event_id"])),
        "exception",
        time_ns,
        time_ns,
        parent_span_id=_request_span_id(line),
        attributes=_attributes(line, _EXCEPTION_FIELDS),
        error=f"{line.get('exception_type')}: {line.get('exception_message')}",
    )


_MAKERS: dict[str, Callable[[Line, int], Iterator[Span]]] = {
    "request_finished": _request,
    "query": _database,
    "connection": _database,
    "exception": _exception,
}


def _trace_id(line: Line) -> str:
    correlation_id = str(line["correlation_id"])
    return correlation_id if _TRACE_ID.fullmatch(correlation_id) else trace_id_of(correlation_id)


def _request_span_id(line: Line) -> str:
    return span_id_of(f"request {line['correlation_id']}")


def _request_error(line: Line) -> str | None:
    if line.get("outcome"):
        return str(line["outcome"])
    status = line.get("http_status", 0)
    return f"HTTP {status}" if status >= 500 else None


def _attributes(line: Line, names: tuple[str, ...]) -> dict[str, Any]:
    return {OPENTELEMETRY[name]: value for name, value in _present(line, names).items()}


def _present(line: Line, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: line[name] for name in names if name in line}


def _ns(milliseconds: float) -> int:
    return int(milliseconds * _NS_PER_MS)
