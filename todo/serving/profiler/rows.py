"""What was seen of the threads, added up by request, state and stack until it is written."""

from collections import defaultdict
from typing import NamedTuple

from canonical_log.correlation import acceptable_id

from ...profile_fields import STACK
from . import lines
from .requests import Served
from .stacks import Stack

__all__ = ["Rows"]

_MOST_ROWS = 100  # of one request each; the rest is added up by route
_SHORTEST_MS = 1.0


class _Key(NamedTuple):
    correlation_id: str | None
    method: str | None
    route: str | None
    state: str
    location: str
    call: str | None
    stack: str
    holds_connection: bool


class Rows:
    """Milliseconds by what they were spent on."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._ms: defaultdict[_Key, float] = defaultdict(float)

    def add(
        self, served: Served | None, stack: Stack, state: str, holds_connection: bool, ms: float
    ) -> None:
        """A thread was so long in a state; `served` is None for one that serves no request."""
        self._ms[_key(served, stack, state, holds_connection)] += ms

    def write(self, run_id: str | None, process: str) -> None:
        """Writes a line for each row, and begins anew."""
        rows, self._ms = self._ms, defaultdict(float)
        ranked = sorted(rows.items(), key=lambda row: row[1], reverse=True)
        rest: defaultdict[_Key, float] = defaultdict(float)
        for key, ms in ranked[_MOST_ROWS:]:
            rest[key._replace(correlation_id=None)] += ms
        for key, ms in [*ranked[:_MOST_ROWS], *rest.items()]:
            if ms >= _SHORTEST_MS:
                _write(run_id, process, key, ms)


def _write(run_id: str | None, process: str, key: _Key, ms: float) -> None:
    fields = {
        "run_id": run_id,
        "profile_process": process,
        "correlation_id": key.correlation_id,
        "http_method": key.method,
        "http_route": key.route,
        "profile_state": key.state,
        "profile_ms": round(ms, 2),
        "profile_location": key.location,
        "profile_call": key.call,
        "profile_stack": key.stack,
        "profile_connection": key.holds_connection or None,
    }
    lines.write(STACK, fields)


def _key(served: Served | None, stack: Stack, state: str, holds_connection: bool) -> _Key:
    found = (stack.location, stack.call, stack.text, holds_connection)
    if served is None:
        return _Key(None, None, None, state, *found)
    environ = served.environ
    request = environ.get("werkzeug.request")
    rule = getattr(request, "url_rule", None)
    correlation_id = acceptable_id(environ.get("HTTP_X_CORRELATION_ID", ""))
    return _Key(
        correlation_id if served.run_id else None,
        environ["REQUEST_METHOD"],
        rule.rule if rule else None,
        state,
        *found,
    )
