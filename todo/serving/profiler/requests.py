"""Which thread of this worker serves which request, and which of them has a database connection."""

import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import ConnectionPoolEntry, Pool

__all__ = ["ActiveRequests", "Served"]

_IDLE_S = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """A request that a thread serves. Without a `run_id` it is none of a load test's."""

    run_id: str | None
    environ: dict[str, Any]
    thread: int = field(default_factory=threading.get_ident)
    started_s: float = field(default_factory=time.monotonic)


class ActiveRequests:
    """The requests that are served now. The latest load test's ID is that of the profile."""

    def __init__(self) -> None:
        """Knows no request yet."""
        self._active: dict[int, Served] = {}
        self._holders: dict[ConnectionPoolEntry, int] = {}
        self._servers: set[int] = set()
        self._seen_s = float("-inf")
        self.run_id: str | None = None
        self.process = secrets.token_hex(4)  # a process ID says nothing across hosts

    def begin(self, run_id: str | None, environ: dict[str, Any]) -> Served:
        """The calling thread serves this from now on."""
        served = Served(run_id, environ)
        self._active[served.thread] = served
        self._servers.add(served.thread)
        if run_id:
            self.run_id, self._seen_s = run_id, served.started_s
        return served

    def end(self, served: Served) -> None:
        """It does no more. Doing it again changes nothing."""
        if self._active.get(served.thread) is served:
            del self._active[served.thread]
            if served.run_id:
                self._seen_s = time.monotonic()

    def by_thread(self) -> dict[int, Served]:
        """The requests by the threads that serve them."""
        return dict(self._active)

    def has_served(self, thread: int) -> bool:
        """Whether it is one of the server's threads, which may have nothing to do right now."""
        return thread in self._servers

    def is_wanted(self) -> bool:
        """Whether a load test's request is served, or was a few seconds ago."""
        if self.run_id is None:
            return False
        return time.monotonic() - self._seen_s < _IDLE_S or any(
            served.run_id for served in self.by_thread().values()
        )

    def holds_connection(self, thread: int) -> bool:
        """Whether the thread has a connection of one of SQLAlchemy's pools in hand."""
        return thread in self._holders.copy().values()

    def watch_pools(self) -> None:
        """Notices who has a connection, of every pool of this process."""
        event.listen(Pool, "checkout", self._take)
        event.listen(Pool, "checkin", self._give_back)

    def _take(self, _connection: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
        self._holders[entry] = threading.get_ident()

    def _give_back(self, _connection: Any, entry: ConnectionPoolEntry) -> None:
        self._holders.pop(entry, None)
