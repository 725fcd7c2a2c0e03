"""One client's connection: its socket, what has come over it, and what has yet to go."""

import enum
import math
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING

from .system_calls import receive, send

if TYPE_CHECKING:
    from .heads import Peer
    from .request import Request

__all__ = ["Connection", "Waiting"]


class Waiting(enum.IntEnum):
    """What a connection waits for while no thread works on it. The first are the first to go."""

    FOR_NEXT = 0  # it has been answered, and is kept for another request
    FOR_HEAD = 1
    FOR_BODY = 2
    FOR_END = 3  # it has its last answer, and may still be sending
    FOR_READER = 4  # the client takes its time over an answer


class Connection:
    """Belongs to one thread at a time: the one that took it from among the waiting."""

    __slots__ = (
        "_owner",
        "began_s",
        "closes",
        "deadline_s",
        "descriptor",
        "has_asked",
        "has_unread",
        "is_watched",
        "opened_s",
        "peer",
        "received",
        "request",
        "server",
        "socket",
        "unsent",
        "waiting",
    )

    def __init__(self, client: socket.socket, peer: "Peer", server: tuple[str, str]) -> None:
        """It is the caller's. `server` is the name and the port that it was accepted on."""
        client.setblocking(False)
        self._owner = threading.Lock()
        self._owner.acquire()
        self.is_watched = False  # by the poller
        self.socket = client
        self.descriptor = client.fileno()
        self.peer = peer
        self.server = server
        self.received = bytearray()
        self.unsent: memoryview | None = None
        self.request: Request | None = None  # whose body has not all come
        self.opened_s = time.monotonic()
        self.has_asked = False  # whether it has ever sent a whole request
        self.closes = False  # after what is unsent
        self.has_unread = False  # of a request that was answered before it was all there
        self.waiting = Waiting.FOR_HEAD
        self.began_s = 0.0  # when the request's first byte came
        self.deadline_s = 0.0

    @property
    def is_claimed(self) -> bool:
        """Whether a thread has it."""
        return self._owner.locked()

    def claim(self) -> bool:
        """Makes it the caller's alone until `release`; False when another has it."""
        return self._owner.acquire(blocking=False)

    def release(self) -> None:
        """Gives it back, to whoever claims it next."""
        self._owner.release()

    @property
    def address(self) -> str:
        """The client's IP address; empty for a Unix socket."""
        return str(self.peer[0]) if isinstance(self.peer, tuple) else ""

    @property
    def buffered_bytes(self) -> int:
        """What it holds in memory, in either direction."""
        return len(self.received) + (len(self.unsent) if self.unsent else 0)

    def receive(self) -> int:
        """Appends what is there to `received`, and returns how much; 0 at the end of the stream.

        Raises BlockingIOError when nothing is there, and OSError for a connection that has died.
        """
        data = receive(self.socket)
        if data and not self.received and self.request is None:
            self.began_s = time.monotonic()
        self.received += data
        return len(data)

    def begin_next(self) -> None:
        """Its request is complete or refused: what comes from here on is another one's."""
        self.request = None
        self.has_asked = True
        self.waiting = Waiting.FOR_NEXT
        self.deadline_s = math.inf  # until it waits again
        self.began_s = time.monotonic()

    def end(self) -> bool:
        """Tells the client that nothing more will come. True when it can be closed at once.

        With something unread, closing would destroy what the client has yet to read (RFC 9112,
        section 9.6).
        """
        if not self.has_unread and not self.received:
            return True
        self.socket.shutdown(socket.SHUT_WR)
        return False

    def abort(self) -> None:
        """Sees to it that closing throws away what the client has not read."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def send(self, data: bytes | memoryview) -> bool:
        """Sends what the socket takes at once; the rest is `unsent`. True when there is no rest.

        Raises OSError when the client has gone.
        """
        try:
            sent = send(self.socket, data)
        except BlockingIOError:
            sent = 0
        self.unsent = memoryview(data)[sent:] if sent < len(data) else None
        return self.unsent is None
