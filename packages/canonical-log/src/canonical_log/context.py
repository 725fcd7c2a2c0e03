"""What is known about the request that the current thread or task is working on."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, ParamSpec, TypeVar

from .correlation import Identity, acceptable_id
from .fields import is_reserved

__all__ = [
    "ContextExecutor",
    "RequestState",
    "add_fields",
    "bind",
    "bound_fields",
    "correlation_id",
    "current_request",
]

P = ParamSpec("P")
T = TypeVar("T")


class RequestState:
    """One request, from its arrival to its last byte. Its fields are written by the thread that
    serves it.
    """

    __slots__ = (
        "bytes_sent",
        "cpu_started_ns",
        "environ",
        "extra",
        "finished",
        "identity",
        "queries",
        "route",
        "run_id",
        "started_s",
        "status",
    )

    def __init__(self, environ: dict[str, Any], identity: Identity) -> None:
        """Starts both clocks."""
        self.environ = environ
        self.identity = identity
        self.run_id = (
            acceptable_id(environ["HTTP_X_RUN_ID"]) if "HTTP_X_RUN_ID" in environ else None
        )
        self.route: str | None = None
        self.status: int | None = None
        self.bytes_sent = 0
        self.queries: list[
            tuple[str, float]
        ] = []  # of each statement: its fingerprint, and seconds
        self.extra: dict[str, Any] | None = None
        self.finished = False
        self.started_s = time.perf_counter()
        self.cpu_started_ns = time.thread_time_ns()

    def ids(self) -> dict[str, Any]:
        """The fields that every event of the request has: the correlation ID, and the load test's
        where it has one.
        """
        if self.run_id is None:
            return {"correlation_id": self.identity.correlation_id}
        return {"correlation_id": self.identity.correlation_id, "run_id": self.run_id}


_request: ContextVar[RequestState | None] = ContextVar("canonical_log_request", default=None)
_bound: ContextVar[dict[str, Any] | None] = ContextVar("canonical_log_bound", default=None)

current_request = _request.get
set_current_request = _request.set
bound_fields = _bound.get


def correlation_id() -> str | None:
    """The id of the request that is being served, or None outside of one."""
    state = _request.get()
    return state.identity.correlation_id if state else None


def add_fields(**fields: Any) -> None:
    """Puts fields of the app's own on the request's canonical line; outside of a request, nothing
    happens.

    A name of the schema cannot be overwritten: its value goes to the name with `app_` before it.
    """
    state = _request.get()
    if state:
        state.extra = {**(state.extra or {}), **unreserved(fields)}


@contextmanager
def bind(**fields: Any) -> Iterator[None]:
    """Puts fields on every line of `logging` that is written inside of the block. Reserved names as
    in `add_fields`.
    """
    token = _bound.set({**(_bound.get() or {}), **unreserved(fields)})
    try:
        yield
    finally:
        _bound.reset(token)


def unreserved(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields, with `app_` before each name that the schema has taken."""
    return {f"app_{name}" if is_reserved(name) else name: value for name, value in fields.items()}


class ContextExecutor(ThreadPoolExecutor):
    """A ThreadPoolExecutor whose tasks belong to the request that submitted them: same id, same
    roll-up.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Schedules the call with a copy of the caller's context."""
        return super().submit(copy_context().run, fn, *args, **kwargs)  # type: ignore[arg-type]  # as run's own
