"""What an error of the database means to the person whose request it ended."""

from dataclasses import dataclass
from http import HTTPStatus

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from .deadline import DeadlineOver, time_left_s

__all__ = ["CommitInDoubt", "Failure", "failure_of", "means_dead", "notice_dead_connections"]

# https://www.postgresql.org/docs/18/errcodes-appendix.html
_DISK_FULL = "53100"
_TOO_LONG = ("57014", "55P03")  # a statement's time-out, a lock's time-out
_READ_ONLY = "25006"
_TRY_AGAIN = ("40001", "40P01")  # a serialization failure, a deadlock
# Connection exceptions, insufficient resources, an operator's intervention, system errors.
_AWAY_CLASSES = ("08", "53", "57", "58")
# These say nothing without a code of the server's; the driver has more for mistakes of the app.
_DRIVER_FAILURES = ("DatabaseError", "OperationalError", "InterfaceError")

_AWAY = "The database cannot be reached."


class CommitInDoubt(Exception):
    """The connection died while a transaction was being committed: it may have been, or not."""


@dataclass(frozen=True)
class Failure:
    """How to answer: 503 or 507, why, and whether sending the same again can help and do no
    harm.
    """

    status: HTTPStatus
    detail: str
    can_be_repeated: bool = True


def failure_of(error: Exception) -> Failure | None:
    """What went wrong, or None when it says nothing about the database's state, but is a bug."""
    if isinstance(error, CommitInDoubt):
        detail = (
            "The connection to the database broke while the change was being committed. It may "
            "have been made or not: look before you send it again."
        )
        return Failure(HTTPStatus.SERVICE_UNAVAILABLE, detail, can_be_repeated=False)
    if isinstance(error, PoolTimeoutError):
        return _unavailable("All connections to the database are in use.")
    if isinstance(error, DeadlineOver):
        return _unavailable("The time for this request was over.")
    if isinstance(error, DBAPIError):
        return _of_driver(error.orig, is_dead=error.connection_invalidated)
    return _of_driver(error, is_dead=False)


def notice_dead_connections(engine: Engine) -> None:
    """Lets the pool throw away what the driver's words alone do not show to be dead, and also the
    connections to a server that has become read-only: after a failover, the primary is another.
    """
    if engine.dialect.driver != "psycopg2":
        return

    @event.listens_for(engine, "handle_error")
    def notice(context: ExceptionContext) -> None:
        if means_dead(context.original_exception):
            context.is_disconnect = True


def means_dead(error: BaseException) -> bool:
    """Whether the connection of this error of the driver's is of no more use."""
    sqlstate = _sqlstate(error)
    return sqlstate == _READ_ONLY or (sqlstate is None and _is_driver_failure(error))


def _of_driver(error: BaseException | None, *, is_dead: bool) -> Failure | None:
    sqlstate = _sqlstate(error)
    if sqlstate == _DISK_FULL:
        detail = "The database's disk is full: nothing can be stored until somebody makes room."
        return Failure(HTTPStatus.INSUFFICIENT_STORAGE, detail, can_be_repeated=False)
    if sqlstate == _READ_ONLY:
        return _unavailable("The database takes no changes at the moment.")
    if sqlstate in _TRY_AGAIN:
        return _unavailable("Another request changed the same at the same time.")
    if sqlstate in _TOO_LONG:
        return _unavailable("The database took too long over a statement.")
    if sqlstate is None:
        if not (is_dead or _is_driver_failure(error)):
            return None
        is_late = time_left_s() <= 0
        return _unavailable("The database did not answer in time." if is_late else _AWAY)
    return _unavailable(_AWAY) if sqlstate.startswith(_AWAY_CLASSES) else None


def _unavailable(detail: str) -> Failure:
    return Failure(HTTPStatus.SERVICE_UNAVAILABLE, detail)


def _sqlstate(error: BaseException | None) -> str | None:
    code: str | None = getattr(error, "pgcode", None)
    return code


def _is_driver_failure(error: BaseException | None) -> bool:
    return type(error).__name__ in _DRIVER_FAILURES
