"""For SQLAlchemy: every statement as an event, and in the roll-up of its request."""

import logging
import re
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import ExceptionContext, ExecutionContext

from .context import RequestState, current_request
from .fields import QUERY
from .formatter import EventRecord, readable
from .redaction import redact_value
from .settings import LOGGER, Settings
from .statements import Statement, describe

__all__ = ["instrument"]

MAX_PARAMETERS_CHARACTERS = 2000
_UNSAFE_IN_COMMENT = re.compile(r"[^A-Za-z0-9._/:<>-]")
_MARK = "_canonical_log"


def instrument(engine: Engine, settings: Settings | None = None) -> None:
    """Logs each statement that `engine` runs from now on. Doing it again for the same engine
    changes nothing.
    """
    if hasattr(engine, _MARK):
        return
    settings = settings or Settings()
    listener = _Listener(settings)
    if not settings.query_parameters:
        engine.hide_parameters = True  # or SQLAlchemy's errors have the values in their text
    setattr(engine, _MARK, listener)
    event.listen(engine, "before_cursor_execute", listener.start, retval=True)
    event.listen(engine, "after_cursor_execute", listener.finish)
    event.listen(engine, "handle_error", listener.fail)


class _Listener:
    """What one engine's events lead to."""

    def __init__(self, settings: Settings) -> None:
        self._is_logged = QUERY in settings.events
        self._slow_s = settings.slow_query_ms / 1000
        self._with_parameters = settings.query_parameters
        self._with_comment = settings.sql_comments

    def start(
        self,
        _connection: Connection,
        _cursor: Any,
        sql: str,
        parameters: Any,
        context: ExecutionContext,
        _many: bool,
    ) -> tuple[str, Any]:
        setattr(context, _MARK, (sql, perf_counter()))
        return (sql + _comment(current_request()) if self._with_comment else sql), parameters

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
        if started is None:
            return
        state, statement, elapsed_s = _end(*started)
        level = logging.WARNING if elapsed_s >= self._slow_s else logging.INFO
        if (self._is_logged or level > logging.INFO) and LOGGER.isEnabledFor(level):
            fields = _fields(state, statement, elapsed_s)
            if cursor.rowcount >= 0:
                fields["db_rowcount"] = cursor.rowcount
            self._write(level, fields, parameters, many)

    def fail(self, failure: ExceptionContext) -> None:
        context = failure.execution_context
        started = vars(context).pop(_MARK, None) if context else None
        if context is None or started is None:
            return  # it failed before a statement was sent, or after its answer
        state, statement, elapsed_s = _end(*started)
        if not LOGGER.isEnabledFor(logging.WARNING):
            return
        fields = _fields(state, statement, elapsed_s)
        error = failure.original_exception
        fields["exception_type"] = type(error).__name__
        sqlstate = getattr(error, "pgcode", None) or getattr(error, "sqlstate", None)
        if sqlstate:
            fields["db_sqlstate"] = sqlstate
        self._write(logging.WARNING, fields, failure.parameters, context.executemany)

    def _write(self, level: int, fields: dict[str, Any], parameters: Any, many: bool) -> None:
        if many:
            fields["db_executemany"] = True
        if self._with_parameters:
            fields["db_parameters"] = readable(redact_value(parameters))[:MAX_PARAMETERS_CHARACTERS]
        LOGGER.handle(EventRecord(LOGGER.name, level, fields))


def _end(sql: str, started_s: float) -> tuple[RequestState | None, Statement, float]:
    """The request to whose roll-up the statement was added, the statement, and the seconds that it
    took.
    """
    elapsed_s = perf_counter() - started_s
    statement = describe(sql)
    state = current_request()
    if state:
        state.queries.append((statement.fingerprint, elapsed_s))
    return state, statement, elapsed_s


def _fields(state: RequestState | None, statement: Statement, elapsed_s: float) -> dict[str, Any]:
    fields: dict[str, Any] = {"event": QUERY}
    if state:
        fields |= state.ids()
    fields["db_statement"] = statement.text
    fields["db_fingerprint"] = statement.fingerprint
    fields["db_operation"] = statement.operation
    if statement.table:
        fields["db_table"] = statement.table
    fields["db_duration_ms"] = round(elapsed_s * 1000, 2)
    return fields


def _comment(state: RequestState | None) -> str:
    """The id and the route as a comment, in characters that neither SQL nor psycopg2 has a meaning
    for.
    """
    if state is None:
        return ""
    route = _UNSAFE_IN_COMMENT.sub("_", state.route or "").replace("--", "__")
    return f" /* correlation_id:{state.identity.correlation_id} route:{route} */"
