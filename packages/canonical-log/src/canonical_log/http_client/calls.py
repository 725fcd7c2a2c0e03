"""One call to another service: its clocks, its event, and the headers that it takes along."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from time import perf_counter
from typing import Any

import canonical_log
from canonical_log.context import copied_work, current_work
from canonical_log.fields import HTTP_CLIENT
from canonical_log.origin import calling_origin
from canonical_log.sampling import write
from canonical_log.settings import LOGGER
from canonical_log.state import WorkState

from .roll_up import HttpClientRollUp
from .urls import host_of, safe_url

__all__ = ["Call", "begin", "missing_headers"]

MAX_METHOD_CHARACTERS = 20
_is_telling: ContextVar[bool] = ContextVar("canonical_log_is_telling", default=False)
_creating = Lock()


class Call:
    """One attempt, from sending it to the end of its answer's body. It counts once the answer
    begins; its event comes at the end.
    """

    def __init__(self, state: WorkState, library: str, method: str, url: str) -> None:
        """Starts the clock."""
        self._state = state
        self._roll_up = _roll_up_of(state)
        self._fields: dict[str, Any] = {
            "http_client_library": library,
            "http_client_method": method.upper()[:MAX_METHOD_CHARACTERS],
            "http_client_host": host_of(url),
            "http_client_url": safe_url(url),
        }
        origin = calling_origin()
        if origin:
            self._fields["http_client_origin"] = origin
        self._error: BaseException | None = None
        self._is_counted = self._is_reading = self._has_ended = self._is_told = False
        self._started_s = perf_counter()
        self._seconds = 0.0

    def resent(self, count: int) -> None:
        """This is an attempt after so many others."""
        self._fields["http_client_resend_count"] = count

    def answered(self, status: int) -> None:
        """The head of the answer has come."""
        self._fields["http_client_status"] = status
        self._count(has_failed=status >= 500)

    def failed(self, error: BaseException) -> None:
        """There will be no answer, or not the rest of it."""
        if self._error is None:
            self._error = error
            self._count(has_failed=True)
        self.over()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Around each wait for a part of the body. An exception in it is the end."""
        if self._is_reading:
            yield
            return
        self._is_reading = True
        started_s = perf_counter()
        try:
            yield
        except BaseException as error:
            self._read(started_s)
            self.failed(error)
            raise
        self._read(started_s)
        if self._has_ended:
            self.over()

    def over(self) -> None:
        """The body has come to its end, or nobody reads it any more."""
        self._has_ended = True
        if not self._is_told and not self._is_reading:
            self._is_told = True
            self._tell()

    def _tell(self) -> None:
        settings, status = self._state.settings, self._fields.get("http_client_status", 0)
        is_slow = self._seconds * 1000 >= settings.slow_http_client_ms
        level = logging.WARNING if self._error or status >= 500 or is_slow else logging.INFO
        if not LOGGER.isEnabledFor(level):
            return
        if level == logging.INFO and HTTP_CLIENT not in settings.events:
            return
        token = _is_telling.set(True)
        try:
            write(self._state, level, self._line)
        finally:
            _is_telling.reset(token)

    def _line(self) -> dict[str, Any]:
        fields = {**self._state.begin_line(HTTP_CLIENT), **self._fields}
        fields["http_client_duration_ms"] = round(self._seconds * 1000, 2)
        if self._error:
            fields["exception_type"] = type(self._error).__name__
        return fields

    def _read(self, started_s: float) -> None:
        elapsed_s = perf_counter() - started_s
        self._is_reading = False
        self._seconds += elapsed_s
        self._roll_up.add_reading(elapsed_s)

    def _count(self, *, has_failed: bool) -> None:
        if self._is_counted:
            if has_failed:
                self._roll_up.add_reading(0.0, has_failed=True)
            return
        self._is_counted = True
        self._seconds = perf_counter() - self._started_s
        self._roll_up.add_call(self._seconds, has_failed=has_failed)


def begin(library: str, method: str, url: str) -> Call | None:
    """A call of the current work; None outside of any, and for what a handler of `logging` sends to
    write an event of this module.
    """
    state = current_work() or copied_work()
    return None if state is None or _is_telling.get() else Call(state, library, method, url)


def missing_headers(headers: Mapping[Any, Any]) -> dict[str, str]:
    """The headers that carry the ids on, but for those that are there."""
    there = {name.lower() for name in headers if isinstance(name, str)}
    ours = canonical_log.outgoing_headers()
    return {name: value for name, value in ours.items() if name.lower() not in there}


def _roll_up_of(state: WorkState) -> HttpClientRollUp:
    if state.http_client is None:
        with _creating:
            if state.http_client is None:
                state.http_client = HttpClientRollUp()
    return state.http_client
