"""Delivery to CloudWatch Logs: tried until accepted, whatever the answer."""

import sys
import time
from collections.abc import Sequence
from itertools import count

import orjson
from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # it ships no types

from .answers import Verdict, error_code, judge, remedy
from .backoff import Backoff
from .batch import batches
from .event import Event, clamped, own_event
from .isolate import RefusedAnywayError, isolate
from .log_stream import LogStream, Receipt, server_time_ms
from .rejects import Rejects
from .statistics import Statistics
from .stop import Stop


class _InvalidBatchError(Exception):
    """CloudWatch refuses the call because of something in it."""


class CloudWatchDelivery:
    """Gets events into one log stream, or does not return.

    Throttling, outages, missing streams, expired credentials and missing permissions are waited out
    with full jitter. Events outside the time that CloudWatch takes are sent again under its present
    time. An event that it refuses altogether is kept in a file, and a marker is delivered in its
    place.
    """

    def __init__(
        self,
        log_stream: LogStream,
        *,
        rejects: Rejects,
        stop: Stop,
        statistics: Statistics,
        name: str,
        backoff: Backoff | None = None,
    ) -> None:
        """`name` begins the event ids of this shipper's markers."""
        self._log_stream = log_stream
        self._rejects = rejects
        self._stop = stop
        self._statistics = statistics
        self._backoff = backoff or Backoff()
        self._marker_ids = (f"{name}-marker{number}" for number in count())

    def send(self, events: Sequence[Event]) -> None:
        """Return when every event is accepted or kept as refused; raises DeadlineError when time is
        over.
        """
        for batch in batches(events):
            if not self._accepts(batch):
                self._isolate(batch)

    def close(self) -> None:
        """Give the connection back."""
        self._log_stream.renew()

    def _accepts(self, batch: list[Event]) -> bool:
        """Deliver a batch; false if CloudWatch finds an event in it invalid."""
        try:
            receipt = self._put(batch)
        except _InvalidBatchError:
            return False
        self._resend(batch, receipt)
        return True

    def _put(self, batch: list[Event]) -> Receipt:
        while True:
            self._stop.check()
            try:
                receipt = self._log_stream.put(batch)
            except Exception as error:
                if self._answer(error) is Verdict.ACCEPTED:
                    return Receipt({}, None)
            else:
                self._succeeded(batch, receipt)
                return receipt

    def _answer(self, error: Exception) -> Verdict:
        """Do what the error asks for; the caller tries again unless the batch was accepted before."""
        verdict = judge(error)
        if verdict is Verdict.ISOLATE:
            raise _InvalidBatchError from error
        if verdict is Verdict.ACCEPTED:
            return verdict
        if verdict is not Verdict.CREATE or not self._create():
            self._report(error)
        if verdict is Verdict.RENEW:
            self._log_stream.renew()
        self._stop.wait(self._backoff.next_s())
        return verdict

    def _create(self) -> bool:
        try:
            self._log_stream.create()
        except Exception as error:  # any: what it means shows at the next try
            self._report(error)
            if judge(error) is Verdict.RENEW:
                self._log_stream.renew()
            return False
        return True

    def _resend(self, batch: list[Event], receipt: Receipt) -> None:
        """Send the rejected events once more, under the time that CloudWatch has."""
        if not receipt.rejected:
            return
        now_ms = receipt.server_time_ms or int(time.time() * 1000)
        rejected = [(batch[index], reason) for index, reason in sorted(receipt.rejected.items())]
        self._quarantine([event for event, _ in rejected if event.is_clamped])
        again = [
            clamped(event, now_ms, reason) for event, reason in rejected if not event.is_clamped
        ]
        self._statistics.events_clamped += len(again)
        self.send(again)

    def _isolate(self, batch: list[Event]) -> None:
        while batch:
            try:
                return self._quarantine(
                    isolate(batch, self._accepts, self._marker), with_marker=False
                )
            except RefusedAnywayError as error:
                self._report(error)
                batch = error.undelivered
                self._stop.wait(self._backoff.next_s())

    def _quarantine(self, events: list[Event], *, with_marker: bool = True) -> None:
        if not events:
            return
        self._keep(events)
        self._statistics.events_quarantined += len(events)
        if with_marker:
            self.send([self._marker(event) for event in events])

    def _keep(self, events: list[Event]) -> None:
        while True:
            try:
                return self._rejects.keep(events)
            except OSError as error:  # a full disk: no reason to forget what they said
                self._report(error)
                self._stop.wait(self._backoff.next_s())

    def _marker(self, event: Event) -> Event:
        return own_event(
            next(self._marker_ids),
            event.timestamp_ms,
            level="ERROR",
            event="delivery_rejected",
            message="CloudWatch refused an event; it is kept in the spool's rejected.ndjson",
            rejected_bytes=len(event.message),
            rejected_event_id=orjson.loads(event.message)[
                "event_id"
            ],  # no more: its text may be the fault
        )

    def _succeeded(self, batch: list[Event], receipt: Receipt) -> None:
        statistics = self._statistics
        if statistics.problem:
            print(
                f"delivery to CloudWatch goes on after: {statistics.problem}",
                file=sys.stderr,
                flush=True,
            )
        self._backoff.reset()
        statistics.problem = None
        statistics.batches_shipped += 1
        self._note_clock(receipt.server_time_ms)

    def _report(self, error: Exception) -> None:
        problem = f"{error_code(error)}: {error}"
        if self._statistics.problem is None:
            advice = remedy(error) or "It tries again."
            print(f"delivery to CloudWatch waits: {problem} {advice}", file=sys.stderr, flush=True)
        self._statistics.failed(problem)
        if isinstance(error, ClientError):
            self._note_clock(server_time_ms(error.response))

    def _note_clock(self, server_ms: int | None) -> None:
        if server_ms is not None:
            self._statistics.clock_skew_s = round(time.time() - server_ms / 1000, 1)
