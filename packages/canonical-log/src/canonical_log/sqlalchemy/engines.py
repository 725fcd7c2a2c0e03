"""Engines whose statements are logged: those that are given, and those that are found."""

from time import perf_counter
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import ExceptionContext, ExecutionContext

from canonical_log.context import current_work
from canonical_log.database_events import DatabaseEvents
from canonical_log.settings import DEFAULTS, LOGGER, Settings

from .connections import events_of, time_connections
from .cursors import WatchedCursor, watch_cursors

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

__all__ = ["find_engines", "has_engine", "instrument"]

_MARK = "_canonical_log"
_found_with = DEFAULTS
_has_engine = False
_found: WeakSet[Engine] = WeakSet()
_failed: WeakSet[Engine] = WeakSet()


def instrument(engine: "Engine | AsyncEngine", settings: Settings | None = None) -> None:
    """Logs what `engine` does from now on: each statement, and each connecting, COMMIT, ROLLBACK
    and wait for its pool. Doing it again for the same engine changes nothing, unless it was found
    by `find_engines` before: what is given here counts.

    Unless `query_parameters` is set, `hide_parameters` is switched on, since SQLAlchemy's errors
    have the statement's values in their text otherwise. Raises TypeError for what is no engine.
    """
    global _has_engine
    target = getattr(engine, "sync_engine", engine)
    if not isinstance(target, Engine):
        raise TypeError(
            f"instrument takes an Engine or an AsyncEngine, not {type(engine).__name__}:"
            " of a Flask-SQLAlchemy `db`, give `db.engine` inside of an app's context"
        )
    settings = settings or DEFAULTS
    known = events_of(target)
    if known:
        if target in _found:
            _found.discard(target)
            known.configure(settings)
        return
    _has_engine = True
    if not settings.query_parameters:
        target.hide_parameters = True
    events = DatabaseEvents(settings)
    time_connections(target, events)
    watch_cursors(target, events)
    listener = _StatementListener(events)
    event.listen(target, "before_cursor_execute", listener.start, retval=True)
    event.listen(target, "after_cursor_execute", listener.finish)
    event.listen(target, "handle_error", listener.fail)


def find_engines(settings: Settings) -> None:
    """Instruments every engine of this process at its first connection from now on, whoever made
    it, and whether it is there already or comes later.

    An engine has the settings of the work in which it first connects; outside of any, these.
    """
    global _found_with
    _found_with = settings
    if not event.contains(Engine, "engine_connect", _instrument_found):
        event.listen(Engine, "engine_connect", _instrument_found)


def has_engine() -> bool:
    """Whether an engine of this process is instrumented."""
    return _has_engine


def _instrument_found(connection: Connection) -> None:
    engine = connection.engine
    if events_of(engine):
        return
    work = current_work()
    try:
        instrument(engine, work.settings if work else _found_with)
        _found.add(engine)
    except Exception:  # whatever it is, the app's own statement must not fail of it
        if engine not in _failed:
            _failed.add(engine)
            LOGGER.warning("an engine cannot be instrumented", exc_info=True)


class _StatementListener:
    """What the events of one engine's cursors lead to."""

    def __init__(self, events: DatabaseEvents) -> None:
        self._events = events

    def start(
        self,
        _connection: Connection,
        cursor: Any,
        sql: str,
        parameters: Any,
        context: ExecutionContext,
        _many: bool,
    ) -> tuple[str, Any]:
        if isinstance(cursor, WatchedCursor):
            cursor.canonical_log_is_core = True
        setattr(context, _MARK, (sql, perf_counter()))
        return self._events.commented(sql), parameters

    def finish(
        self,
        _connection: Connection,
        cursor: Any,
        _sql: str,
        parameters: Any,
        context: ExecutionContext,
        many: bool,
    ) -> None:
        started = vars(context).pop(_MARK, None)
        if started:
            self._events.succeeded(
                *started, parameters=parameters, rowcount=cursor.rowcount, is_many=many
            )

    def fail(self, failure: ExceptionContext) -> None:
        context = failure.execution_context
        started = vars(context).pop(_MARK, None) if context else None
        if context and started:  # else it failed before a statement was sent, or after its answer
            self._events.failed(
                *started,
                parameters=failure.parameters,
                error=failure.original_exception,
                is_many=context.executemany,
            )
