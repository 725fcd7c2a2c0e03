"""Where new connections come from."""

import logging
import select
import socket
import time
from typing import Any

from .connection import Connection
from .connections import Connections
from .exchange import Exchange

__all__ = ["Listener"]

_AT_ONCE = 32  # connections that a thread accepts before it looks at others
_SAY_AGAIN_S = 10.0
_log = logging.getLogger("gunicorn.error")


class Listener:
    """A listening socket, which other workers share."""

    def __init__(
        self,
        listening: Any,
        poller: "select.epoll",
        connections: Connections,
        exchange: Exchange,
        head_timeout_s: float,
    ) -> None:
        """`listening` is gunicorn's socket."""
        listening.setblocking(False)
        self._socket = listening
        self._poller = poller
        self._connections = connections
        self._exchange = exchange
        self._head_timeout_s = head_timeout_s
        self._server = _name_and_port(listening.getsockname())
        self.is_behind = False  # whether connections may be waiting that nobody accepts
        self._closed = 0
        self._said_s = 0.0

    @property
    def descriptor(self) -> int:
        """The socket's."""
        return int(self._socket.fileno())

    def accept(self) -> None:
        """Accepts what is there, some at a time; connections that wait make room for new ones."""
        self.is_behind = True
        for _ in range(_AT_ONCE):
            try:
                client, peer = self._socket.accept()
            except BlockingIOError:
                self.is_behind = False
                return
            except OSError as error:
                _log.error("A connection cannot be accepted: %s", error)
                return
            self._begin(client, peer)
        self.again()

    def again(self) -> None:
        """Sees to it that `accept` is called once more if connections are waiting."""
        self._poller.modify(self.descriptor, select.EPOLLIN | select.EPOLLET)

    def _begin(self, client: socket.socket, peer: Any) -> None:
        connection = Connection(client, peer, self._server)
        connection.deadline_s = time.monotonic() + self._head_timeout_s
        # Other threads accept, too, and may have taken the room that this one made.
        while not self._connections.add(connection):
            if self._connections.is_crowded(connection.address) or not self._make_room():
                client.close()
                self._count_closed(1)
                return
        self._exchange.resume(connection)  # most send at once

    def _make_room(self) -> bool:
        going = self._connections.to_make_room()
        for connection in going:
            self._exchange.close(connection)
        self._count_closed(len(going))
        return bool(going) or not self._connections.is_full()

    def _count_closed(self, closed: int) -> None:
        self._closed += closed
        if self._closed and time.monotonic() - self._said_s > _SAY_AGAIN_S:
            _log.warning(
                "%d connections were closed or not taken: there are %d of at most %d",
                self._closed,
                len(self._connections),
                self._connections.most,
            )
            self._closed = 0
            self._said_s = time.monotonic()


def _name_and_port(address: Any) -> tuple[str, str]:
    return (address[0], str(address[1])) if isinstance(address, tuple) else ("localhost", "80")
