"""The one process that takes log events from a spool and delivers them."""

import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, TextIO

from .collector import Collector
from .destinations import Archive, CloudWatch, default_stream
from .events import REPORT, Event, own_event
from .folder import ShipperLock, SpoolFolder
from .status import Backlog, Statistics, backlog
from .waiting import DeadlineError, Stop

DEFAULT_INTERVAL_S = 1.0
_REPORT_INTERVAL_S = 60.0
_TAKE_OVER_INTERVAL_S = 0.5


def ship(
    spool: Path | str,
    to: CloudWatch | Archive,
    *,
    stop: Stop | None = None,
    drain: bool = False,
    interval_s: float = DEFAULT_INTERVAL_S,
    echo: TextIO | None = None,
    remedies: Mapping[str, str] | None = None,
) -> Backlog:
    """Deliver what is in the folder `spool` and whatever comes, until asked to stop.

    Then it goes on until the spool is empty or `stop`'s deadline is over, and says what is left
    for the next start. While another shipper is at work there, it waits and takes over when that
    one is gone, however it ended. `drain` asks for the stop at once.

    Without `stop`, SIGTERM and SIGINT are the request (in the main thread), with 15 seconds to go
    on. `interval_s` is how long events may wait to go with others; `echo` gets each delivered event
    too, as a line. `remedies` are advice in the caller's words for errors that a person has to end,
    by the error's code, such as NoCredentialsError. Raises SpoolFolderError if the folder cannot be
    used, and whatever is a bug.
    """
    with ExitStack() as stack:
        if stop is None:
            stop = Stop()
            stack.callback(stop.close)
            if threading.current_thread() is threading.main_thread():
                stack.enter_context(stop.on_signals())
        if drain:
            stop.request()
        folder = SpoolFolder(spool)
        lock = stack.enter_context(folder.shipping())
        statistics = Statistics(folder.path)
        name = f"shipper-{os.urandom(4).hex()}"
        delivery = _delivery(folder, to, name, stop, statistics, remedies)
        if echo is not None:
            from .echo import EchoingDelivery

            delivery = EchoingDelivery(delivery, echo)
        shipper = Shipper(
            folder, delivery, stop=stop, statistics=statistics, name=name, interval_s=interval_s
        )
        return shipper.run(lock)


def _delivery(
    folder: SpoolFolder,
    to: CloudWatch | Archive,
    name: str,
    stop: Stop,
    statistics: Statistics,
    remedies: Mapping[str, str] | None,
) -> "Delivery":
    stream = to.stream or default_stream()
    if isinstance(to, Archive):
        from .archive import ArchiveDelivery

        return ArchiveDelivery(to, stream, stop=stop, statistics=statistics)
    from .cloudwatch import LogStream
    from .delivery import CloudWatchDelivery, Rejects

    return CloudWatchDelivery(
        LogStream(to, stream),
        rejects=Rejects(folder.path),
        stop=stop,
        statistics=statistics,
        name=name,
        remedies=remedies,
    )


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
        stop: Stop,
        statistics: Statistics,
        name: str,
        interval_s: float = DEFAULT_INTERVAL_S,
        report_interval_s: float = _REPORT_INTERVAL_S,
    ) -> None:
        """`name` begins its own events' ids; both intervals are as long as something may wait."""
        self._folder = folder
        self._delivery = delivery
        self._stop = stop
        self._statistics = statistics
        self._name = name
        self._interval_s = interval_s
        self._report_interval_s = report_interval_s
        self._report_at = time.monotonic() + report_interval_s
        self._report_number = 0

    def run(self, lock: ShipperLock) -> Backlog:
        """Wait for the lock, then ship until asked to stop; says what is left on disk."""
        try:
            if self._take(lock):
                self._ship()
        except DeadlineError:
            print("the time to drain is over", file=sys.stderr)
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
        collector = Collector(self._folder, statistics=self._statistics)
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
