"""A complete request, answered by the WSGI app."""

from collections.abc import Callable, Iterable
from select import POLLOUT, poll
from time import monotonic
from typing import Any

from .connection import Connection
from .request import Request
from .response import Response

__all__ = ["Application", "Broken", "ClientGone", "answer"]

Application = Callable[..., Iterable[bytes]]

# An answer that is made while it is sent may be that far ahead of its reader.
MAX_AHEAD_BYTES = 1024 * 1024
# For how long a thread waits until half of that is read: the least speed of a stream's reader.
STREAM_WAIT_S = 5.0


class ClientGone(Exception):
    """The client has hung up, or reads a stream too slowly to be waited for."""


class Broken(Exception):
    """The app failed after the beginning of its answer was sent."""


def answer(wsgi: Application, request: Request, cfg: Any, *, closes: Callable[[], bool]) -> bool:
    """Runs the app and sends its answer; what the socket does not take is left as `unsent`.

    `closes` is asked, when the answer begins, whether it is the connection's last. Returns whether
    the connection may be used again. Raises ClientGone, Broken, and what the app
    raises as long as nothing is sent.
    """
    outgoing = _Outgoing(request.connection)
    response = Response(request.head, outgoing, cfg, closes)
    try:
        _run(wsgi, request, response, outgoing)
    except ClientGone:
        raise
    except BaseException as error:
        if outgoing.has_begun:
            raise Broken from error
        raise
    outgoing.finish()
    return not response.should_close() and _is_whole(response, request)


def _run(wsgi: Application, request: Request, response: Response, outgoing: "_Outgoing") -> None:
    parts = wsgi(request.environ, response.start_response)
    try:
        for part in parts:
            response.write(part)
            if response.sent != response.response_length:
                outgoing.flush()  # its next part may be long in coming
        response.close()
    finally:
        if hasattr(parts, "close"):
            parts.close()


def _is_whole(response: Response, request: Request) -> bool:
    """Whether the app wrote as much as it promised, without which the next answer has no place."""
    promised = response.response_length
    if promised is None or response.sent == promised:
        return True
    return request.is_head or response.status_code in (204, 304)


class _Outgoing:
    """What gunicorn's Response takes for a socket. It waits for nobody but a stream's reader."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._parts: list[bytes] = []
        self._size = 0
        self.has_begun = False

    def sendall(self, data: bytes) -> None:
        if self._size > MAX_AHEAD_BYTES:
            self.flush()
        self._parts.append(data)
        self._size += len(data)

    def flush(self) -> None:
        """Sends what the socket takes, and waits while its reader is too far behind."""
        self._push()
        if self._ahead_bytes() > MAX_AHEAD_BYTES:
            self._wait_for_reader()

    def finish(self) -> None:
        """Sends what the socket takes; the rest is the connection's."""
        self._push()
        if self._parts:
            rest = self._connection.unsent or b""
            self._connection.unsent = memoryview(b"".join([rest, *self._parts]))

    def _push(self) -> None:
        connection = self._connection
        try:
            if connection.unsent is not None:
                self.has_begun = True
                if not connection.send(connection.unsent):
                    return
            if self._parts:
                self.has_begun = True
                data = b"".join(self._parts)
                self._parts.clear()
                self._size = 0
                connection.send(data)
        except OSError:
            raise ClientGone from None

    def _ahead_bytes(self) -> int:
        return self._size + len(self._connection.unsent or b"")

    def _wait_for_reader(self) -> None:
        give_up_s = monotonic() + STREAM_WAIT_S
        writable = poll()
        writable.register(self._connection.descriptor, POLLOUT)
        while self._ahead_bytes() > MAX_AHEAD_BYTES // 2:
            left_ms = (give_up_s - monotonic()) * 1000
            if left_ms <= 0 or not writable.poll(left_ms):
                raise ClientGone
            self._push()
