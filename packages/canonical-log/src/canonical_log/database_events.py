"""The events of a database: each statement, and each wait for a connection or a transaction's end.

For whatever talks to a database; `canonical_log.sqlalchemy` is one that does.
"""

import logging
import re
from time import perf_counter
from typing import Any

from .context import copied_work, current_work
from .fields import CONNECTION, QUERY
from .origin import calling_origin
from .redaction import redact_value
from .sampling import write
from .settings import LOGGER, Settings
from .state import WorkState
from .statements import Statement, describe
from .text import readable
from .timestamps import milliseconds

__all__ = ["DatabaseEvents"]

MAX_PARAMETERS_CHARACTERS = 2000
LOGGED_WAIT_S = 0.001
"""A wait that is shorter has no event; the roll-up counts it all the same."""
# Less than track_activity_query_size, which is 1024 bytes by default, less a comment's length.
_SHOWN_WHOLE = 700
_UNSAFE_IN_COMMENT = re.compile(r"[^A-Za-z0-9._/:<>-]")


class DatabaseEvents:
    """Writes the events of one database, and adds them to the roll-up of the current work."""

    def __init__(self, settings: Settings, dialect: str = "") -> None:
        """As `configure`, for a database of this dialect, by SQLAlchemy's name."""
        self._dialect = dialect
        self.configure(settings)

    def configure(self, settings: Settings) -> None:
        """Takes from the settings what is written, and from when on it is slow."""
        self._with_comment = settings.sql_comments
        self._with_comment_in_run = settings.sql_comments or settings.sql_comments_of_runs
        self._is_logged = QUERY in settings.events
        self._slow_s = settings.slow_query_ms / 1000
        self._with_parameters = settings.query_parameters

    def commented(self, sql: str) -> str:
        """The statement with a comment that names the current work, where the settings want one."""
        if not self._with_comment_in_run:
            return sql
        state = current_work() or copied_work()
        if state is None or not (self._with_comment or state.run_id):
            return sql
        return _with_comment(sql, state)

    def succeeded(
        self, sql: str, started_s: float, *, parameters: Any, rowcount: int, is_many: bool
    ) -> None:
        """A statement has been answered. `started_s` is of perf_counter; `rowcount` is -1 where
        the driver cannot tell.
        """
        state, statement, elapsed_s, origin = self._end(sql, started_s)
        level = logging.WARNING if elapsed_s >= self._slow_s else logging.INFO
        if (self._is_logged or level > logging.INFO) and LOGGER.isEnabledFor(level):
            told = self._told(parameters)
            write(
                state, level, _fields, state, statement, elapsed_s, origin, rowcount, is_many, told
            )

    def failed(
        self, sql: str, started_s: float, *, parameters: Any, error: BaseException, is_many: bool
    ) -> None:
        """A statement has been refused, or its connection was lost."""
        state, statement, elapsed_s, origin = self._end(sql, started_s)
        if not LOGGER.isEnabledFor(logging.WARNING):
            return
        told = self._told(parameters)
        fields = _fields(state, statement, elapsed_s, origin, -1, is_many, told)
        fields["exception_type"] = type(error).__name__
        sqlstate = getattr(error, "pgcode", None) or getattr(error, "sqlstate", None)
        if sqlstate:
            fields["db_sqlstate"] = sqlstate
        write(state, logging.WARNING, dict, fields)

    def waited(self, operation: str, seconds: float) -> None:
        """COMMIT, ROLLBACK, CONNECT or POOL_WAIT is over."""
        state = current_work() or copied_work()
        if state:
            state.database.add_wait(operation, seconds)
        if seconds < LOGGED_WAIT_S:
            return
        level = logging.WARNING if seconds >= self._slow_s else logging.INFO
        if (self._is_logged or level > logging.INFO) and LOGGER.isEnabledFor(level):
            write(state, level, _fields_of_wait, state, operation, seconds)

    def _end(
        self, sql: str, started_s: float
    ) -> tuple[WorkState | None, Statement, float, str | None]:
        """The work to whose roll-up the statement was added, the statement, its seconds, and where
        in the code it came from, if it is slow or not the first of its kind.
        """
        elapsed_s = perf_counter() - started_s
        statement = describe(sql, self._dialect)
        is_slow = elapsed_s >= self._slow_s
        is_repeated = False
        state = current_work() or copied_work()
        if state:
            is_repeated = state.database.add_statement(
                statement.fingerprint, elapsed_s, is_slow=is_slow
            )
            if state.outer:  # of which other parts may have had it
                is_repeated = is_repeated or state.outer.database.has(statement.fingerprint)
        origin = calling_origin() if is_slow or is_repeated else None
        if state and is_repeated:
            state.database.add_origin(statement.fingerprint, origin or "")
        return state, statement, elapsed_s, origin

    def _told(self, parameters: Any) -> str | None:
        """The values that were sent, where they are to be logged."""
        if not self._with_parameters:
            return None
        return readable(redact_value(parameters))[:MAX_PARAMETERS_CHARACTERS]


def _with_comment(sql: str, state: WorkState) -> str:
    """The statement with the id and the route of the work as a comment, in characters that neither
    SQL nor a driver has a meaning for. It comes first where PostgreSQL's views would cut it off.
    """
    route = _UNSAFE_IN_COMMENT.sub("_", state.name or "").replace("--", "__")
    comment = f"/* correlation_id:{state.identity.correlation_id} route:{route} */"
    return f"{sql} {comment}" if len(sql) < _SHOWN_WHOLE else f"{comment} {sql}"


def _fields(
    state: WorkState | None,
    statement: Statement,
    elapsed_s: float,
    origin: str | None,
    rowcount: int,
    is_many: bool,
    parameters: str | None,
) -> dict[str, Any]:
    fields: dict[str, Any] = state.begin_line(QUERY) if state else {"event": QUERY}
    fields["db_statement"] = statement.text
    fields["db_fingerprint"] = statement.fingerprint
    fields["db_operation"] = statement.operation
    if statement.table:
        fields["db_table"] = statement.table
    fields["db_duration_ms"] = milliseconds(elapsed_s)
    if origin:
        fields["db_origin"] = origin
    if rowcount >= 0:
        fields["db_rowcount"] = rowcount
    if is_many:
        fields["db_executemany"] = True
    if parameters is not None:
        fields["db_parameters"] = parameters
    return fields


def _fields_of_wait(state: WorkState | None, operation: str, seconds: float) -> dict[str, Any]:
    fields: dict[str, Any] = state.begin_line(CONNECTION) if state else {"event": CONNECTION}
    return fields | {"db_operation": operation, "db_duration_ms": milliseconds(seconds)}
