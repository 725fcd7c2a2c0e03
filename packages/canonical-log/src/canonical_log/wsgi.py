"""The request's own events: one line when it comes, and exactly one canonical line when it is over,
however it ends.
"""

import logging
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from .bodies import FILE_WRAPPER, body_of, watched_file_wrapper
from .canonical import canonical_line, started_line
from .context import current_work, set_current_work
from .correlation import Identity, identify
from .debug_header import is_debugged
from .environ import method_of
from .event_record import EventRecord
from .fields import FINISHED, STARTED
from .live import LiveSettings
from .sampling import HeldLines, write
from .settings import LOGGER, Settings
from .spans import active_span
from .state import RequestState
from .verbosity import start_debugging, stop_debugging
from .work_block import write_exception

__all__ = ["RequestLayer", "abort_requests", "request_of"]

Headers = list[tuple[str, str]]
App = Callable[..., Iterable[bytes]]
Write = Callable[[bytes], Any]

CORRELATION_ID = "canonical_log.correlation_id"
"""The key of a WSGI environ under which a server finds a request's id."""
HANDED_OVER = "handed_over"
_in_flight: dict[RequestState, "RequestLayer"] = {}


def abort_requests() -> None:
    """Writes the canonical line of every request that this process is serving, with the outcome
    `timeout`.

    For a hook that runs just before the process is killed.
    """
    for state, layer in list(_in_flight.items()):
        layer.finish(state, "timeout")


def request_of(environ: dict[str, Any]) -> RequestState | None:
    """The request that has this environ, for another thread that has it, too; when it is over, one
    that has its ids.
    """
    for state in list(_in_flight):
        if state.environ is environ:
            return state
    own_id = environ.get(CORRELATION_ID)
    return RequestState(environ, Identity(own_id)) if own_id else None


