"""Work that is no request, such as a script, a job or a message: it has an id and its lines as a
request has.
"""

import logging
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from .canonical import trace_fields
from .context import copied_work, current_work, set_current_work
from .correlation import Identity, acceptable_id, identify
from .event_record import EventRecord
from .exceptions import exception_fields
from .fields import EXCEPTION, FINISHED, STARTED, WORK_FINISHED, WORK_STARTED
from .redaction import redact_mapping
from .sampling import write
from .settings import DEFAULTS, LOGGER, Settings
from .spans import active_span
from .state import WorkState

__all__ = ["WorkBlock", "write_exception"]


class WorkBlock:
    """One piece of work: from `begin` to `end`, or a block of `with`."""

    events = (WORK_STARTED, WORK_FINISHED)

    def __init__(
        self,
        name: str,
        *,
        id: object = None,
        headers: Mapping[str, str] | None = None,
        settings: Settings | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        """As `canonical_log.work`. Both lines have `fields`, which are of the schema."""
        self._name = name
        self._id = id
        self._headers = headers
        self._settings = settings
        self._fields = fields or {}
        self._running: list[WorkState] = []  # more than one where threads share the block

    def __enter__(self) -> str:
        """As `begin`."""
        return self.begin()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """As `end`."""
        self.end(error)

    def begin(self) -> str:
        """Makes this the current work, writes that it has started, and returns its id."""
        before = current_work()
        outer = before or copied_work()
        environ = _as_environ(self._headers or {})
        settings = self._settings or (outer.settings if outer else DEFAULTS)
        run_id = acceptable_id(environ.get("HTTP_X_RUN_ID", ""))
        if run_id is None and outer:
            run_id = outer.run_id
        state = WorkState(self._identity(environ, settings, outer), settings, run_id)
        state.before, state.outer = before, outer
        state.name = self._name
        state.environ = environ or (outer.environ if outer else environ)
        state.span = active_span()
        if outer:
            state.held, state.is_debugged = outer.held, outer.is_debugged
        self._running.append(state)
        set_current_work(state)
        _find_engines(settings)
        if STARTED in settings.events and LOGGER.isEnabledFor(logging.INFO):
            write(state, logging.INFO, self._line, self.events[0], state)
        return state.identity.correlation_id

    def fail(self, error: BaseException) -> None:
        """This is what ends it. A record of `logging` that comes before the end may tell it."""
        state = self._current()
        if state:
            state.error = error

    def end(self, error: BaseException | None = None, outcome: str | None = None) -> None:
        """Writes the exception that ended it, unless it is told already, and its canonical line,
        once. `outcome` is what the line says instead of `exception`; then there is none to write.
        """
        state = self._current()
        if state is None:
            return
        self._running.remove(state)
        outcome = outcome or _outcome(error)
        try:
            self._write_end(state, error, outcome)
        finally:
            state.finished = True
            if state.outer:
                state.outer.add_part(state)
            if current_work() is state:
                set_current_work(_still_running(state.before))

    def _current(self) -> WorkState | None:
        """The one of this thread or task, or another that may have been begun elsewhere."""
        current = current_work()
        if current in self._running:
            return current
        return self._running[-1] if self._running else None

    def _write_end(
        self, state: WorkState, error: BaseException | None, outcome: str | None
    ) -> None:
        if error and outcome == "exception":
            if error is not state.told:
                write_exception(state, error, LOGGER.name, f"Exception in {self._name}")
            if state.outer:
                state.outer.told = error  # if it ends that, too
        level = _LEVELS.get(outcome, logging.WARNING)
        if FINISHED in state.settings.events and LOGGER.isEnabledFor(level):
            line = self._canonical_line(state, outcome)
            LOGGER.handle(EventRecord(LOGGER.name, level, line))

    def _identity(
        self, environ: Mapping[str, Any], settings: Settings, outer: WorkState | None
    ) -> Identity:
        """By the id that was given, the headers, the work around this; else new."""
        if self._id is not None:
            environ = {**environ, "HTTP_X_CORRELATION_ID": str(self._id)}
            return identify(environ, ("X-Correlation-ID",))
        if not environ and outer:
            return outer.identity
        return identify(environ, settings.id_headers)

    def _line(self, event: str, state: WorkState) -> dict[str, Any]:
        return {**state.begin_line(event), "work_name": self._name, **self._fields}

    def _canonical_line(self, state: WorkState, outcome: str | None) -> dict[str, Any]:
        line = self._line(self.events[1], state)
        line["duration_ms"] = state.duration_ms()
        cpu_ms = None if _is_in_event_loop() else state.cpu_ms()
        if cpu_ms is not None:
            line["cpu_ms"] = cpu_ms
        state.database.add_to(line)
        if state.http_client:
            line |= state.http_client.fields()
        if outcome:
            line["outcome"] = outcome
        line |= trace_fields(state.identity, has_span="trace_id" in line)
        line |= state.settings.constants
        if state.extra:
            line |= redact_mapping(state.extra)
        return line


def write_exception(state: WorkState, error: BaseException, logger: str, message: str) -> None:
    """Writes the exception that ended the work, which no record of `logging` is to tell again."""
    state.error, state.told = None, error
    fields = {
        **state.begin_line(EXCEPTION),
        "logger": logger,
        "message": message,
        **state.without_secrets_in(exception_fields(error)),
    }
    exc_info = (type(error), error, error.__traceback__)
    LOGGER.handle(EventRecord(LOGGER.name, logging.ERROR, fields, exc_info))


_LEVELS = {None: logging.INFO, "exception": logging.ERROR}


def _outcome(error: BaseException | None) -> str | None:
    if error is None or (isinstance(error, SystemExit) and not error.code):
        return None
    return "exception" if isinstance(error, Exception) else "interrupted"


def _still_running(work: WorkState | None) -> WorkState | None:
    """The work, or what it was within if it has ended first, as one generator may before another
    that began later. A request's id is also that of the threads that it leaves behind.
    """
    while work is not None and type(work) is WorkState and work.finished:
        work = work.before
    return work


def _as_environ(headers: Mapping[str, str]) -> dict[str, Any]:
    """The headers under the names that they have in a WSGI environ."""
    return {
        "HTTP_" + name.upper().replace("-", "_"): value
        for name, value in headers.items()
        if isinstance(name, str) and isinstance(value, str)
    }


def _find_engines(settings: Settings) -> None:
    """Has engines found, as `init_app` does."""
    if "sqlalchemy" not in sys.modules:
        return
    try:
        from .sqlalchemy import find_engines, is_finding_engines
    except ImportError:  # a SQLAlchemy that is too old
        return
    if not is_finding_engines():
        find_engines(settings)


def _is_in_event_loop() -> bool:
    """Whether a coroutine runs this, so that its thread's time is that of others, too."""
    asyncio = sys.modules.get("asyncio")
    try:
        return asyncio is not None and asyncio.get_running_loop() is not None
    except RuntimeError:
        return False
