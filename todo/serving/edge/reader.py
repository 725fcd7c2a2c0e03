"""From what has come over a connection to a complete request."""

from typing import Any

from .answers import CONTINUE
from .connection import Connection
from .heads import head_end, read_head
from .request import Request

__all__ = ["Reader"]


class Reader:
    """Reads requests, each of which may come in any number of pieces."""

    def __init__(self, cfg: Any, base_environ: dict[str, Any], body_bytes: int) -> None:
        """`cfg` is gunicorn's configuration; each request's environ begins with `base_environ`, and
        its body has at most `body_bytes`.
        """
        self._cfg = cfg
        self._base_environ = base_environ
        self._body_bytes = body_bytes

    def next_request(self, connection: Connection) -> Request | None:
        """Takes the next request from what was received; None when it is not all there.

        Raises Refused for what is not taken. What is known of a request so far is the connection's.
        """
        request = connection.request
        if request is None:
            end = head_end(connection.received)
            if end < 0:
                return None
            request = self._begin(connection, end)
        if not request.take_body(connection.received):
            return None
        connection.begin_next()
        return request

    def _begin(self, connection: Connection, end: int) -> Request:
        received = connection.received
        head, environ = read_head(
            received[:end], connection.peer, connection.server, self._base_environ, self._cfg
        )
        del received[:end]
        request = Request(connection, head, environ, self._body_bytes)
        connection.request = request
        request.check()
        if request.awaits_continue and not received:
            connection.send(CONTINUE)
        return request
