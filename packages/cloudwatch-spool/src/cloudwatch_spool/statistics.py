"""The shipper's own numbers, and the file in which it publishes them."""

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

_PUBLISH_INTERVAL_S = 1.0


@dataclass
class Counters:
    """Counted since the shipper started."""

    started_at: float = 0.0
    events_shipped: int = 0
    bytes_shipped: int = 0
    batches_shipped: int = 0
    retries: int = 0
    events_clamped: int = 0
    events_quarantined: int = 0
    events_dropped: int = 0
    events_damaged: int = 0
    problem: str | None = None
    """The error that delivery waits on now."""
    clock_skew_s: float | None = None
    """How far this host's clock is ahead of CloudWatch's, as of the last answer."""


class Statistics(Counters):
    """Counters that are published as `status.json` in the spool's folder, at most once a second."""

    def __init__(self, folder: Path) -> None:
        """Begins at zero."""
        super().__init__(started_at=time.time())
        self._path = folder / "status.json"
        self._publish_at = 0.0

    def failed(self, problem: str) -> None:
        """A call has failed and will be tried again."""
        self.retries += 1
        self.problem = problem
        self.publish()

    def publish(self, *, now: bool = False) -> None:
        """Write the file if it is time to, or `now`. A full disk is no reason to stop shipping."""
        if not now and time.monotonic() < self._publish_at:
            return
        self._publish_at = time.monotonic() + _PUBLISH_INTERVAL_S
        new = self._path.with_suffix(".new-json")
        try:
            new.write_bytes(
                orjson.dumps(self.as_fields() | {"updated_at": time.time(), "pid": os.getpid()})
            )
            new.replace(self._path)
        except OSError:
            return

    def as_fields(self) -> dict[str, object]:
        """The numbers by name."""
        return asdict(self)
