"""What the work's calls to other services come to: the `http_client_` fields of its line."""

from threading import Lock
from typing import Any

__all__ = ["HttpClientRollUp"]


class HttpClientRollUp:
    """Counts the calls of one piece of work, and the time that it waited for them. Any thread may
    add to it.
    """

    __slots__ = ("_count", "_error_count", "_lock", "_seconds")

    def __init__(self) -> None:
        """Begins with nothing."""
        self._lock = Lock()
        self._count = self._error_count = 0
        self._seconds = 0.0

    def add_call(self, seconds: float, *, has_failed: bool) -> None:
        """Counts a call whose answer has begun, or never will."""
        with self._lock:
            self._count += 1
            self._error_count += has_failed
            self._seconds += seconds

    def add_reading(self, seconds: float, *, has_failed: bool = False) -> None:
        """Adds the time that an answer's body was waited for."""
        with self._lock:
            self._error_count += has_failed
            self._seconds += seconds

    def add(self, inner: "HttpClientRollUp") -> None:
        """Adds what was counted of work that was part of this."""
        with self._lock:
            self._count += inner._count
            self._error_count += inner._error_count
            self._seconds += inner._seconds

    def fields(self) -> dict[str, Any]:
        """The fields of the line, without those that have nothing to tell."""
        fields: dict[str, Any] = {
            "http_client_count": self._count,
            "http_client_time_ms": round(self._seconds * 1000, 2),
        }
        if self._error_count:
            fields["http_client_error_count"] = self._error_count
        return fields
