"""Engines whose statements are logged: those that are given, and those that are found."""

import sys
from types import FrameType
from typing import TYPE_CHECKING
from weakref import WeakSet

from sqlalchemy import Engine, Pool, event

from canonical_log.context import current_work
from canonical_log.database_events import DatabaseEvents
from canonical_log.settings import DEFAULTS, LOGGER, Settings

from .connections import events_of, is_in_pool, time_engine
from .cursors import watch_cursors

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

__all__ = ["find_engines", "has_engine", "instrument", "is_finding_engines"]

MAX_FRAMES_TO_ENGINE = 12
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
    events = DatabaseEvents(settings, target.dialect.name)
    watch_cursors(target, events)
    time_engine(target, events)


def find_engines(settings: Settings) -> None:
    """Instruments every engine of this process when it next takes a connection from its pool,
    whoever made it, and whether it is there already or comes later.

    An engine has the settings of the work in which that happens; outside of any, these.
    """
    global _found_with
    _found_with = settings
    if not is_finding_engines():
        event.listen(Pool, "checkout", _instrument_found)


def is_finding_engines() -> bool:
    """Whether `find_engines` was called."""
    return event.contains(Pool, "checkout", _instrument_found)


def has_engine() -> bool:
    """Whether an engine of this process is instrumented."""
    return _has_engine


def _instrument_found(*_connection: object) -> None:
    if is_in_pool():  # of an engine that is instrumented
        return
    engine = _calling_engine(sys._getframe(1))
    if engine is None or events_of(engine) or engine in _failed:
        return
    work = current_work()
    try:
        instrument(engine, work.settings if work else _found_with)
        _found.add(engine)
    except Exception:  # whatever it is, the app's own statement must not fail of it
        _failed.add(engine)
        LOGGER.warning("an engine cannot be instrumented", exc_info=True)


def _calling_engine(frame: FrameType | None) -> Engine | None:
    """The engine that is taking a connection: a pool does not know whose it is."""
    for _ in range(MAX_FRAMES_TO_ENGINE):
        if frame is None:
            return None
        caller = frame.f_locals.get("self")
        if isinstance(caller, Engine):
            return caller
        frame = frame.f_back
    return None
