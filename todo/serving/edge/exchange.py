"""What happens on a connection, from its first byte to its end, but for what the app does."""

import logging
import math
import time
from collections.abc import Callable, Mapping

from .admission import Admission
from .answers import StaticAnswer, render
from .connection import Connection, Waiting
from .connections import Connections
from .limits import Limits
from .reader import Reader
from .refusals import Refusals
from .refused import Refused, overloaded
from .request import Request

__all__ = ["Exchange"]

_LINGER_S = 2.0
_log = logging.getLogger("gunicorn.error")


class Exchange:
    """Reads requests and writes answers, without waiting for any client.

    Its methods may be called by any thread that has claimed the connection; none raises anything
    for what a client does.
    """

    def __init__(
        self,
        limits: Limits,
        reader: Reader,
        connections: Connections,
        admission: Admission,
        refusals: Refusals,
    ) -> None:
        """No connection is known to it; each is given to its methods."""
        self.static_answers: Mapping[str, StaticAnswer] = {}
        self.is_stopping = False  # from when on every answer is its connection's last
        self._limits = limits
        self._reader = reader
        self._connections = connections
        self._admission = admission
        self._refusals = refusals

    def resume(self, connection: Connection) -> None:
        """Goes on with a connection for which the poller reported something."""
        self._guard(connection, self._resume)

    def answered(self, connection: Connection, *, keeps: bool) -> None:
        """Goes on with a connection after the app's answer, of which a rest may be unsent."""
        connection.closes = not keeps
        self._guard(connection, self._continue)

    def fail(self, request: Request) -> None:
        """Answers a request whose app failed before it answered, of which the app has the line."""
        refused = Refused(500, "The server failed to answer this request.")

        def answer(connection: Connection) -> None:
            data = self._refusals.answer(refused, request)
            self._send(connection, data, closes=True)

        self._guard(request.connection, answer)

    def shed(self, request: Request) -> None:
        """Sends a complete request away, since too many were before it."""

        def answer(connection: Connection) -> None:
            if self._shed(connection, request):
                self._advance(connection)

        self._guard(request.connection, answer)

    def time_out(self, connection: Connection) -> None:
        """Ends what a connection's client took too long over."""
        self._guard(connection, self._time_out)

    def close(self, connection: Connection) -> None:
        """Closes it, and throws away what its client has not read."""
        self._guard(connection, self._abort)

    def _guard(self, connection: Connection, act: Callable[[Connection], None]) -> None:
        try:
            act(connection)
        except OSError:  # the client has gone
            self._connections.close(connection)
        except Exception:
            _log.exception("A connection is closed, since handling it failed")
            self._connections.close(connection)

    def _resume(self, connection: Connection) -> None:
        if connection.unsent is not None:
            if connection.send(connection.unsent):
                self._continue(connection)
            else:
                self._connections.wait(connection, Waiting.FOR_READER, connection.deadline_s)
            return
        try:
            received_bytes = connection.receive()
        except BlockingIOError:
            self._connections.wait(connection, connection.waiting, connection.deadline_s)
            return
        if connection.waiting == Waiting.FOR_END:
            self._pass_over(connection, received_bytes)
        elif received_bytes:
            self._advance(connection)
        else:
            self._hung_up(connection)

    def _continue(self, connection: Connection) -> None:
        if connection.unsent is not None:
            self._wait(connection, Waiting.FOR_READER, self._limits.write_timeout_s)
        elif not connection.closes:
            self._advance(connection)
        elif connection.end():
            self._connections.close(connection)
        else:
            self._wait(connection, Waiting.FOR_END, _LINGER_S)

    def _advance(self, connection: Connection) -> None:
        """Takes what has come as far as it goes: to an answer, to the queue, or to more waiting."""
        goes_on = True
        while goes_on:
            try:
                request = self._reader.next_request(connection)
            except Refused as refused:
                goes_on = self._refuse(connection, refused, connection.request)
                continue
            if request is None:
                self._wait_for_more(connection)
                return
            goes_on = self._dispatch(connection, request)

    def _dispatch(self, connection: Connection, request: Request) -> bool:
        """Answers or queues the request; True when its connection can go on at once."""
        answer = self.static_answers.get(request.environ["PATH_INFO"])
        if answer and request.environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            closes = self.is_stopping or request.is_last
            correlation_id = self._refusals.correlation_id(request.environ)
            data = render(answer, correlation_id, closes=closes, without_body=request.is_head)
            return self._send(connection, data, closes=closes)
        if self._admission.enter(request):
            return False
        return self._shed(connection, request)

    def _shed(self, connection: Connection, request: Request) -> bool:
        self._admission.note(request, time.monotonic())
        return self._refuse(connection, overloaded(self._limits.queue_s), request)

    def _refuse(self, connection: Connection, refused: Refused, request: Request | None) -> bool:
        closes = refused.closes or self.is_stopping or request is None or request.is_last
        data = self._refusals.write(connection, refused, request, closes=closes)
        connection.begin_next()
        connection.has_unread = refused.closes
        return self._send(connection, data, closes=closes)

    def _send(self, connection: Connection, data: bytes, *, closes: bool) -> bool:
        """True when everything is sent and the connection can go on."""
        connection.closes = closes
        if connection.send(data) and not closes:
            return True
        self._continue(connection)
        return False

    def _wait(self, connection: Connection, waiting: Waiting, for_s: float) -> None:
        self._connections.wait(connection, waiting, time.monotonic() + for_s)

    def _wait_for_more(self, connection: Connection) -> None:
        """A deadline once set stays until there is a request, however little comes before it."""
        limits = self._limits
        if connection.request:
            waiting, for_s = Waiting.FOR_BODY, limits.body_timeout_s
        elif connection.received:
            waiting, for_s = Waiting.FOR_HEAD, limits.head_timeout_s
        else:
            waiting, for_s = Waiting.FOR_NEXT, limits.keep_alive_s
        if waiting == connection.waiting and connection.deadline_s < math.inf:
            self._connections.wait(connection, waiting, connection.deadline_s)
        else:
            self._wait(connection, waiting, for_s)

    def _hung_up(self, connection: Connection) -> None:
        """The client sends nothing more, but may still read."""
        if connection.request:
            refused = Refused(400, "The body ended before it was complete.")
        elif connection.received:
            refused = Refused(400, "The request's head ended before it was complete.")
        else:
            self._connections.close(connection)
            return
        self._refuse(connection, refused, connection.request)

    def _pass_over(self, connection: Connection, received_bytes: int) -> None:
        connection.received.clear()
        if received_bytes:
            self._connections.wait(connection, Waiting.FOR_END, connection.deadline_s)
        else:
            self._connections.close(connection)

    def _time_out(self, connection: Connection) -> None:
        if connection.waiting == Waiting.FOR_READER:
            _log.warning("A client took longer over its answer than TODO_WRITE_TIMEOUT_S allows")
            self._abort(connection)
        elif connection.waiting == Waiting.FOR_BODY or (
            connection.waiting == Waiting.FOR_HEAD and connection.received
        ):
            detail = "The request did not come in time."
            refused = Refused(408, detail, outcome="timeout")
            self._refuse(connection, refused, connection.request)
        else:
            self._connections.close(connection)

    def _abort(self, connection: Connection) -> None:
        connection.abort()
        self._connections.close(connection)
