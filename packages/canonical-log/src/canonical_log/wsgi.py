"""The request's own events: one line when it comes, and exactly one canonical line when it is over,
however it ends.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any

from .canonical import canonical_line, method_of, path_of, started_line
from .context import RequestState, current_work, set_current_work
from .correlation import identify
from .exceptions import exception_fields
from .fields import EXCEPTION, FINISHED, STARTED
from .formatter import EventRecord
from .settings import LOGGER, Settings

__all__ = ["RequestLayer", "abort_requests"]

Headers = list[tuple[str, str]]
App = Callable[..., Iterable[bytes]]

_in_flight: dict[RequestState, "RequestLayer"] = {}


def abort_requests() -> None:
    """Writes the canonical line of every request that this process is serving, with the outcome
    `timeout`.

    For a hook that runs just before the process is killed.
    """
    for state, layer in list(_in_flight.items()):
        layer.finish(state, "timeout")


class RequestLayer:
    """A WSGI layer around any WSGI app, through which every outcome passes."""

    def __init__(self, wsgi_app: App, settings: Settings, name: str = "wsgi") -> None:
        """Takes the app to be called, and its name, which is the logger of its exceptions."""
        self._wsgi_app = wsgi_app
        self._settings = settings
        self._name = name

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answers the request. The id is on the answer, whatever it is."""
        outer = current_work()
        if isinstance(outer, RequestState) and outer.environ is environ:
            return self._wsgi_app(
                environ, start_response
            )  # an app mounted in another: that one writes the lines
        state = RequestState(environ, identify(environ, self._settings.id_headers), self._settings)
        set_current_work(state)
        try:
            return self._answer(state, start_response)
        finally:
            set_current_work(outer)

    def _answer(self, state: RequestState, start_response: Callable[..., Any]) -> Iterable[bytes]:
        _in_flight[state] = self
        if (
            STARTED in self._settings.events
            and LOGGER.isEnabledFor(logging.INFO)
            and not self._is_excluded(state)
        ):
            LOGGER.handle(EventRecord(LOGGER.name, logging.INFO, started_line(state)))

        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            state.status = int(status[:3])
            apps_own = [header for header in headers if header[0].lower() != "x-correlation-id"]
            return start_response(
                status, [*apps_own, ("X-Correlation-ID", state.identity.correlation_id)], exc_info
            )

        try:
            body = _Body(self, state, self._wsgi_app(state.environ, start))
        except BaseException as error:
            self.fail(state, error)
            raise
        # A test's client takes the first part of an answer and no more: its lines would come late,
        # or never.
        return body.read_all() if self.is_testing() else body

    def is_testing(self) -> bool:
        """Whether the answers go to a test's client, which may not read them to their end."""
        return False

    def fail(self, state: RequestState, error: BaseException) -> None:
        """Writes the exception that ends the request, and the canonical line."""
        self.write_exception(state, error, error.__traceback__)
        self.finish(state, "exception")

    def finish(self, state: RequestState, outcome: str | None = None) -> None:
        """Writes the canonical line, unless it is written already."""
        if state.finished:
            return
        state.finished = True
        _in_flight.pop(state, None)
        has_failed = (
            state.status is None or state.status >= 500 or outcome in ("exception", "timeout")
        )
        if FINISHED not in self._settings.events or (self._is_excluded(state) and not has_failed):
            return
        level = logging.ERROR if has_failed else logging.INFO
        if LOGGER.isEnabledFor(level):
            line = canonical_line(state, outcome)
            LOGGER.handle(EventRecord(LOGGER.name, level, line))

    def _is_excluded(self, state: RequestState) -> bool:
        return state.environ.get("PATH_INFO") in self._settings.excluded_paths

    def write_exception(
        self, state: RequestState, error: BaseException, trace: TracebackType | None
    ) -> None:
        """Writes an exception of the request."""
        fields = {
            "event": EXCEPTION,
            **state.ids(),
            "logger": self._name,
            "message": f"Exception on {path_of(state.environ)} [{method_of(state.environ)}]",
            **exception_fields(error, trace),
        }
        LOGGER.handle(EventRecord(LOGGER.name, logging.ERROR, fields))


class _Body:
    """An answer's body, which knows when it is over."""

    __slots__ = ("_body", "_is_complete", "_layer", "_parts", "_state")

    def __init__(self, layer: RequestLayer, state: RequestState, body: Iterable[bytes]) -> None:
        self._layer = layer
        self._state = state
        self._body = body
        self._parts = iter(body)
        self._is_complete = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        outer = current_work()
        set_current_work(self._state)
        try:
            part = next(self._parts)
        except StopIteration:
            self._is_complete = True
            raise
        except BaseException as error:
            self._layer.fail(self._state, error)
            raise
        finally:
            set_current_work(outer)
        self._state.bytes_sent += len(part)
        return part

    def close(self) -> None:
        """Called by the server when it is done with the answer, or its client has gone."""
        outer = current_work()
        set_current_work(self._state)
        try:
            if hasattr(self._body, "close"):
                self._body.close()
        except BaseException as error:
            self._layer.fail(self._state, error)
            raise
        else:
            self._layer.finish(self._state, None if self._is_complete else "client_gone")
        finally:
            set_current_work(outer)

    def read_all(self) -> list[bytes]:
        try:
            return list(self)
        finally:
            self.close()
