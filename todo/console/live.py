"""Requests as they end: the last ones, how many a second, and who listens for more."""

import queue
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .histogram import bucket_of, percentile_ms
from .summary import Line, number, route_of

__all__ = ["Filter", "Live", "TooManyListeners", "chosen"]

_KEPT = 2000  # requests that are remembered
_SHOWN = 200  # in one message; of more, a page could show none
_WINDOW_S = 300
_STEP_S = 10
_ROUTES = 8
_STEPS = 10_000
_LISTENERS = 32
_WAITING = 50  # messages for a listener that does not read
_FIELDS = (
    "timestamp",
    "correlation_id",
    "http_method",
    "http_route",
    "http_path",
    "http_status",
    "duration_ms",
    "queue_ms",
    "db_query_count",
    "db_time_ms",
    "db_n_plus_one",
    "exception_type",
    "run_id",
)

Request = dict[str, Any]


class TooManyListeners(Exception):
    """So many pages listen that one more is refused."""


@dataclass(frozen=True)
class Filter:
    """Which requests a page wants: each condition that is set has to hold."""

    text: str = ""
    status: str = ""
    """The first digits of it, such as `5`."""
    least_ms: float = 0.0

    def accepts(self, request: Request) -> bool:
        """Whether the page wants this one."""
        if number(request, "duration_ms") < self.least_ms:
            return False
        if not str(request.get("http_status", "")).startswith(self.status):
            return False
        return self.text.lower() in " ".join(map(str, request.values())).lower()


@dataclass
class _Step:
    """Some seconds of a route."""

    n: int = 0
    errors: int = 0
    buckets: Counter[int] = field(default_factory=Counter)


class Live:
    """The hub between the thread that reads lines and those that serve pages."""

    def __init__(self) -> None:
        """Begins with nothing."""
        self._lock = threading.Lock()
        self._last: deque[Request] = deque(maxlen=_KEPT)
        self._listeners: set[queue.Queue[list[Request]]] = set()
        self._steps: dict[tuple[int, str], _Step] = {}
        self._now = 0
        self.is_watched = threading.Event()
        """Set while anybody listens."""
        self.notice = ""
        """What the pages have to say besides, such as that requests are left out."""

    def take(self, lines: list[Line]) -> None:
        """Lines that have just been read."""
        ended = [_request(line) for line in lines if line.get("event") == "request_finished"]
        if not ended:
            return
        with self._lock:
            self._last.extend(ended)
            for request in ended:
                self._count(request)
            listeners = list(self._listeners)
        for listener in listeners:
            try:
                listener.put_nowait(ended)
            except queue.Full:
                listener.get_nowait()  # the page is behind, and would rather see the newest
                listener.put_nowait(ended)

    @contextmanager
    def listening(self) -> Iterator[queue.Queue[list[Request]]]:
        """A queue of the requests from now on, those that are remembered first. Raises
        TooManyListeners.
        """
        messages: queue.Queue[list[Request]] = queue.Queue(_WAITING)
        with self._lock:
            if len(self._listeners) >= _LISTENERS:
                raise TooManyListeners
            messages.put(list(self._last))
            self._listeners.add(messages)
            self.is_watched.set()
        try:
            yield messages
        finally:
            with self._lock:
                self._listeners.discard(messages)
                if not self._listeners:
                    self.is_watched.clear()

    def rates(self) -> list[dict[str, Any]]:
        """The busiest routes of the last five minutes: requests a second in steps of ten seconds,
        percentiles in milliseconds, and server errors.
        """
        with self._lock:
            routes = Counter[str]()
            for (_, route), step in self._steps.items():
                routes[route] += step.n
            return [self._rate(route) for route, _ in routes.most_common(_ROUTES)]

    def _rate(self, route: str) -> dict[str, Any]:
        steps = range(self._now - _WINDOW_S // _STEP_S + 1, self._now + 1)
        of_route = [self._steps.get((step, route), _Step()) for step in steps]
        buckets = sum((step.buckets for step in of_route), Counter[int]())
        return {
            "route": route,
            "per_s": [step.n / _STEP_S for step in of_route],
            "errors": sum(step.errors for step in of_route),
            **{f"p{rank}_ms": percentile_ms(buckets, rank) for rank in (50, 95, 99)},
        }

    def _count(self, request: Request) -> None:
        try:
            at = int(datetime.fromisoformat(request["timestamp"]).timestamp()) // _STEP_S
        except (KeyError, TypeError, ValueError, OverflowError):
            return
        if at > time.time() // _STEP_S + 1:
            return  # from a clock that is wrong
        if at > self._now:
            self._now = at
            first = at - _WINDOW_S // _STEP_S
            self._steps = {place: step for place, step in self._steps.items() if place[0] > first}
        route = route_of(request)
        if len(self._steps) >= _STEPS and (at, route) not in self._steps:
            return
        step = self._steps.setdefault((at, route), _Step())
        step.n += 1
        step.errors += number(request, "http_status") >= 500
        step.buckets[bucket_of(number(request, "duration_ms"))] += 1


def chosen(requests: list[Request], wanted: Filter) -> dict[str, Any]:
    """A message for a page: the newest that it wants, and how many more there were."""
    accepted = [request for request in requests if wanted.accepts(request)]
    return {"requests": accepted[-_SHOWN:], "left_out": max(len(accepted) - _SHOWN, 0)}


def _request(line: Line) -> Request:
    return {name: line[name] for name in _FIELDS if name in line}
