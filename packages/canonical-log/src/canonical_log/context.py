"""What is known about the work that the current thread or task is doing, such as a request."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, ParamSpec, TypeVar

from .fields import is_reserved
from .state import RequestState, WorkState

__all__ = [
    "ContextExecutor",
    "add_fields",
    "bind",
    "bound_fields",
    "copied_work",
    "correlation_id",
    "current_work",
    "find_copied_with",
    "set_current_work",
    "set_route",
]

P = ParamSpec("P")
T = TypeVar("T")


_work: ContextVar[WorkState | None] = ContextVar("canonical_log_work", default=None)
_bound: ContextVar[dict[str, Any] | None] = ContextVar("canonical_log_bound", default=None)

current_work = _work.get
set_current_work = _work.set
bound_fields = _bound.get

_find_copied: Callable[[], WorkState | None] | None = None


def copied_work() -> WorkState | None:
    """The work whose framework's own context was copied into this thread. For where there is no
    current work, since it is dearer.
    """
    return _find_copied() if _find_copied else None


def find_copied_with(find: Callable[[], WorkState | None]) -> None:
    """Has `find` asked by `copied_work`."""
    global _find_copied
    _find_copied = find


def correlation_id() -> str | None:
    """The id of the request that is being served, or of other work; None outside of it."""
    state = _work.get() or copied_work()
    return state.identity.correlation_id if state else None


def add_fields(**fields: Any) -> None:
    """Puts fields of the app's own on the request's canonical line; outside of a request, nothing
    happens.

    A name of the schema cannot be overwritten: its value goes to the name with `app_` before it.
    """
    state = _work.get() or copied_work()
    if state:
        state.extra = {**(state.extra or {}), **unreserved(fields)}


def set_route(route: str) -> None:
    """Gives the current request its route's template, `http_route`, for an answer that no framework
    routed, such as a WSGI layer's; outside of a request, nothing happens.
    """
    state = _work.get()
    if isinstance(state, RequestState):
        state.name = route


@contextmanager
def bind(**fields: Any) -> Iterator[None]:
    """Puts fields on every line of `logging` that is written inside of the block. Reserved names as
    in `add_fields`.
    """
    before = _bound.get()
    _bound.set({**(before or {}), **unreserved(fields)})
    try:
        yield
    finally:  # without a token: a generator may end in another context than it began in
        _bound.set(before)


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
