"""Single requests to look at: what the client saw, and what the server did meanwhile."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from logs_insights import TimeRange
from todo.views.catalog import named_query, with_filter
from todo.views.spans import Span, folded
from todo.views.tracing import Trace, id_condition, traces

from .figures import Exchange
from .slices import Ask, Progress

__all__ = ["Bar", "Example", "examples"]

_MOST_BARS = 40
_MOST_EVENTS = 900  # the query `trace` answers with 1,000 at most
# A query's text has at most 10,000 characters; AWS, "Logs Insights query limits", read 2026-11.
_MOST_AT_ONCE = 20
_OTHER_EVENTS = 6  # of a request, beside its statements
_ASKED_AROUND_MS = 2_000  # an event's time is when it was written; a clock is corrected by less
_ASKED_WITHOUT_LINE_MS = 60_000  # where only the client's clock is known


@dataclass(frozen=True)
class Bar:
    """A span of a waterfall; `start` and `width` are percent of the whole."""

    kind: str
    text: str
    start_ms: float
    duration_ms: float
    start: float
    width: float


@dataclass(frozen=True)
class Example:
    """A request with its waterfall; `bars_left_out` came after the ones shown."""

    request: Exchange
    trace: Trace | None
    bars: list[Bar] = field(default_factory=list)
    bars_left_out: int = 0


def examples(ask: Ask, requests: Iterable[Exchange], on_progress: Progress) -> dict[str, Example]:
    """The requests with their waterfalls, by ID."""
    by_id = {request.request_id: request for request in requests}
    found: dict[str, Trace] = {}
    for batch in _batches(list(by_id.values())):
        on_progress(f"tracing {len(by_id)} requests")
        found |= {trace.correlation_id: trace for trace in _traces(ask, batch)}
    return {
        request_id: _shown(request, found.get(request_id)) for request_id, request in by_id.items()
    }


def _batches(requests: list[Exchange]) -> Iterator[list[Exchange]]:
    """As many requests at once as have fewer events than the answer holds; one with more is alone,
    and is cut.
    """
    batch: list[Exchange] = []
    events = 0
    for request in requests:
        expected = (request.queries or 0) + _OTHER_EVENTS
        if batch and (events + expected > _MOST_EVENTS or len(batch) == _MOST_AT_ONCE):
            yield batch
            batch, events = [], 0
        batch.append(request)
        events += expected
    if batch:
        yield batch


def _traces(ask: Ask, requests: list[Exchange]) -> list[Trace]:
    condition = id_condition(request.request_id for request in requests)
    if condition is None:
        return []
    spans = [_around(request) for request in requests]
    span = TimeRange(min(start for start, _ in spans), max(end for _, end in spans))
    return traces(ask(with_filter(named_query("trace").text, condition), span).records())


def _around(request: Exchange) -> tuple[int, int]:
    if request.logged_ms is not None and request.server_ms is not None:
        start_ms = request.logged_ms - request.server_ms - _ASKED_AROUND_MS
        return int(start_ms), request.logged_ms + _ASKED_AROUND_MS
    end_ms = request.ended_ms or request.started_ms
    return request.started_ms - _ASKED_WITHOUT_LINE_MS, end_ms + _ASKED_WITHOUT_LINE_MS


def _shown(request: Exchange, trace: Trace | None) -> Example:
    total_ms = request.total_ms or 0.0
    server_ms = request.server_ms or (trace.duration_ms if trace else 0.0)
    offset_ms = _offset_ms(request, total_ms, server_ms)
    spans = [Span("client", 0.0, total_ms, "the client waited")]
    if request.blocked_ms:
        spans.append(Span("connect", 0.0, request.blocked_ms, "opening a connection"))
    queued_ms = offset_ms - request.blocked_ms
    if queued_ms > 0 and request.server_ms is not None:
        text = "on the way, and waiting for a thread"
        spans.append(Span("queue", request.blocked_ms, queued_ms, text))
    if trace:
        spans.append(Span("server", offset_ms, server_ms, "the application answered"))
        spans += [
            Span(each.kind, each.start_ms + offset_ms, each.duration_ms, each.text)
            for each in folded(trace.spans)
        ]
    whole_ms = max(span.start_ms + span.duration_ms for span in spans) or 1.0
    bars = [_bar(span, whole_ms) for span in spans[:_MOST_BARS]]
    return Example(request, trace, bars, max(0, len(spans) - _MOST_BARS))


def _offset_ms(request: Exchange, total_ms: float, server_ms: float) -> float:
    """When the application began, seen from the client: by both clocks, but within the time that
    the client waited.
    """
    if request.logged_ms is None or request.server_ms is None:
        return 0.0
    began_ms = request.logged_ms - request.server_ms - request.started_ms
    return float(min(max(began_ms, request.blocked_ms, 0.0), max(total_ms - server_ms, 0.0)))


def _bar(span: Span, whole_ms: float) -> Bar:
    start = min(span.start_ms / whole_ms * 100, 99.6)
    width = min(max(span.duration_ms / whole_ms * 100, 0.4), 100 - start)
    return Bar(
        span.kind, span.text, span.start_ms, span.duration_ms, round(start, 2), round(width, 2)
    )
