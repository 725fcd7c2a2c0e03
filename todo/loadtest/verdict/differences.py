"""Which field of the canonical line slow requests have otherwise than the rest, the app's own
fields among them.
"""

import json
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from .model import Difference

__all__ = ["Request", "differences", "read_requests"]

_LEAST = 5  # slow requests, or their fields may be alike by chance
_MOST_SHARE = 0.6  # of all: when most are slow, the field of few says nothing
_LEAST_RATIO = 2.5  # between the means of both, or nothing is slow
_LEAST_DIFFERENCE = 0.3
_MOST_VALUES = 1000
_MOST = 8
# They say that a request was slow, which it was; or they differ in every one.
_CONSEQUENCES = frozenset(
    {
        *("timestamp", "level", "event", "event_id", "correlation_id", "run_id"),
        *("trace_id", "traceId", "parent_span_id", "xray_trace_id", "span_id"),
        *("outcome", "truncated", "threads", "threads_busy", "_aws", "tracestate", "baggage"),
    }
)
_LONGEST_VALUE = 80


@dataclass(frozen=True)
class Request:
    """A canonical line: its route, how long it took, and its fields as text."""

    route: str
    server_ms: float
    fields: dict[str, str]


def read_requests(database: duckdb.DuckDBPyConnection) -> list[Request]:
    """The requests of which the whole line is known."""
    found = database.execute(
        "SELECT route, writer, server_ms, message FROM worked"
        " WHERE message IS NOT NULL AND server_ms IS NOT NULL"
    ).fetchall()
    return [
        Request(route, server_ms, {**_fields(message), "worker": writer})
        for route, writer, server_ms, message in found
    ]


def differences(requests: list[Request]) -> list[Difference]:
    """What tells slow requests from the others, first what does so best; nothing where none are
    slow.
    """
    times_ms = [request.server_ms for request in requests]
    found = [
        _beyond(requests, threshold_ms)
        for threshold_ms in {_threshold_ms(times_ms, math.log), _threshold_ms(times_ms, float)}
        if threshold_ms is not None
    ]
    return max(found, key=lambda each: each[0].by if each else 0.0, default=[])


def _beyond(requests: list[Request], threshold_ms: float) -> list[Difference]:
    slow = [request for request in requests if request.server_ms >= threshold_ms]
    others = [request for request in requests if request.server_ms < threshold_ms]
    of_slow, of_others = _counted(slow), _counted(others)
    found = [
        Difference("=".join(pair), n, len(slow), of_others[pair], len(others))
        for pair, n in of_slow.most_common(_MOST_VALUES)
    ]
    telling = [each for each in found if each.by >= _LEAST_DIFFERENCE]
    return sorted(telling, key=lambda each: each.by, reverse=True)[:_MOST]


def _counted(requests: list[Request]) -> Counter[tuple[str, str]]:
    return Counter(pair for request in requests for pair in request.fields.items())


def _threshold_ms(times_ms: list[float], scale: Callable[[float], float]) -> float | None:
    """From where on requests are slow: the place that divides the times, on a scale, best into two
    groups (Otsu's method). None where there are no two.
    """
    times = sorted(max(each, 0.01) for each in times_ms)
    scaled = [scale(each) for each in times]
    total, n = sum(scaled), len(scaled)
    best, place, below = 0.0, 0, 0.0
    for number in range(1, n):
        below += scaled[number - 1]
        if n - number > _MOST_SHARE * n:
            continue
        gap = (total - below) / (n - number) - below / number
        spread = number * (n - number) * gap * gap
        if spread > best:
            best, place = spread, number
    if n - place < _LEAST or place < _LEAST:
        return None
    ratio = sum(times[place:]) / (n - place) / (sum(times[:place]) / place)
    return times[place] if ratio >= _LEAST_RATIO else None


def _fields(message: str) -> dict[str, str]:
    try:
        line = json.loads(message)
    except ValueError:
        return {}
    return {
        name: str(value)[:_LONGEST_VALUE]
        for name, value in line.items()
        if name not in _CONSEQUENCES
        and not name.startswith("db_")
        and not name.endswith(("_ms", "_bytes"))
        and isinstance(value, str | int)
    }
