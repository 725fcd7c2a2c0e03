"""Who waits for a thread, and who is sent away because it would take too long."""

import threading
import time
from collections import deque

from .request import Request

__all__ = ["Admission"]

_NEW = 0.05  # the weight of the latest request in the mean of their times
# It counts for so many times the mean at the most: one that is slow alone holds up nobody, and what
# holds all threads shows in how long it does.
_MOST = 10
_FIRST_GUESS_S = 0.01
_CALM_AFTER_S = 1.0
# Of the time that a request may wait, what it is expected to wait at the most: whoever is taken and
# then waits too long after all has waited in vain.
_EXPECTED = 0.8


class Admission:
    """A queue in front of a number of threads, bounded by how long its last would wait.

    How long that is follows from a moving mean of what requests took, and from how long ago one was
    last begun or finished: whatever holds all threads is expected to hold them for as long again.
    One slow request among many quick ones changes little.
    """

    def __init__(self, threads: int, queue_s: float) -> None:
        """An empty queue."""
        self.threads = threads
        self.queue_s = queue_s
        self.busy = 0
        self.finished = 0
        self.last_change_s = time.monotonic()  # when a request was last begun or finished
        self._lock = threading.Lock()
        self._waiting: deque[Request] = deque()
        self._mean_s = _FIRST_GUESS_S
        self._refusing_since_s = 0.0
        self._last_refused_s = 0.0

    def enter(self, request: Request) -> bool:
        """Puts the request into the queue; False when it would wait there for too long."""
        with self._lock:
            if self.busy >= self.threads and self._wait_s() > self.queue_s * _EXPECTED:
                self._refused()
                return False
            self._waiting.append(request)
            return True

    def begin(self) -> Request | None:
        """Takes a thread for the request that has waited longest; None when either is missing."""
        with self._lock:
            if not self._waiting or self.busy >= self.threads:
                return None
            self.busy += 1
            self.last_change_s = time.monotonic()
            return self._waiting.popleft()

    def finish(self, service_s: float | None) -> None:
        """Gives the thread back. `service_s` is how long the app took; None if it was not asked."""
        with self._lock:
            self.busy -= 1
            self.finished += 1
            self.last_change_s = time.monotonic()
            if service_s is not None:
                self._mean_s += (min(service_s, _MOST * self._mean_s) - self._mean_s) * _NEW

    def is_full(self) -> bool:
        """Whether every thread is in the app."""
        return self.busy >= self.threads

    def has_work(self) -> bool:
        """Whether `begin` would find something."""
        return bool(self._waiting) and self.busy < self.threads

    def is_expired(self, request: Request, now_s: float) -> bool:
        """Whether it has waited for so long that it must not be begun."""
        return now_s - request.complete_s > self.queue_s

    def take_expired(self, now_s: float) -> list[Request]:
        """Takes those out of the queue that have waited for too long."""
        expired = []
        with self._lock:
            while self._waiting and self.is_expired(self._waiting[0], now_s):
                expired.append(self._waiting.popleft())
                self._refused()
        return expired

    def take_all(self) -> list[Request]:
        """Empties the queue."""
        with self._lock:
            everything = list(self._waiting)
            self._waiting.clear()
        return everything

    def note(self, request: Request, now_s: float) -> None:
        """Puts on the request's environ what its canonical line says of the queue."""
        request.environ |= {
            "canonical_log.queue_ms": (now_s - request.complete_s) * 1000,
            "canonical_log.threads_busy": self.busy,
            "canonical_log.threads": self.threads,
        }

    def overloaded_s(self) -> float:
        """For how long requests have been sent away, without a calm second in between."""
        now_s = time.monotonic()
        if now_s - self._last_refused_s > _CALM_AFTER_S:
            return 0.0
        return now_s - self._refusing_since_s

    def _wait_s(self) -> float:
        stalled_s = time.monotonic() - self.last_change_s
        return stalled_s + (len(self._waiting) + 1) * self._mean_s / self.threads

    def _refused(self) -> None:
        now_s = time.monotonic()
        if now_s - self._last_refused_s > _CALM_AFTER_S:
            self._refusing_since_s = now_s
        self._last_refused_s = now_s
