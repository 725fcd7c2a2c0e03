"""How the shipper waits: until it is asked to stop, and longer after each failure."""

import os
import random
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

DEFAULT_DEADLINE_S = 15.0

_FIRST_S = 0.1
_LAST_S = 20.0


class DeadlineError(Exception):
    """The time for draining is over; what is not delivered stays on disk."""


class Stop:
    """A request to stop that cuts waiting short.

    The first one starts the deadline, the second ends it. It may come from a signal handler or
    from any thread.
    """

    def __init__(
        self, *, deadline_s: float | None = DEFAULT_DEADLINE_S, leader: "Stop | None" = None
    ) -> None:
        """`deadline_s`: how long work may go on after the request; None for as long as it takes.

        The work that this one stops also ends at `leader`'s deadline.
        """
        self._deadline_s = deadline_s
        self._own_deadline: float | None = None
        self._leader = leader
        self._followers: list[Stop] = []
        self.is_requested = False
        self._readable, self._writable = os.pipe()
        os.set_blocking(self._writable, False)

    def follower(self) -> "Stop":
        """A Stop for work that is asked to end apart from this one's, with its deadline too."""
        follower = Stop(deadline_s=self._deadline_s, leader=self)
        self._followers.append(follower)
        return follower

    def close(self) -> None:
        """Give the pipe back that waiting listens on."""
        if self._leader is not None:
            self._leader._followers.remove(self)
        os.close(self._readable)
        os.close(self._writable)

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Take SIGTERM and SIGINT as the request meanwhile. Only the main thread may do that."""
        numbers = (signal.SIGTERM, signal.SIGINT)
        before = {number: signal.signal(number, self._on_signal) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def request(self) -> None:
        """Ask for the end."""
        if self.is_requested:
            self._own_deadline = time.monotonic()
        elif self._deadline_s is not None:
            self._own_deadline = time.monotonic() + self._deadline_s
        self.is_requested = True
        for waiting in (self, *self._followers):
            with suppress(BlockingIOError):  # the pipe is full of requests
                os.write(waiting._writable, b"!")

    def check(self) -> None:
        """Raises DeadlineError when the time is over."""
        deadline = self._deadline()
        if deadline is not None and time.monotonic() >= deadline:
            raise DeadlineError

    def _deadline(self) -> float | None:
        of_leader = self._leader._deadline() if self._leader else None
        known = [each for each in (self._own_deadline, of_leader) if each is not None]
        return min(known, default=None)

    def wait(self, seconds: float) -> None:
        """Wait, at most until a new request or the deadline; raises DeadlineError after that."""
        self.check()
        deadline = self._deadline()
        if deadline is not None:
            seconds = min(seconds, deadline - time.monotonic())
        if select.select([self._readable], [], [], max(seconds, 0))[0]:
            os.read(self._readable, 16)
        self.check()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.request()


class Backoff:
    """Full jitter: a random wait under a bound that doubles with each failure.

    So callers that failed together spread out.
    """

    def __init__(self, *, first_s: float = _FIRST_S, last_s: float = _LAST_S) -> None:
        """Bounds of the wait in seconds: after the first failure, and at most."""
        self._first_s = first_s
        self._last_s = last_s
        self._failures = 0

    def next_s(self) -> float:
        """The wait after one more failure."""
        bound_s = min(self._first_s * 2 ** min(self._failures, 30), self._last_s)
        self._failures += 1
        return random.uniform(bound_s / 10, bound_s)  # noqa: S311  # spreads load, protects nothing

    def reset(self) -> None:
        """Begin anew after a success."""
        self._failures = 0
