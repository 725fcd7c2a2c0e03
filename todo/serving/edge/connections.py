"""All connections of a worker: how many there may be, who waits, and who has to go."""

import contextlib
import select
import threading
import time
from collections import Counter
from collections.abc import Iterable

from .connection import Connection, Waiting
from .limits import Limits

__all__ = ["Connections"]

# A client's first bytes follow its connection at once, unless it is up to something else.
_SENDS_WITHIN_S = 0.1


class Connections:
    """Open connections, of which those that wait for their client are in the poller.

    Whoever gets one from `take` or from the methods that pick some is the only one to have it.
    """

    def __init__(self, poller: "select.epoll", limits: Limits) -> None:
        """None are open."""
        self.most = limits.connections
        self._poller = poller
        self._limits = limits
        self._open: dict[int, Connection] = {}
        self._per_address: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def is_full(self) -> bool:
        """Whether there are as many as there may be."""
        return len(self._open) >= self.most

    def is_crowded(self, address: str) -> bool:
        """Whether a client address has as many as it may have."""
        return self._per_address[address] >= self._limits.connections_per_address

    def add(self, connection: Connection) -> bool:
        """Counts a new connection; False when there are as many as there may be, in all or of its
        address.
        """
        with self._lock:
            if self.is_full() or self.is_crowded(connection.address):
                return False
            self._per_address[connection.address] += 1
            self._open[connection.descriptor] = connection
        return True

    def wait(self, connection: Connection, waiting: Waiting, deadline_s: float) -> None:
        """Lets it wait for its client, until a moment of `time.monotonic`."""
        connection.waiting = waiting
        connection.deadline_s = deadline_s
        events = select.EPOLLOUT if waiting == Waiting.FOR_READER else select.EPOLLIN
        watch = self._poller.modify if connection.is_watched else self._poller.register
        connection.is_watched = True
        connection.release()
        with contextlib.suppress(OSError):  # whoever claimed it meanwhile may have closed it
            watch(connection.descriptor, events | select.EPOLLONESHOT)

    def take(self, descriptor: int) -> Connection | None:
        """The connection for which the poller reported something, unless another has it."""
        connection = self._open.get(descriptor)
        return connection if connection and connection.claim() else None

    def close(self, connection: Connection) -> None:
        """Closes one that the caller has."""
        with self._lock:
            if self._open.get(connection.descriptor) is not connection:
                return
            del self._open[connection.descriptor]
            self._per_address[connection.address] -= 1
            if not self._per_address[connection.address]:
                del self._per_address[connection.address]
        connection.socket.close()

    def overdue(self, now_s: float) -> list[Connection]:
        """Takes those whose deadline has passed."""
        return self._take(each for each in self._waiting() if each.deadline_s < now_s)

    def idle(self) -> list[Connection]:
        """Takes those of whose next request nothing has come."""
        return self._take(
            each
            for each in self._waiting()
            if each.waiting <= Waiting.FOR_HEAD and not each.received
        )

    def to_make_room(self) -> list[Connection]:
        """Takes a sixteenth of those that wait, when there are as many as there may be.

        Those that have never sent a whole request go first, then those that wait for another one,
        then those that send, and last those that read; among them those whose deadline is next,
        which have had the most time. Before whoever has sent something that is still to be read,
        all others go.
        """
        if not self.is_full():
            return []
        waiting = self._waiting()
        heard = _with_something_to_read(waiting)
        recently_s = time.monotonic() - _SENDS_WITHIN_S

        def rank(each: Connection) -> tuple[bool, bool, int, float]:
            may_stay = each.has_asked or each.opened_s > recently_s
            return each.descriptor in heard, may_stay, each.waiting, each.deadline_s

        waiting.sort(key=rank)
        return self._take(waiting[: max(1, self.most // 16)])

    def over_the_memory(self) -> list[Connection]:
        """Takes half of those that hold memory, when all of them together hold too much."""
        holding = [each for each in self._waiting() if each.buffered_bytes]
        if sum(each.buffered_bytes for each in holding) <= self._limits.buffered_bytes:
            return []
        holding.sort(key=lambda each: each.deadline_s)
        return self._take(holding[: len(holding) // 2 + 1])

    def _waiting(self) -> list[Connection]:
        return [each for each in list(self._open.values()) if not each.is_claimed]

    def _take(self, wanted: Iterable[Connection]) -> list[Connection]:
        return [each for each in wanted if each.claim()]


def _with_something_to_read(connections: Iterable[Connection]) -> set[int]:
    poller = select.poll()
    for connection in connections:
        poller.register(connection.descriptor, select.POLLIN)
    return {descriptor for descriptor, _ in poller.poll(0)}
