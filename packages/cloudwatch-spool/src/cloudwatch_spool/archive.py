"""Delivery to files on this host: one JSON object a line, one file an hour."""

import os
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from .backoff import Backoff
from .event import Event
from .statistics import Statistics
from .stop import Stop

_SWEEP_INTERVAL_S = 60


class ArchiveDelivery:
    """Appends events to `<archive>/<group>/<stream>/YYYY-MM-DDTHH.ndjson`, by the UTC hour of each.

    Files older than `retention_days` are deleted, and the oldest ones beyond `max_bytes` in the
    whole archive; the newest file is kept whatever its size.
    """

    def __init__(
        self,
        archive: Path,
        group: str,
        stream: str,
        *,
        retention_days: float,
        max_bytes: int,
        stop: Stop,
        statistics: Statistics,
    ) -> None:
        """Raises ValueError if group or stream would lead out of the archive."""
        folder = (archive / group / stream).resolve()
        if not folder.is_relative_to(archive.resolve()):
            raise ValueError(
                f"The log group {group!r} and stream {stream!r} lead out of {archive}."
            )
        self._archive = archive
        self._folder = folder
        self._retention_days = retention_days
        self._max_bytes = max_bytes
        self._stop = stop
        self._statistics = statistics
        self._backoff = Backoff()
        self._whole: set[Path] = set()  # files known to end with a line's end
        self._sweep_at = 0.0

    def send(self, events: Sequence[Event]) -> None:
        """Return when all events are written, however long the disk is full; raises DeadlineError."""
        hours: dict[str, list[bytes]] = defaultdict(list)
        for event in events:
            hours[_hour(event.timestamp_ms)].append(event.message)
        for hour, messages in hours.items():
            self._append(self._folder / f"{hour}.ndjson", b"\n".join(messages) + b"\n")
        self._statistics.batches_shipped += 1
        if time.monotonic() >= self._sweep_at:
            self._sweep_at = time.monotonic() + _SWEEP_INTERVAL_S
            sweep(self._archive, retention_days=self._retention_days, max_bytes=self._max_bytes)

    def close(self) -> None:
        """Nothing is kept open."""

    def _append(self, path: Path, lines: bytes) -> None:
        while True:
            self._stop.check()
            try:
                self._write(path, lines)
            except OSError as error:
                self._statistics.failed(f"{path}: {error.strerror}")
                self._stop.wait(self._backoff.next_s())
            else:
                self._backoff.reset()
                self._statistics.problem = None
                return

    def _write(self, path: Path, lines: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab", buffering=0) as file:
            if path not in self._whole:
                _cut_torn_line(path)
                self._whole = {path}
            start = os.fstat(file.fileno()).st_size
            try:
                written = file.write(lines)
                if written != len(lines):
                    raise OSError(0, f"only {written} of {len(lines)} bytes were written")
            except OSError:
                os.ftruncate(file.fileno(), start)
                raise


def sweep(archive: Path, *, retention_days: float, max_bytes: int) -> None:
    """Delete what is older than that, and the oldest files until the rest fits; never the newest."""
    files = sorted(archive.rglob("*.ndjson"), key=lambda path: path.name, reverse=True)
    oldest_kept = _hour(int((time.time() - retention_days * 86_400) * 1000))
    total_bytes = 0
    for number, path in enumerate(files):
        total_bytes += path.stat().st_size
        if number and (path.stem < oldest_kept or total_bytes > max_bytes):
            path.unlink(missing_ok=True)


def _cut_torn_line(path: Path) -> None:
    """Remove a last line without its end: a batch that was being written when the shipper was
    killed.
    """
    with path.open("rb+") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(end - 65_536, 0)
            file.seek(start)
            line_end = file.read(end - start).rfind(b"\n")
            if line_end >= 0:
                end = start + line_end + 1
                break
            end = start
        file.truncate(end)


def _hour(timestamp_ms: int) -> str:
    return datetime.fromtimestamp(timestamp_ms / 1000, UTC).strftime("%Y-%m-%dT%H")
