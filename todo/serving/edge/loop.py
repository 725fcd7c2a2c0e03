"""The loop that every thread of a worker runs: it reads requests, and serves the one it completed.

There is one thread more than may be in the app, so that one is always left to read, to answer the
liveness check and to send away what the queue does not take. No request goes from thread to thread
unless it has to queue.
"""

import logging
import os
import select
import threading
import time
from collections.abc import Callable
from typing import Any

from .admission import Admission
from .application import Application, Broken, ClientGone, answer
from .connections import Connections
from .exchange import Exchange
from .request import Request

__all__ = ["Loop"]

_BATCH = 16  # events that a thread takes at once, which its own request then waits for
_POLL_S = 1.0
_log = logging.getLogger("gunicorn.error")


class Loop:
    """The threads of a worker. What they find readable they give to `exchange`."""

    def __init__(
        self,
        wsgi: Application,
        cfg: Any,
        poller: "select.epoll",
        connections: Connections,
        exchange: Exchange,
    ) -> None:
        """`cfg` is gunicorn's configuration."""
        self.last_turn_s = time.monotonic()
        self._wsgi = wsgi
        self._cfg = cfg
        self._poller = poller
        self._connections = connections
        self._exchange = exchange
        self._listeners: dict[int, Callable[[], None]] = {}
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.listen(self._bell, lambda: None)

    def listen(self, descriptor: int, act: Callable[[], None]) -> None:
        """Lets a thread call `act` each time that something new is to be read."""
        self._listeners[descriptor] = act
        self._poller.register(descriptor, select.EPOLLIN | select.EPOLLET)

    def ignore(self, descriptor: int) -> None:
        """Ends `listen`."""
        self._poller.unregister(descriptor)
        del self._listeners[descriptor]

    def wake(self) -> None:
        """Sees to it that a thread looks at the queue, if it holds something that can begin."""
        if self._admission.has_work():
            os.eventfd_write(self._bell, 1)

    def start(self, admission: Admission) -> None:
        """Starts the threads. They end with the process."""
        self._admission = admission
        for number in range(admission.threads + 1):
            threading.Thread(target=self._run, name=f"edge-{number}", daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                self._turn()
            except Exception:
                _log.exception("A turn of the loop failed")

    def _turn(self) -> None:
        events = self._poller.poll(_POLL_S, _BATCH)
        if len(events) == _BATCH:
            self._look_for_new()
        for descriptor, _ in events:
            act = self._listeners.get(descriptor)
            if act:
                act()
                continue
            connection = self._connections.take(descriptor)
            if connection:
                self._exchange.resume(connection)
        self.last_turn_s = time.monotonic()
        while request := self._admission.begin():
            self.wake()
            self._serve(request)

    def _look_for_new(self) -> None:
        """Does what the listeners want first, since many connections are ready: a new one, such as
        a health check's, is not to wait for all of them.
        """
        for act in list(self._listeners.values()):
            act()

    def _serve(self, request: Request) -> None:
        began_s = time.monotonic()
        if self._admission.is_expired(request, began_s):
            self._admission.finish(None)
            self._exchange.shed(request)
            return
        self._admission.note(request, began_s)
        request.environ["edge.overloaded_s"] = self._admission.overloaded_s()
        try:
            keeps = answer(self._wsgi, request, self._cfg, closes=self._closes)
        except (ClientGone, Broken) as error:
            if isinstance(error, Broken):
                _log.error("An answer was cut off, since the app failed", exc_info=error.__cause__)
            self._exchange.close(request.connection)
        except BaseException:
            _log.exception("The app failed")
            self._exchange.fail(request)
        else:
            self._exchange.answered(request.connection, keeps=keeps)
        finally:
            self._admission.finish(time.monotonic() - began_s)

    def _closes(self) -> bool:
        return self._exchange.is_stopping
