"""A request's one deadline, and what it bounds: the wait for a connection, connecting, statements.

The server ends a statement at the deadline (`limit_statements`). Where it does not, since it hangs
or the network does, the watchdog cuts the connection a moment later, so that no thread waits on.
"""

import math
import time
from contextvars import ContextVar
from typing import Any

from flask import Flask, request
from sqlalchemy import Connection, Engine, QueuePool, event
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection, ExecutionContext
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util.queue import Queue

from .watchdog import Line, unwatch, watch

__all__ = [
    "DeadlineOver",
    "DeadlinePool",
    "begin_deadline",
    "end_deadline",
    "limit_connections",
    "limit_statements",
    "start_deadlines",
    "time_left_s",
    "within_deadline",
]

_DEADLINE_S = "todo.deadline_s"  # in a request's environ

# By time.monotonic. In Flask's `g` each look at it would cost a request ten times as much.
_deadline_s: ContextVar[float] = ContextVar("todo_deadline_s", default=math.inf)

# For so long after the deadline the server's own word is waited for.
CUT_AFTER_S = 0.5


class DeadlineOver(Exception):
    """The request's time was over before the database was asked."""


def start_deadlines(app: Flask, request_timeout_s: float) -> None:
    """Gives each request of `app` its deadline, which includes the time that it was queued."""

    @app.before_request
    def start() -> None:
        asked = request._get_current_object()  # type: ignore[attr-defined]  # documented, not typed
        begin_deadline(asked.environ, request_timeout_s)

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        end_deadline()


def begin_deadline(environ: dict[str, Any], request_timeout_s: float) -> None:
    """The thread serves the request that has this environ until `end_deadline`. The deadline that a
    request was given once is its own.
    """
    deadline_s = environ.get(_DEADLINE_S)
    if deadline_s is None:
        queued_s = environ.get("canonical_log.queue_ms", 0) / 1000
        deadline_s = environ[_DEADLINE_S] = time.monotonic() + request_timeout_s - queued_s
    _deadline_s.set(deadline_s)


def end_deadline() -> None:
    """The thread serves no request."""
    _deadline_s.set(math.inf)


def time_left_s() -> float:
    """Seconds until the deadline of the current request, below 0 after it; infinite outside of
    any.
    """
    return _deadline_s.get() - time.monotonic()


class _DeadlineQueue(Queue[ConnectionPoolEntry]):
    def put(
        self, item: ConnectionPoolEntry, block: bool = True, timeout: float | None = None
    ) -> None:
        with self.mutex:
            if not self._full():  # as it is for what was taken from it
                self._put(item)
                self.not_empty.notify()
                return
        super().put(item, block, timeout)

    def get(self, block: bool = True, timeout: float | None = None) -> ConnectionPoolEntry:
        with self.mutex:
            if self.queue:  # which nearly always has one, for which nobody has to wait
                return self._get()
        if block and timeout is not None:
            timeout = min(timeout, max(time_left_s(), 0))
        return super().get(block, timeout)


class DeadlinePool(QueuePool):
    """A pool in which a request waits for its time-out, and not beyond its deadline."""

    _queue_class = _DeadlineQueue


def limit_connections(engine: Engine) -> None:
    """Bounds connecting, and everything that is done with a connection, by the deadline."""
    if engine.dialect.driver != "psycopg2":
        return

    @event.listens_for(engine, "do_connect")
    def limit(_dialect: Dialect, _entry: Any, _args: Any, parameters: dict[str, Any]) -> None:
        left_s = time_left_s()
        if left_s <= 0:
            raise DeadlineOver
        if left_s < parameters.get("connect_timeout", math.inf):
            parameters["connect_timeout"] = max(1, int(left_s))

    @event.listens_for(engine, "connect", insert=True)  # before SQLAlchemy's own first statements
    def connect(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        entry.info["line"] = Line(connection.fileno())
        _watch(connection, entry)

    event.listen(engine, "checkout", _watch)

    @event.listens_for(engine, "checkin")
    def check_in(_driver: Any, entry: ConnectionPoolEntry) -> None:
        unwatch(entry.info.get("line"))

    @event.listens_for(engine, "close")
    def close(_driver: Any, entry: ConnectionPoolEntry) -> None:
        line = entry.info.pop("line", None)
        unwatch(line)
        if line:
            line.close()


def limit_statements(engine: Engine, own_limit_s: float) -> None:
    """Lets the server end each statement by the deadline, where that comes before the limit that it
    has of its own.
    """
    if engine.dialect.driver != "psycopg2":
        return

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def limit(
        _connection: Connection,
        _cursor: Any,
        sql: str,
        parameters: Any,
        _context: ExecutionContext,
        _many: bool,
    ) -> tuple[str, Any]:
        return within_deadline(sql, own_limit_s), parameters


def within_deadline(sql: str, own_limit_s: float) -> str:
    """The statement, with a limit in front where the request's deadline comes before the server's
    own. It goes with the statement in one message, so it takes no round trip.

    Raises DeadlineOver.
    """
    left_s = _deadline_s.get() - time.monotonic()
    if left_s >= own_limit_s or left_s == math.inf:
        return sql
    if left_s <= 0:
        raise DeadlineOver
    return f"SET LOCAL statement_timeout = {math.ceil(left_s * 1000)}; {sql}"


def _watch(_driver: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: Any = None) -> None:
    deadline_s = _deadline_s.get()
    if deadline_s < math.inf:
        watch(entry.info["line"], deadline_s + CUT_AFTER_S)
