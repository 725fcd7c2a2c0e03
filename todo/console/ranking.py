"""Routes and statements by the time that they took in all: from the index, or on AWS by the query
that ships.
"""

import time
from collections.abc import Mapping
from typing import Any

from logs_insights import TimeRange
from todo.views.catalog import named_query

from .histogram import percentile_ms
from .index import Described, Total
from .sources import Sources
from .summary import Kind, route_of

__all__ = ["ranked"]

_MOST = 50
_POINTS = 60
_QUERIES = {"route": "bottleneck_routes", "statement": "bottleneck_statements"}


def ranked(sources: Sources, kind: Kind, span: TimeRange) -> dict[str, Any]:
    """The first of them, each with its figures, an example and its trend; times in milliseconds."""
    if sources.files is None:
        rows = sources.ask(named_query(_QUERIES[kind]).text, span).records()
        return {"rows": [_of_row(kind, row) for row in rows]}
    last = int((span.end_ms or time.time() * 1000) // 60_000)
    first = int(span.start_ms // 60_000) if span.start_ms is not None else 0
    with sources.opened_index() as index:
        totals = index.totals(kind, first, last, _MOST)
        known = {t.key: index.described(t.key) for t in totals if kind == "statement"}
    begun = min((minute for total in totals for minute in total.minutes), default=first)
    return {"rows": [_of_total(total, known, max(begun, first), last) for total in totals]}


def _of_total(
    total: Total, known: Mapping[str, Described], first: int, last: int
) -> dict[str, Any]:
    cell = total.cell
    described = known.get(total.key, Described(total.key, None, None, None))
    return {
        "key": total.key,
        "name": described.text,
        "origin": described.origin,
        "plan": described.plan,
        "finding": described.finding,
        "n": cell.n,
        "errors": cell.errors,
        "total_ms": cell.total_ms,
        **{f"p{rank}_ms": percentile_ms(cell.buckets, rank) for rank in (50, 95, 99)},
        "queries_per_request": cell.queries / max(cell.n, 1),
        "db_percent": 100 * cell.db_ms / cell.total_ms if cell.total_ms else 0.0,
        "n_plus_one": cell.n_plus_one,
        "example": cell.example,
        "trend": _trend(total, first, last),
    }


def _trend(total: Total, first: int, last: int) -> list[float]:
    """The mean duration in each of at most 60 steps of the range; 0 where there was none."""
    width = max((last - first + 1) / _POINTS, 1)
    counts = [[0, 0.0] for _ in range(min(last - first + 1, _POINTS))]
    for minute, (n, total_ms) in total.minutes.items():
        step = counts[min(int((minute - first) / width), len(counts) - 1)]
        step[0] += n
        step[1] += total_ms
    return [total_ms / n if n else 0.0 for n, total_ms in counts]


def _of_row(kind: Kind, row: Mapping[str, str]) -> dict[str, Any]:
    key = route_of(row) if kind == "route" else row.get("db_fingerprint", "?")
    figures = {
        name: float(value)
        for name, value in row.items()
        if name not in ("http_method", "http_route", "db_fingerprint", "example", "statement")
    }
    name = row.get("statement", key)
    return {"key": key, "name": name, "example": row.get("example", ""), "trend": [], **figures}
