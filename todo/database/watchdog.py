"""Cuts the connections that are in use beyond their deadline: a thread that waits for an answer on
one gets an error instead.

A time-out of the server's ends a statement, but not the wait for a server that hangs: psycopg2
has none of its own, and TCP's are about the network alone.
"""

import os
import socket
import threading
import time
from contextlib import suppress

__all__ = ["Line", "unwatch", "watch"]

LOOK_EVERY_S = 0.25


class Line:
    """A connection's socket, by a descriptor of its own: whatever becomes of the driver's, this one
    never means another socket.
    """

    def __init__(self, descriptor: int) -> None:
        """Duplicates the descriptor."""
        self._descriptor = [os.dup(descriptor)]  # taken by whoever comes first

    def cut(self) -> None:
        """Ends the connection, for all who hold it."""
        with suppress(IndexError, OSError):  # it is let go of, or the other side was faster
            line = socket.socket(fileno=self._descriptor.pop())
            try:
                line.shutdown(socket.SHUT_RDWR)
            finally:
                line.close()

    def close(self) -> None:
        """Lets go of the socket, which goes on for those who hold it."""
        with suppress(IndexError):
            os.close(self._descriptor.pop())

    __del__ = close


_watched: dict[Line, float] = {}
_lock = threading.Lock()
_thread: threading.Thread | None = None


def watch(line: Line, deadline_s: float) -> None:
    """Cuts the line at this time of the monotonic clock, unless it is unwatched before."""
    _watched[line] = deadline_s
    if _thread is None:
        _start()


def unwatch(line: Line | None) -> None:
    """The line is no longer in use, or never was watched."""
    if line is not None:
        _watched.pop(line, None)


def _start() -> None:
    global _thread
    with _lock:
        if _thread is None:
            thread = threading.Thread(target=_run, name="database-watchdog", daemon=True)
            thread.start()
            _thread = thread


def _forget() -> None:
    """In a forked process, which has none of its parent's threads, nor who holds its locks."""
    global _thread, _lock
    _thread, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget)


def _run() -> None:
    while True:
        time.sleep(LOOK_EVERY_S)
        now_s = time.monotonic()
        for line, deadline_s in _watched.copy().items():
            if now_s > deadline_s:
                unwatch(line)
                line.cut()
