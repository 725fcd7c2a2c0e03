"""The clocks of an engine: around each statement, and around what is time of a connection without
being a statement: waiting for one, opening one, COMMIT and ROLLBACK.

SQLAlchemy has events for statements, but any listener for one makes all that an engine does take
half as long again, and it has no event before a connection is taken from a pool, nor one after a
transaction's end. So the engine's pool and its dialect become objects of a subclass of their class,
with a clock around those methods.
"""

from contextvars import ContextVar
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from canonical_log.database_events import DatabaseEvents
from canonical_log.roll_up import COMMIT, CONNECT, POOL_WAIT, ROLLBACK

if TYPE_CHECKING:
    from sqlalchemy.pool import ConnectionPoolEntry

__all__ = ["WatchedCursor", "events_of", "is_in_pool", "time_engine"]

_CONNECTED_AT = "canonical_log_connected_s"
_is_in_pool: ContextVar[bool] = ContextVar("canonical_log_is_in_pool", default=False)

is_in_pool = _is_in_pool.get
"""Whether a connection is just being got, with all that a pool does for that."""


def events_of(engine: Engine) -> DatabaseEvents | None:
    """Where the engine's statements are told, or None when they are not."""
    return getattr(engine.dialect, "canonical_log_events", None)


def time_engine(engine: Engine, events: DatabaseEvents) -> None:
    """Times what the engine does from now on, on connections that are open already too."""
    pool, dialect = engine.pool, engine.dialect
    event.listen(pool, "connect", _note_connecting)
    pool.__class__ = _timed_pool(type(pool), events)
    dialect.__class__ = _timed_dialect(type(dialect), events)


def _note_connecting(_connection: Any, entry: "ConnectionPoolEntry") -> None:
    entry.info[_CONNECTED_AT] = perf_counter()


class WatchedCursor:
    """What is mixed into a driver's class for cursors, for statements that go past SQLAlchemy."""

    canonical_log_is_core = False
    """Whether SQLAlchemy runs the cursor's statements, so that its dialect tells them."""


def _timed_pool(kind: Any, events: DatabaseEvents) -> Any:
    class TimedPool(kind):  # type: ignore[misc]  # whichever the engine has
        """A pool that tells how long its caller waited, and whether a connection was made."""

        def connect(self) -> Any:
            started_s = perf_counter()
            operation = CONNECT
            _is_in_pool.set(True)
            try:
                connection = kind.connect(self)  # super() would make an object for each call
                if connection.info.get(_CONNECTED_AT, 0) < started_s:
                    operation = POOL_WAIT
                return connection
            except PoolTimeoutError:
                operation = POOL_WAIT
                raise
            finally:
                _is_in_pool.set(False)
                events.waited(operation, perf_counter() - started_s)

    TimedPool.__name__ = kind.__name__
    return TimedPool


def _timed_dialect(kind: Any, events: DatabaseEvents) -> Any:
    class TimedDialect(kind):  # type: ignore[misc]  # whichever the engine has
        """A dialect that tells its statements, and how long a transaction's end took."""

        canonical_log_events = events
        # SQLAlchemy wants a dialect's own class to say whether its statements can be cached.
        supports_statement_cache = kind.supports_statement_cache

        def do_execute(self, cursor: Any, sql: str, parameters: Any, context: Any = None) -> None:
            _tell(self, kind.do_execute, cursor, sql, (parameters,), context)

        def do_executemany(self, cursor: Any, sql: str, rows: Any, context: Any = None) -> None:
            _tell(self, kind.do_executemany, cursor, sql, (rows,), context, is_many=True)

        def do_execute_no_params(self, cursor: Any, sql: str, context: Any = None) -> None:
            _tell(self, kind.do_execute_no_params, cursor, sql, (), context)

        def do_commit(self, dbapi_connection: Any) -> None:
            started_s = perf_counter()
            try:
                kind.do_commit(self, dbapi_connection)
            finally:
                events.waited(COMMIT, perf_counter() - started_s)

        def do_rollback(self, dbapi_connection: Any) -> None:
            started_s = perf_counter()
            try:
                kind.do_rollback(self, dbapi_connection)
            finally:
                events.waited(ROLLBACK, perf_counter() - started_s)

    TimedDialect.__name__ = kind.__name__
    return TimedDialect


def _tell(
    dialect: Any,
    run: Any,
    cursor: Any,
    sql: str,
    parameters: tuple[Any, ...],
    context: Any,
    is_many: bool = False,
) -> None:
    """Runs a statement and tells it, whether it fails or not."""
    if isinstance(cursor, WatchedCursor):
        cursor.canonical_log_is_core = True
    if is_in_pool():  # as what a dialect asks at its first connection
        run(dialect, cursor, sql, *parameters, context)
        return
    events: DatabaseEvents = dialect.canonical_log_events
    sent = events.commented(sql)
    written = _as_written(sql, context)
    told = parameters[0] if parameters else None
    started_s = perf_counter()
    try:
        run(dialect, cursor, sent, *parameters, context)
    except BaseException as error:
        events.failed(written, started_s, parameters=told, error=error, is_many=is_many)
        raise
    events.succeeded(written, started_s, parameters=told, rowcount=cursor.rowcount, is_many=is_many)


def _as_written(sql: str, context: Any) -> str:
    """The statement without what a listener for `before_cursor_execute` has put around it."""
    statement: str | None = getattr(context, "statement", None)
    return statement if statement and statement in sql else sql
