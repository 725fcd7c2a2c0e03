"""Draws a request and its jobs in the terminal: a bar for each span, to scale."""

from dataclasses import replace

from rich.console import Console
from rich.text import Text

from .inert import inert
from .span_text import work_text
from .spans import Span
from .tracing import Trace

__all__ = ["print_trace"]

_BAR_CELLS = 24
_EIGHTHS = "▏▎▍▌▋▊▉█"
_STYLES = {
    "query": "cyan",
    "connection": "blue",
    "http_client": "magenta",
    "exception": "bold red",
    "application": "dim",
    "job": "bold",
    "work": "bold",
    "log": "yellow",
}
_UNFINISHED = (
    "No {}_finished: it is still running, its worker died, or its last events have not arrived."
)


def print_trace(console: Console, trace: Trace) -> None:
    """The request's line, its spans, and how it ended, and the same of the jobs that it sent, on
    one scale; each cut at the width of the console.
    """
    parts = [(part, part.began_ms - trace.began_ms) for part in (trace, *trace.later)]
    scale_ms = max(_end_ms(part, offset_ms) for part, offset_ms in parts)
    lines = [_heading(trace), _line(0.0, Text(), None, inert(f"started {trace.started_at} UTC"))]
    for part, offset_ms in parts:
        if part is not trace:
            lines += [_span_line(span, scale_ms) for span in _as_spans(part, offset_ms)]
        lines += [_span_line(_later(span, offset_ms), scale_ms) for span in part.spans]
        lines.append(_ending(part, offset_ms))
    for line in lines:
        console.print(line, no_wrap=True, overflow="ellipsis")


def _end_ms(trace: Trace, offset_ms: float) -> float:
    ends = (span.start_ms + span.duration_ms for span in trace.spans)
    return offset_ms + max([trace.duration_ms, *ends])


def _later(span: Span, offset_ms: float) -> Span:
    return replace(span, start_ms=span.start_ms + offset_ms)


def _as_spans(trace: Trace, offset_ms: float) -> list[Span]:
    """A job as a whole, and before it the time that it waited."""
    spans = [Span(trace.kind, offset_ms, trace.duration_ms, work_text(trace.summary))]
    queue_ms = float(trace.summary.get("queue_ms", 0))
    if queue_ms:
        text = f"waiting in the queue {trace.summary.get('job_queue', '')}".rstrip()
        spans.insert(0, Span("connection", max(offset_ms - queue_ms, 0.0), queue_ms, text))
    return spans


def _heading(trace: Trace) -> Text:
    summary = trace.summary
    if trace.kind == "request":
        path = summary.get("http_path") or summary.get("http_route", "?")
        text = f"{summary.get('http_method', '?')} {path}  "
    else:
        text = f"{work_text(summary)}  "
    heading = inert(text, style="bold")
    heading.append_text(inert(trace.correlation_id, style="magenta"))
    return heading


def _line(start_ms: float | None, bar: Text, duration_ms: float | None, what: Text) -> Text:
    start, duration = (
        "" if value is None else f"{value:.1f} ms" for value in (start_ms, duration_ms)
    )
    bar.align("left", _BAR_CELLS)
    return Text.assemble(f"{start:>11}  ", bar, f"{duration:>11}  ", what)


def _span_line(span: Span, scale_ms: float) -> Text:
    style = _STYLES.get(span.kind, "")
    text = inert(span.text, style="" if span.kind == "query" else style)
    return _line(
        span.start_ms, inert(_bar(span, scale_ms), style=style), span.duration_ms or None, text
    )


def _bar(span: Span, scale_ms: float) -> str:
    """Indented by the start; at least an eighth of a cell long, or a dot for a moment."""
    if scale_ms <= 0:
        return ""
    indent = min(int(span.start_ms / scale_ms * _BAR_CELLS), _BAR_CELLS - 1)
    if span.kind == "application":
        cells = max(1, round(span.duration_ms / scale_ms * _BAR_CELLS))
        return " " * indent + "·" * min(cells, _BAR_CELLS - indent)
    if not span.duration_ms:
        return " " * indent + "◆"
    eighths = max(1, round(span.duration_ms / scale_ms * _BAR_CELLS * 8))
    whole, rest = divmod(eighths, 8)
    bar = "█" * whole + (_EIGHTHS[rest - 1] if rest else "")
    return " " * indent + bar[: _BAR_CELLS - indent]


def _ending(trace: Trace, offset_ms: float) -> Text:
    if not trace.finished:
        return inert(_UNFINISHED.format(trace.kind), style="bold red")
    summary = trace.summary
    parts = [f"status {summary.get('http_status', 'none')}"] if trace.kind == "request" else []
    if "outcome" in summary:
        parts.append(f"cut short: {summary['outcome']}")
    if "db_query_count" in summary:
        database = f"{float(summary.get('db_time_ms', 0)):.1f} ms in the database"
        parts.append(f"queries: {summary['db_query_count']}, {database}")
    if "http_client_count" in summary:
        waited_ms = float(summary.get("http_client_time_ms", 0))
        parts.append(f"calls: {summary['http_client_count']}, {waited_ms:.1f} ms")
    if summary.get("db_n_plus_one") == "1":
        parts.append("N+1")
    text = f"finished: {', '.join(parts)}" if parts else "finished"
    return _line(offset_ms + trace.duration_ms, Text(), None, inert(text, style="green"))
