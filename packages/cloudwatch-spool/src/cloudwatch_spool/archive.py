"""Files of delivered events on this host: one JSON object a line, one file an hour.

Their layout is known only here: `<archive>/<group>/<stream>/YYYY-MM-DDTHH.ndjson`, the hour in UTC.
A file may be compressed by whoever likes to, and then ends in `.gz`.
"""

import os
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from .destinations import Archive
from .events import Event
from .status import Statistics
from .waiting import Backoff, Stop

_SWEEP_INTERVAL_S = 60
_HOUR_FORMAT = "%Y-%m-%dT%H"
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2})\.ndjson(?:\.gz)?")


class ArchiveFile(NamedTuple):
    """A file of an archive, with what its path says."""

    path: Path
    group: str
    stream: str
    hour: datetime
    """When its hour begins, in UTC."""


def archive_files(
    archive: Path | str,
    group: str,
    *,
    start_ms: int | None = None,
    end_ms: int | None = None,
) -> Iterator[ArchiveFile]:
    """The files of a log group that can hold events from `start_ms` to `end_ms`, both inclusive.

    Times are in milliseconds since 1970; None leaves that side open. Without an archive there, or
    without a file in it, there is nothing to yield.
    """
    folder = _group_folder(Path(archive), group)
    for path in sorted(folder.rglob("*.ndjson*")):
        hour = _hour_of(path)
        if hour is not None and _touches(hour, start_ms, end_ms):
            yield ArchiveFile(path, group, path.parent.relative_to(folder).as_posix(), hour)


class ArchiveDelivery:
    """Appends events to the archive, and deletes what is too old or too much."""

    def __init__(self, to: Archive, stream: str, *, stop: Stop, statistics: Statistics) -> None:
        """Raises ValueError if group or stream would lead out of the archive."""
        self._archive = Path(to.path)
        self._folder = (_group_folder(self._archive, to.group) / stream).resolve()
        if not self._folder.is_relative_to(self._archive.resolve()):
            raise ValueError(
                f"The log group {to.group!r} and stream {stream!r} lead out of {to.path}."
            )
        self._retention_days = to.retention_days
        self._max_bytes = to.max_bytes
        self._stop = stop
        self._statistics = statistics
        self._backoff = Backoff()
        self._whole: set[Path] = set()  # files known to end with a line's end
        self._sweep_at = 0.0

    def send(self, events: Sequence[Event]) -> None:
        """Return when all events are written, however long the disk is full.

        Raises DeadlineError.
        """
        hours: dict[str, list[bytes]] = defaultdict(list)
        for event in events:
            hours[_name(event.timestamp_ms)].append(event.message)
        for name, messages in hours.items():
            self._append(self._folder / name, b"\n".join(messages) + b"\n")
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
                self._statistics.succeeded()
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
    """Delete what is older, and the oldest files until the rest fits; never the newest."""
    named = ((path, _hour_of(path)) for path in archive.rglob("*.ndjson*"))
    hours = {path: hour for path, hour in named if hour is not None}
    oldest = datetime.now(UTC) - timedelta(days=retention_days, hours=1)
    total_bytes = 0
    for number, path in enumerate(sorted(hours, key=lambda path: path.name, reverse=True)):
        total_bytes += path.stat().st_size
        if number and (hours[path] < oldest or total_bytes > max_bytes):
            path.unlink(missing_ok=True)


def _group_folder(archive: Path, group: str) -> Path:
    """CloudWatch's own groups begin with a slash; in the archive that is no root."""
    return archive / group.lstrip("/")


def _name(timestamp_ms: int) -> str:
    return datetime.fromtimestamp(timestamp_ms / 1000, UTC).strftime(_HOUR_FORMAT) + ".ndjson"


def _hour_of(path: Path) -> datetime | None:
    match = _NAME.fullmatch(path.name)
    try:
        return match and datetime.strptime(match[1], _HOUR_FORMAT).replace(tzinfo=UTC)
    except ValueError:  # such as the 31st of February
        return None


def _touches(hour: datetime, start_ms: int | None, end_ms: int | None) -> bool:
    first_ms = int(hour.timestamp() * 1000)
    is_after_start = start_ms is None or first_ms + 3_600_000 > start_ms
    return is_after_start and (end_ms is None or first_ms <= end_ms)


def _cut_torn_line(path: Path) -> None:
    """Remove a last line without its end: the shipper was killed while it wrote the batch."""
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