class RequestLayer:
    """A WSGI layer around any WSGI app, through which every outcome passes."""

    def __init__(self, wsgi_app: App, settings: Settings, name: str = "wsgi") -> None:
        """Takes the app to be called, and its name, which is the logger of its exceptions."""
        self._wsgi_app = wsgi_app
        self._settings = settings
        self._name = name
        self._live = LiveSettings(settings.live_file) if settings.live_file else None
        self._is_choosy = bool(self._live or settings.debug_secret or settings.sample_rate < 1)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answers the request. The id is on the answer, whatever it is."""
        outer = current_work()
        own_id = environ.get(CORRELATION_ID)
        if (
            own_id
            and isinstance(outer, RequestState)
            and outer.environ.get(CORRELATION_ID) == own_id
        ):
            # An app mounted in another, perhaps with a copy of the environ: that one tells it.
            self.prepare(outer, environ)
            return self._wsgi_app(environ, start_response)
        state = RequestState(environ, identify(environ, self._settings.id_headers), self._settings)
        if self._is_choosy:
            self._choose(state)
        self.prepare(state, environ)
        environ[CORRELATION_ID] = state.identity.correlation_id  # for the server
        set_current_work(state)
        try:
            return self._answer(state, start_response)
        finally:
            set_current_work(outer)

    def _answer(self, state: RequestState, start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ = state.environ
        _in_flight[state] = self
        if FILE_WRAPPER in environ:
            environ[FILE_WRAPPER] = watched_file_wrapper(environ[FILE_WRAPPER])
            if environ[FILE_WRAPPER] is None:
                del environ[FILE_WRAPPER]
        if (
            STARTED in self._settings.events
            and LOGGER.isEnabledFor(logging.INFO)
            and not self._is_excluded(state)
        ):
            # That of a chosen one is there even if its process is killed meanwhile.
            waiting = None if state.held and state.held.is_chosen else state
            write(waiting, logging.INFO, started_line, state)

        def start(status: str, headers: Headers, exc_info: Any = None) -> Write:
            state.span = active_span()  # which may end before the last line is written
            more = (exc_info,) if exc_info else ()
            write = start_response(status, _begun(state, status, headers), *more)

            def counted(part: bytes) -> Any:
                state.bytes_sent += len(part)
                return write(part)

            return counted

        # No variable has the body: the frames of an exception, which live until garbage is
        # collected, would keep it alive.
        try:
            return body_of(self, state, self._wsgi_app(environ, start))
        except StopIteration:  # which tells gunicorn that a WebSocket has had the connection
            self.finish(state, HANDED_OVER)
            raise
        except BaseException as error:
            self.fail(state, error)
            raise
        finally:
            if state.error:
                self._write_exception(state, state.error)

    def prepare(self, state: RequestState, environ: dict[str, Any]) -> None:
        """Called before the first line of a request, and where an app that is mounted gets it, with
        the environ that it gets.
        """

    def is_testing(self) -> bool:
        """Whether the answers go to a test's client, which may not read them to their end."""
        return False

    def fail(self, state: RequestState, error: BaseException) -> None:
        """Writes the exception that ends the request, and the canonical line."""
        if error is not state.told:
            state.error = error
        self.finish(state, "exception")
        if state.error:  # the canonical line was there before, as of a body whose close() fails
            self._write_exception(state, state.error)

    def finish(self, state: RequestState, outcome: str | None = None) -> None:
        """Writes the canonical line, unless it is written already."""
        if state.finished:
            return
        state.finished = True
        _in_flight.pop(state, None)
        if state.error:
            self._write_exception(state, state.error)
        has_failed = outcome != HANDED_OVER and (
            state.status is None or state.status >= 500 or outcome in ("exception", "timeout")
        )
        if state.is_debugged:
            stop_debugging()
        if state.held:
            self._settle(state, state.held, has_failed)
        if FINISHED not in self._settings.events or (self._is_excluded(state) and not has_failed):
            return
        level = logging.ERROR if has_failed else logging.INFO
        if LOGGER.isEnabledFor(level):
            line = canonical_line(state, outcome)
            LOGGER.handle(EventRecord(LOGGER.name, level, line))

    def _choose(self, state: RequestState) -> None:
        """Whether the request is logged in full, or its lines wait for its end."""
        settings, correlation_id = self._settings, state.identity.correlation_id
        rate = settings.sample_rate
        if self._live:
            rate = self._live.sample_rate(rate)
        secret = settings.debug_secret
        if secret and is_debugged(state.environ, correlation_id, secret):
            state.is_debugged = True
            start_debugging()
        elif rate < 1:
            state.held = HeldLines(correlation_id, rate)

    def _settle(self, state: RequestState, held: HeldLines, has_failed: bool) -> None:
        """Decides upon the lines that wait, and notes for the canonical line what came of it."""
        is_slow = state.duration_ms() >= self._settings.slow_request_ms
        is_worth_it = has_failed or is_slow or state.database.has_n_plus_one()
        held.settle(is_worth_it=is_worth_it)

    def _is_excluded(self, state: RequestState) -> bool:
        return state.environ.get("PATH_INFO") in self._settings.excluded_paths

    def _write_exception(self, state: RequestState, error: BaseException) -> None:
        """Writes the exception, unless a record of `logging` has told it already."""
        message = f"Exception on {state.path} [{method_of(state.environ)}]"
        write_exception(state, error, self._name, message)


def _begun(state: RequestState, status: str, headers: Headers) -> Headers:
    """The headers with the id in them; what they tell of the answer is noted in the state."""
    state.status = _code_of(status)
    state.declared_bytes = None
    ours = []
    for header in headers:
        name = header[0].lower()
        if name == "content-length" and header[1].isdecimal():
            state.declared_bytes = int(header[1][:18])
        if name != "x-correlation-id":
            ours.append(header)
    ours.append(("X-Correlation-ID", state.identity.correlation_id))
    return ours


@lru_cache(maxsize=64)
def _code_of(status: str) -> int | None:
    return int(status[:3]) if status[:3].isdecimal() else None
