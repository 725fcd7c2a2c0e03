"""The one process that takes log events from a spool and delivers them."""

import sys
import time
from collections.abc import Sequence
from typing import Protocol

from .collector import Collector
from .event import Event, own_event
from .folder import SpoolFolder
from .statistics import Statistics
from .status import Backlog, backlog
from .stop import DeadlineError, Stop

DEFAULT_INTERVAL_S = 1.0
DEFAULT_REPORT_INTERVAL_S = 60.0


class Delivery(Protocol):
    """Where events go."""

    def send(self, events: Sequence[Event]) -> None:
        """Return only when all events are safe there; raises DeadlineError when the time to stop
        has come.
        """

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
        stop: Stop,
        statistics: Statistics,
        name: str,
        interval_s: float = DEFAULT_INTERVAL_S,
        report_interval_s: float = DEFAULT_REPORT_INTERVAL_S,
    ) -> None:
        """`interval_s`: how long events may wait to go with others; `name` begins its own events'
        ids.
        """
        self._folder = folder
        self._delivery = delivery
        self._stop = stop
        self._statistics = statistics
        self._name = name
        self._interval_s = interval_s
        self._report_interval_s = report_interval_s
        self._report_at = time.monotonic() + report_interval_s
        self._report_number = 0

    def run(self) -> Backlog:
        """Ship until asked to stop, then drain until empty or the deadline; says what is left on
        disk.

        Raises SpoolBusyError if another shipper is at work on the folder.
        """
        with self._folder.shipping():
            self._folder.remove_unfinished()
            collector = Collector(self._folder, statistics=self._statistics)
            try:
                self._ship(collector)
            except DeadlineError:
                print("the time to drain is over", file=sys.stderr)
            finally:
                self._delivery.close()
                self._statistics.publish(now=True)
            return backlog(self._folder)

    def _ship(self, collector: Collector) -> None:
        while True:
            is_last = self._stop.is_requested
            self._ship_batch(collector)
            self._statistics.publish()
            if collector.is_full:
                continue
            if is_last:
                return
            self._stop.wait(self._interval_s)

    def _ship_batch(self, collector: Collector) -> None:
        events = collector.collect()
        if events:
            if time.monotonic() >= self._report_at:
                events = [*events, self._report()]
            self._delivery.send(events)
            self._statistics.events_shipped += len(events)
            self._statistics.bytes_shipped += sum(len(event.message) for event in events)
        collector.commit()

    def _report(self) -> Event:
        self._report_at = time.monotonic() + self._report_interval_s
        self._report_number += 1
        return own_event(
            f"{self._name}-report{self._report_number}",
            int(time.time() * 1000),
            level="INFO",
            event="delivery",
            message="log delivery's own numbers",
            **backlog(self._folder).as_fields(),
            **self._statistics.as_fields(),
        )
