"""The one process that takes log events from a spool and delivers them."""

import sys
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from .collector import Collector
from .events import REPORT, Event, own_event
from .folder import ShipperLock, SpoolFolder
from .spans import SpanSpool
from .status import Backlog, Statistics, backlog
from .waiting import DeadlineError, Stop

DEFAULT_INTERVAL_S = 1.0
_REPORT_INTERVAL_S = 60.0
_TAKE_OVER_INTERVAL_S = 0.5


class Delivery(Protocol):
    """Where events go."""

    def send(self, events: Sequence[Event]) -> None:
        """Return only when all events are safe there; raises DeadlineError when time is over."""

    def close(self) -> None:
        """Let go of connections and files."""


class Shipper:
    """Reads, delivers, and only then commits: a crash repeats at most one batch and skips nothing.

    It keeps one batch in memory, however much waits on disk.
    """

    def __init__(
        self,
        folder: SpoolFolder,
        delivery: Delivery,
        *,
        new_collector: Callable[[], Collector],
        stop: Stop,
        statistics: Statistics,
        name: str,
        interval_s: float = DEFAULT_INTERVAL_S,
        report_interval_s: float | None = None,
        spans: SpanSpool | None = None,
    ) -> None:
        """`name` begins its own events' ids; both intervals are as long as something may wait.

        `new_collector` is called once this is the only shipper; `spans` gets what is delivered.
        """
        self._folder = folder
        self._delivery = delivery
        self._stop = stop
        self._statistics = statistics
        self._name = name
        self._interval_s = interval_s
        self._new_collector = new_collector
        self._spans = spans
        self._report_interval_s = (
            _REPORT_INTERVAL_S if report_interval_s is None else report_interval_s
        )
        self._report_at = time.monotonic() + self._report_interval_s
        self._report_number = 0

    def run(self, lock: ShipperLock) -> Backlog:
        """Wait for the lock, then ship until asked to stop; says what is left on disk."""
        try:
            if self._take(lock):
                self._ship()
        except DeadlineError:
            print(f"the time to drain {self._folder.path} is over", file=sys.stderr)
        finally:
            self._delivery.close()
        return backlog(self._folder)

    def _take(self, lock: ShipperLock) -> bool:
        """Get the lock; false if it is time to end before, with nothing left to do here."""
        is_drain, is_told = self._stop.is_requested, False
        while not lock.take():
            if self._stop.is_requested and not (is_drain and backlog(self._folder).events):
                return False
            if not is_told:
                is_told = True
                print(
                    f"{lock.holder()} ships {self._folder.path} already; this shipper waits, and "
                    "takes over when that one ends",
                    file=sys.stderr,
                    flush=True,
                )
            self._stop.wait(_TAKE_OVER_INTERVAL_S)
        return True

    def _ship(self) -> None:
        self._folder.remove_unfinished()
        collector = self._new_collector()
        try:
            while True:
                is_last = self._stop.is_requested
                self._ship_batch(collector)
                self._statistics.publish()
                if collector.is_full:
                    continue
                if is_last:
                    return
                self._stop.wait(self._interval_s)
        finally:
            self._statistics.publish(now=True)

    def _ship_batch(self, collector: Collector) -> None:
        events = collector.collect()
        if events:
            if time.monotonic() >= self._report_at:
                events = [*events, self._report()]
            self._delivery.send(events)
            self._statistics.shipped(events)
            if self._spans is not None:
                self._spans.store(events)
        collector.commit()

    def _report(self) -> Event:
        self._report_at = time.monotonic() + self._report_interval_s
        self._report_number += 1
        return own_event(
            f"{self._name}-report{self._report_number}",
            int(time.time() * 1000),
            level="INFO",
            event=REPORT,
            message="log delivery's own numbers",
            **backlog(self._folder).as_fields(),
            **self._statistics.as_fields(),
        )
