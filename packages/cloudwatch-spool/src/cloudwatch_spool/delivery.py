"""Delivery to an endpoint on the network: tried until accepted, whatever the answer."""

import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import count
from pathlib import Path

from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # it ships no types

from .answers import WAITED_OUT, Verdict, error_code, judge, remedy, retry_after_s
from .calls import Calls
from .endpoint import Endpoint, Receipt, batches, server_time_ms
from .events import Event, clamped
from .isolate import RefusedAnywayError, isolate
from .status import Statistics
from .waiting import Backoff, Stop

_MAX_REJECTS_BYTES = 16 << 20


class _InvalidBatchError(Exception):
    """The endpoint refuses the call because of something in it."""


class EndpointDelivery:
    """Gets events to an endpoint, or does not return.

    Throttling, outages, missing streams, expired credentials and missing permissions are waited out
    with full jitter. Events outside the time that CloudWatch takes are sent again under its present
    time. An event that is refused altogether is kept in a file, and a marker is delivered in its
    place. What is no answer of the endpoint's and no failure of the network's is a bug, and raised.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        rejects: "Rejects",
        stop: Stop,
        statistics: Statistics,
        name: str,
        remedies: Mapping[str, str] | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        """`name` begins the event ids of this shipper's markers."""
        self._endpoint = endpoint
        self._rejects = rejects
        self._stop = stop
        self._statistics = statistics
        self._remedies = remedies or {}
        self._backoff = backoff or Backoff()
        self._told: str | None = None
        self._calls = Calls(stop, on_stall=self._report)
        self._marker_ids = (f"{name}-marker{number}" for number in count())

    def send(self, events: Sequence[Event]) -> None:
        """Return when every event is accepted, or refused for good and kept.

        Raises DeadlineError when time is over.
        """
        for batch in batches(events):
            if not self._deliver(batch):
                self._deliver_without_poison(batch)

    def close(self) -> None:
        """Give the connection back."""
        self._endpoint.renew()

    def _deliver(self, batch: list[Event]) -> bool:
        """Get a batch accepted; false if the endpoint finds something in it invalid."""
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
                receipt = self._calls.make(partial(self._endpoint.put, batch))
            except WAITED_OUT as error:
                if self._answer(error) is Verdict.ACCEPTED:
                    return Receipt({}, None)
            else:
                self._succeeded(receipt)
                return receipt

    def _answer(self, error: Exception) -> Verdict:
        """Do what the error asks for; the caller tries again unless it says ACCEPTED."""
        verdict = judge(error)
        if verdict is Verdict.ISOLATE:
            raise _InvalidBatchError from error
        if verdict is Verdict.ACCEPTED:
            return verdict
        if verdict is not Verdict.CREATE or not self._create():
            self._report(error)
        if verdict is Verdict.RENEW:
            self._endpoint.renew()
        self._stop.wait(max(self._backoff.next_s(), retry_after_s(error)))
        return verdict

    def _create(self) -> bool:
        try:
            self._calls.make(self._endpoint.create)
        except WAITED_OUT as error:  # what it means shows at the next try
            self._report(error)
            if judge(error) is Verdict.RENEW:
                self._endpoint.renew()
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
        self._statistics.clamped(len(again))
        self.send(again)

    def _deliver_without_poison(self, batch: list[Event]) -> None:
        while batch:
            try:
                poison = isolate(batch, self._deliver, self._marker)
                return self._quarantine(poison, with_marker=False)
            except RefusedAnywayError as error:
                self._report(error)
                batch = error.undelivered
                self._stop.wait(self._backoff.next_s())

    def _quarantine(self, events: list[Event], *, with_marker: bool = True) -> None:
        if not events:
            return
        self._keep(events)
        self._statistics.quarantined(len(events))
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
        return self._endpoint.marker(next(self._marker_ids), event)

    def _succeeded(self, receipt: Receipt) -> None:
        self._backoff.reset()
        self._statistics.lost(dropped=receipt.dropped)
        if receipt.problem and receipt.problem != self._told:
            self._told = receipt.problem
            self._say(f"took a batch, but {receipt.problem}")
        if problem := self._statistics.succeeded():
            self._say(f"goes on after: {problem}")
        self._note_clock(receipt.server_time_ms)

    def _report(self, error: Exception) -> None:
        problem = f"{error_code(error)}: {error}"
        if self._statistics.failed(problem):
            advice = remedy(error, self._remedies) or "It tries again."
            self._say(f"waits: {problem} {advice}")
        if isinstance(error, ClientError):
            self._note_clock(server_time_ms(error.response))

    def _say(self, text: str) -> None:
        print(f"delivery to {self._endpoint.name} {text}", file=sys.stderr, flush=True)

    def _note_clock(self, server_ms: int | None) -> None:
        if server_ms is not None:
            self._statistics.noted_server_time(server_ms)


class Rejects:
    """Keeps what is refused for good, so that a person can look at it.

    Appends to one file of at most 16 MiB, with one older file beside it.
    """

    def __init__(self, folder: Path) -> None:
        """Nothing is made before there is something to keep."""
        self._path = folder / "rejected.ndjson"

    def keep(self, events: list[Event]) -> None:
        """Append the messages, one a line. Raises OSError if the disk is full."""
        if self._path.exists() and self._path.stat().st_size > _MAX_REJECTS_BYTES:
            self._path.replace(self._path.with_suffix(".old.ndjson"))
        with self._path.open("ab") as file:
            file.write(b"".join(event.message + b"\n" for event in events))
