"""Pages of todos that were answered before, for as long as nothing was committed since.

What was committed is what PostgreSQL's snapshots tell: each says which transactions a statement
sees. Of two that are equal, both see the same rows, whoever wrote them and however; and the
snapshots of one server never come back, since each commit and each rollback of a change alters them
for good. A page is kept under the snapshot that was current *before* it was read, so it can be
newer than that says, but never older.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from ..database import Reader

__all__ = ["Page", "PageCache", "Version", "etag_of"]

# A standby's snapshots do not tell all: there is no row, and so no cache. The start of the server
# tells snapshots apart of which a restored or promoted one has the same again.
_SNAPSHOT = text(
    "SELECT pg_current_snapshot()::text, pg_postmaster_start_time()::text"
    " WHERE NOT pg_is_in_recovery()"
)
_OVERHEAD_BYTES = 500  # of Python's objects around a body


@dataclass(frozen=True)
class Page:
    """A page's body, its ETag, and the id after which the next page starts, if there is one."""

    body: bytes
    etag: str
    next_after: int | None


@dataclass(frozen=True)
class Version:
    """What a reader saw, and over how many connections of this process ago that was."""

    snapshot: tuple[Any, ...]
    connections: int


class PageCache:
    """Pages of one database, in at most `max_bytes` of memory: those that were wanted last."""

    def __init__(self, max_bytes: int) -> None:
        """Begins empty."""
        self._max_bytes = max_bytes
        self._bytes = 0
        self._connections = 0
        self._pages: OrderedDict[Hashable, tuple[Version, Page]] = OrderedDict()
        self._lock = threading.Lock()

    def connected(self, *_connection: object) -> None:
        """A new connection may be one to a server that came back from a crash, and without what it
        had told but not yet written, as with synchronous_commit off: it forgets all.
        """
        with self._lock:
            self._connections += 1
            self._pages.clear()
            self._bytes = 0

    def has(self, key: Hashable) -> bool:
        """Whether a page is kept by this key, of whatever version."""
        return key in self._pages

    def version(self, reader: Reader) -> Version | None:
        """What the reader sees now; None when the server cannot tell."""
        connections = self._connections
        rows = reader.rows(_SNAPSHOT)
        return Version(tuple(rows[0]), connections) if rows else None

    def get(self, key: Hashable, version: Version) -> Page | None:
        """The page, if it is what the reader would find."""
        with self._lock:
            kept, page = self._pages.get(key, (None, None))
            if kept != version:
                return None
            self._pages.move_to_end(key)
            return page

    def put(self, key: Hashable, version: Version, page: Page) -> None:
        """Keeps a page that was read after the version was."""
        with self._lock:
            if version.connections != self._connections:
                return
            self._drop(key)
            self._pages[key] = version, page
            self._bytes += _size(page)
            while self._bytes > self._max_bytes:
                self._drop(next(iter(self._pages)))

    def _drop(self, key: Hashable) -> None:
        if key in self._pages:
            self._bytes -= _size(self._pages.pop(key)[1])


def _size(page: Page) -> int:
    return len(page.body) + _OVERHEAD_BYTES


def etag_of(body: bytes) -> str:
    """A tag that two bodies only have in common when they are equal."""
    return hashlib.sha1(body, usedforsecurity=False).hexdigest()
