"""When the shipper has to end: asked by a signal, and then at a deadline."""

import os
import select
import signal
import time
from types import FrameType


class DeadlineError(Exception):
    """The time for draining is over; what is not delivered stays on disk."""


class Stop:
    """A request to stop that cuts waiting short. The first one starts the deadline, the second ends
    it.
    """

    def __init__(self, *, deadline_s: float | None) -> None:
        """`deadline_s`: how long work may go on after the request; None for as long as it takes."""
        self._deadline_s = deadline_s
        self._deadline: float | None = None
        self.is_requested = False
        self._readable, self._writable = os.pipe()
        os.set_blocking(self._writable, False)

    def on_signals(self) -> None:
        """Take SIGTERM and SIGINT as the request."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def request(self) -> None:
        """Ask for the end."""
        if self.is_requested:
            self._deadline = time.monotonic()
        elif self._deadline_s is not None:
            self._deadline = time.monotonic() + self._deadline_s
        self.is_requested = True

    def check(self) -> None:
        """Raises DeadlineError when the time is over."""
        if self._deadline is not None and time.monotonic() >= self._deadline:
            raise DeadlineError

    def wait(self, seconds: float) -> None:
        """Wait, at most until a new request or the deadline; raises DeadlineError when that is
        over.
        """
        self.check()
        if self._deadline is not None:
            seconds = min(seconds, self._deadline - time.monotonic())
        if select.select([self._readable], [], [], max(seconds, 0))[0]:
            os.read(self._readable, 16)
        self.check()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.request()
        os.write(self._writable, b"!")
