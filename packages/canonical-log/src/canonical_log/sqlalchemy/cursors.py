"""Statements that go past SQLAlchemy: through a cursor of the driver's own connection.

Where the driver lets its cursors be of another class, they are: psycopg2, psycopg and sqlite3.
"""

from functools import lru_cache
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event

from canonical_log.database_events import DatabaseEvents

from .connections import WatchedCursor, is_in_pool

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

__all__ = ["watch_cursors"]


def watch_cursors(engine: Engine, events: DatabaseEvents) -> None:
    """Tells the statements of raw cursors on connections that are opened from now on."""
    if engine.dialect.is_async:  # its cursors are SQLAlchemy's own
        return
    if engine.dialect.driver == "pysqlite":
        _watch_sqlite(engine, events)
    elif engine.dialect.driver in ("psycopg2", "psycopg"):
        _watch_psycopg(engine, events)


class _RawCursor(WatchedCursor):
    """What is mixed into a driver's class for cursors."""

    canonical_log_events: DatabaseEvents

    def execute(self, query: Any, *arguments: Any, **options: Any) -> Any:
        """As the driver's own."""
        run = super().execute  # type: ignore[misc]  # the driver's class
        if self.canonical_log_is_core or is_in_pool():
            return run(query, *arguments, **options)
        return self._told(run, query, arguments, options, is_many=False)

    def executemany(self, query: Any, *arguments: Any, **options: Any) -> Any:
        """As the driver's own."""
        run = super().executemany  # type: ignore[misc]  # the driver's class
        if self.canonical_log_is_core or is_in_pool():
            return run(query, *arguments, **options)
        return self._told(run, query, arguments, options, is_many=True)

    def _told(
        self, run: Any, query: Any, arguments: tuple[Any, ...], options: Any, *, is_many: bool
    ) -> Any:
        started_s = perf_counter()
        told: dict[str, Any] = {"parameters": arguments[0] if arguments else None}
        try:
            result = run(query, *arguments, **options)
        except BaseException as error:
            sql = _text_of(query, self)
            self.canonical_log_events.failed(sql, started_s, error=error, is_many=is_many, **told)
            raise
        rowcount = getattr(self, "rowcount", -1)
        self.canonical_log_events.succeeded(
            _text_of(query, self), started_s, rowcount=rowcount, is_many=is_many, **told
        )
        return result


def _watch_psycopg(engine: Engine, events: DatabaseEvents) -> None:
    def watch(connection: "DBAPIConnection", _entry: "ConnectionPoolEntry") -> None:
        kind = connection.cursor_factory
        if kind is None:  # psycopg2, unless the app wants a class of its own
            from psycopg2.extensions import cursor as kind
        connection.cursor_factory = _watched(kind, events)

    event.listen(engine, "connect", watch)


def _watch_sqlite(engine: Engine, events: DatabaseEvents) -> None:
    import sqlite3

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = sqlite3.Cursor) -> Any:
            return super().cursor(_watched(factory, events))

        def execute(self, *arguments: Any) -> Any:  # sqlite3's own takes no cursor of this class
            return self.cursor().execute(*arguments)

        def executemany(self, *arguments: Any) -> Any:
            return self.cursor().executemany(*arguments)

    def connect(_dialect: "Dialect", _entry: Any, _arguments: Any, parameters: Any) -> None:
        parameters.setdefault("factory", Connection)

    event.listen(engine, "do_connect", connect)


@lru_cache(maxsize=64)
def _watched(kind: Any, events: DatabaseEvents) -> Any:
    if not isinstance(kind, type):
        return kind
    return type(kind.__name__, (_RawCursor, kind), {"canonical_log_events": events})


def _text_of(query: Any, cursor: Any) -> str:
    """The statement as text: drivers take bytes, and objects that build statements, too."""
    if isinstance(query, str):
        return query
    if isinstance(query, bytes):
        return query.decode("utf-8", "replace")
    try:
        return str(query.as_string(cursor))
    except Exception:  # whatever the driver made of it
        return f"<{type(query).__name__}>"
