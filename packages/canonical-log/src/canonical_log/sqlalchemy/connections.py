"""The time of a connection that no statement has: waiting for it, connecting, COMMIT, ROLLBACK.

SQLAlchemy has no event before a connection is taken from a pool, and none after a transaction's
end. So an engine gets a twin of its pool and one of its dialect: the same objects in all but their
class, which has a clock around those three methods.
"""

from contextvars import ContextVar
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Engine, event
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from canonical_log.database_events import DatabaseEvents
from canonical_log.roll_up import COMMIT, CONNECT, POOL_WAIT, ROLLBACK

if TYPE_CHECKING:
    from sqlalchemy import Pool
    from sqlalchemy.engine import Dialect
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
else:
    Pool = Dialect = object  # the twins have the class that the originals have

__all__ = ["events_of", "is_in_pool", "time_connections"]

T = TypeVar("T")
_CONNECTED_AT = "canonical_log_connected_s"
_is_in_pool: ContextVar[bool] = ContextVar("canonical_log_is_in_pool", default=False)

is_in_pool = _is_in_pool.get
"""Whether a connection is just being got, with all that a pool does for that."""


def events_of(engine: Engine) -> DatabaseEvents | None:
    """Where the engine's connections are told, or None when they are not timed."""
    dialect: object = engine.dialect
    return dialect.canonical_log_events if isinstance(dialect, _TimedDialect) else None


def time_connections(engine: Engine, events: DatabaseEvents) -> None:
    """Times the connections of the engine from now on."""
    if not isinstance(engine.pool, _TimedPool):
        engine.pool = _twin(engine.pool, _TimedPool, canonical_log_events=events)
        event.listen(engine.pool, "connect", _note_connecting)
    engine.dialect = _twin(
        engine.dialect,
        _TimedDialect,
        canonical_log_events=events,
        # SQLAlchemy wants a dialect's own class to say it.
        supports_statement_cache=engine.dialect.supports_statement_cache,
    )


def _twin(original: T, timed: type, **attributes: Any) -> T:
    """An object that shares all that the original has and becomes."""
    kind = type(original)
    twin: T = object.__new__(type(kind.__name__, (timed, kind), attributes))
    twin.__dict__ = original.__dict__
    return twin


def _note_connecting(_connection: "DBAPIConnection", entry: "ConnectionPoolEntry") -> None:
    entry.info[_CONNECTED_AT] = perf_counter()


class _TimedPool(Pool):
    """A pool that tells how long its caller waited for a connection, and whether it was made."""

    canonical_log_events: DatabaseEvents

    def connect(self) -> "PoolProxiedConnection":
        """As the pool's own."""
        started_s = perf_counter()
        operation = CONNECT
        _is_in_pool.set(True)
        try:
            connection = super().connect()
            if connection.info.get(_CONNECTED_AT, 0) < started_s:
                operation = POOL_WAIT
            return connection
        except PoolTimeoutError:
            operation = POOL_WAIT
            raise
        finally:
            _is_in_pool.set(False)
            self.canonical_log_events.waited(operation, perf_counter() - started_s)


class _TimedDialect(Dialect):
    """A dialect that tells how long the end of a transaction took."""

    canonical_log_events: DatabaseEvents

    def do_commit(self, dbapi_connection: "PoolProxiedConnection") -> None:
        """As the dialect's own."""
        started_s = perf_counter()
        try:
            super().do_commit(dbapi_connection)
        finally:
            self.canonical_log_events.waited(COMMIT, perf_counter() - started_s)

    def do_rollback(self, dbapi_connection: "PoolProxiedConnection") -> None:
        """As the dialect's own."""
        started_s = perf_counter()
        try:
            super().do_rollback(dbapi_connection)
        finally:
            self.canonical_log_events.waited(ROLLBACK, perf_counter() - started_s)
