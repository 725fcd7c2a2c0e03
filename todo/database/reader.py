"""SELECTs that go to the driver as they are, for calls whose every microsecond counts.

What SQLAlchemy's Core does around a statement takes a worker longer than the statement of one todo
does. What it is needed for stays: the pool with its events, the deadline, the log lines.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, cast

from flask import Flask, current_app
from sqlalchemy import Engine, Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement

from .deadline import within_deadline
from .failures import means_dead

__all__ = ["REPLICA", "Reader", "give_readers", "reader"]

REPLICA = "replica"
"""The name of the replica's engine among Flask-SQLAlchemy's, where there is one."""

_READERS = "todo_readers"

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class _Written:
    """A statement as the app wrote it, in place of SQLAlchemy's context of an execution."""

    statement: str


class Reader:
    """A connection for SELECTs, each of which sees what is committed when it begins.

    A context manager, to be used in an app's context. On anything but PostgreSQL it is SQLAlchemy's
    Core.
    """

    def __init__(self, engine: Engine) -> None:
        """Takes none of the engine's connections yet."""
        self._engine = engine
        self.dialect = engine.dialect
        """The database's, for which its statements are written."""

    def __enter__(self) -> "Reader":
        """Takes a connection from the pool. Raises as the pool and the driver do."""
        self._connection = self._engine.connect()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        """Gives the connection back."""
        self._connection.close()

    def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Rows:
        """All rows of the statement."""
        return self._connection.execute(statement, parameters).all()


class _DirectReader(Reader):
    """The same by psycopg2's own cursor, in its mode without a transaction's two round trips."""

    _pooled: Any  # psycopg2's connection, whose type SQLAlchemy does not know
    _driver: Any

    def __init__(self, engine: Engine, statement_limit_s: float) -> None:
        super().__init__(engine)
        self._statement_limit_s = statement_limit_s

    def __enter__(self) -> "Reader":
        self._pooled = self._engine.pool.connect()
        self._driver = self._pooled.dbapi_connection
        self._driver.autocommit = True
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if error is not None and self._is_dead_of(error):
            self._pooled.invalidate(error)
            self._engine.dispose()  # the others have the same server
        else:
            self._driver.autocommit = False
            self._pooled.close()

    def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Rows:
        written = _written(statement, self.dialect)
        sent = within_deadline(written.statement, self._statement_limit_s)
        with self._driver.cursor() as cursor:
            self.dialect.do_execute(cursor, sent, parameters, written)  # type: ignore[arg-type]  # of the context, the statement is all that is read
            rows: Rows = cursor.fetchall()
            return rows

    def _is_dead_of(self, error: BaseException) -> bool:
        """Also of what interrupts a thread in the middle of a statement."""
        return bool(self._driver.closed) or means_dead(error) or not isinstance(error, Exception)


def give_readers(
    app: Flask, engines: Mapping[str | None, Engine], statement_limit_s: float
) -> None:
    """Lets `reader` know the app's engines, and after how long the server ends any statement."""

    def reader_of(engine: Engine) -> Callable[[], Reader]:
        if engine.dialect.driver != "psycopg2":
            return partial(Reader, engine)
        return partial(_DirectReader, engine, statement_limit_s)

    primary = engines[None]
    replica = engines.get(REPLICA, primary)
    app.extensions[_READERS] = {False: reader_of(primary), True: reader_of(replica)}  # may lag


def reader(*, may_lag: bool = True, app: Flask | None = None) -> Reader:
    """A reader for the database of an app, by default the current one: its replica, where there is
    one and the answer may miss what was written just now.
    """
    app = app or cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]  # documented, not typed
    new: Callable[[], Reader] = app.extensions[_READERS][may_lag]
    return new()


@lru_cache(maxsize=256)
def _written(statement: ClauseElement, dialect: Dialect) -> _Written:
    return _Written(str(statement.compile(dialect=dialect)))
