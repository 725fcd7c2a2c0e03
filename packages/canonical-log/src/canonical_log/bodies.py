"""An answer's body, which knows when it is over: read to its end, closed, or let go of, whichever
is first.
"""

import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Protocol, cast

from .context import current_work, set_current_work
from .state import RequestState, WorkState

__all__ = ["FILE_WRAPPER", "body_of", "watched_file_wrapper"]

FILE_WRAPPER = "wsgi.file_wrapper"


class _Layer(Protocol):
    """Who is told."""

    def finish(self, state: RequestState, outcome: str | None = None) -> None: ...
    def fail(self, state: RequestState, error: BaseException) -> None: ...
    def is_testing(self) -> bool: ...


def body_of(layer: _Layer, state: RequestState, body: Iterable[bytes]) -> Iterable[bytes]:
    """The body, so wrapped that `layer` is told of its end.

    A file that was given to the server's own wrapper stays as it is, so that the server can send it
    in its own way; it tells its end when it is closed.
    """
    if isinstance(body, _WatchedWrapper):
        body.canonical_log_file.watch(layer, state)
        return cast("Iterable[bytes]", body)
    if type(body) in (list, tuple):
        return _ListBody(layer, state, body)
    is_sized = hasattr(body, "__len__")
    return _SizedBody(layer, state, body) if is_sized else _Body(layer, state, body)


class _Body:
    """Any iterable of bytes."""

    __slots__ = ("_body", "_is_complete", "_is_testing", "_layer", "_parts", "_state", "_work")

    def __init__(self, layer: _Layer, state: RequestState, body: Iterable[bytes]) -> None:
        self._layer = layer
        self._state = state
        self._work: WorkState | None = state  # that of the generator, which may have begun some
        self._body = body
        self._parts = iter(body)
        self._is_complete = False
        self._is_testing = layer.is_testing()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        state = self._state
        outer = current_work()
        set_current_work(self._work)
        try:
            part = next(self._parts)
        except StopIteration:
            self._is_complete = True
            self._layer.finish(state)
            raise
        except BaseException as error:
            self._layer.fail(state, error)
            raise
        finally:
            self._work = current_work()
            set_current_work(outer)
        return self._counted(part)

    def _counted(self, part: bytes) -> bytes:
        state = self._state
        state.bytes_sent += len(part)
        # A test's client takes the first part of an answer, and the rest only when it is read.
        if self._is_testing and state.bytes_sent == state.declared_bytes:
            self._is_complete = True
            self._layer.finish(state)
        return part

    def close(self) -> None:
        """Called by the server when it is done with the answer, or its client has gone."""
        outer = current_work()
        set_current_work(self._work)
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

    def __del__(self) -> None:
        """Some servers and adapters neither read a body to its end nor close it."""
        state = self._state
        if state.finished or sys.is_finalizing():
            return
        outer = current_work()
        set_current_work(self._work)
        try:
            del self._parts, self._body  # a generator ends now, as part of its request
        finally:
            set_current_work(outer)
            is_complete = state.bytes_sent == state.declared_bytes
            self._layer.finish(state, None if is_complete else "client_gone")


class _SizedBody(_Body):
    """A list of parts. Some servers take its length for the header Content-Length."""

    __slots__ = ()
    _body: Any

    def __len__(self) -> int:
        return len(self._body)


class _ListBody(_SizedBody):
    """A list or a tuple: to take a part of it, or to close it, runs nobody's code."""

    __slots__ = ()

    def __next__(self) -> bytes:
        for part in self._parts:
            return self._counted(part)
        return super().__next__()

    def close(self) -> None:
        if not self._state.finished:
            super().close()


@lru_cache(maxsize=16)
def watched_file_wrapper(kind: Any) -> type | None:
    """The server's class for files as one whose objects tell their end; None where it is no class
    of Python, so that frameworks use their own.
    """
    if not isinstance(kind, type):
        return None
    return type(kind.__name__, (_WatchedWrapper, kind), {})


class _WatchedWrapper:
    """What is mixed into a server's class for files."""

    canonical_log_file: "_WatchedFile"

    def __init__(self, file: Any, *arguments: Any) -> None:
        self.canonical_log_file = _WatchedFile(file)
        super().__init__(self.canonical_log_file, *arguments)  # type: ignore[call-arg]  # as the server's


class _WatchedFile:
    """A file that counts what is read from it, and tells when it is closed or let go of."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._state: RequestState | None = None

    def watch(self, layer: _Layer, state: RequestState) -> None:
        """Tells `layer` of the end of this file, as the end of the request."""
        self._layer, self._state = layer, state

    def read(self, *arguments: Any) -> bytes:
        """As the file's own."""
        part: bytes = self._file.read(*arguments)
        if self._state:
            self._state.bytes_sent += len(part)
        return part

    def close(self) -> None:
        """As the file's own, and the end of the request."""
        try:
            if hasattr(self._file, "close"):
                self._file.close()
        finally:
            self._end()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __del__(self) -> None:
        if not sys.is_finalizing():
            self._end()

    def _end(self) -> None:
        state = self._state
        if state and not state.finished:
            # The kernel has sent what was not read here.
            state.bytes_sent = state.bytes_sent or state.declared_bytes or 0
            is_complete = state.declared_bytes in (None, state.bytes_sent)
            self._layer.finish(state, None if is_complete else "client_gone")
