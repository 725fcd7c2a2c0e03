"""The files to read: those of an archive that can hold events of a time range, or files that are
named.

An archive's files are `<archive>/<log group>/<log stream>/YYYY-MM-DDTHH.ndjson`, the hour in UTC. A
name may end in .gz.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .duckdb.discovery import TimeRange
from .errors import InsightsError

_HOUR_MS = 3_600_000
_HOUR = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2})\.ndjson(\.gz)?")


@dataclass(frozen=True)
class LogFile:
    """A file of events, one JSON object a line, and the log group and stream that its events belong
    to.
    """

    path: Path
    log: str
    stream: str

    @property
    def is_compressed(self) -> bool:
        """Whether it is a gzip file."""
        return self.path.suffix == ".gz"


def archive_files(archive: Path, log_group: str, span: TimeRange) -> list[LogFile]:
    """The files of a log group that the range touches. Raises InsightsError when there is nothing
    to read.
    """
    folder = archive / log_group
    if not folder.is_dir():
        raise InsightsError(
            f"no archive at {folder}: start the application and send it a request first, or name another"
            " folder or file with --archive or --file"
        )
    every = sorted(path for path in folder.rglob("*.ndjson*") if _HOUR.fullmatch(path.name))
    if not every:
        raise InsightsError(f"the archive {folder} is empty: no request has been logged yet")
    return [
        LogFile(path, log_group, path.parent.relative_to(folder).as_posix())
        for path in every
        if _touches(path, span)
    ]


def named_files(paths: Iterable[Path]) -> list[LogFile]:
    """Files given by name; each is a log stream of its own."""
    files = [LogFile(path, path.parent.name, path.name) for path in paths]
    for file in files:
        if not file.path.is_file():
            raise InsightsError(f"there is no file {file.path}")
    return files


def _touches(path: Path, span: TimeRange) -> bool:
    hour = datetime.strptime(path.name[:13], "%Y-%m-%dT%H").replace(tzinfo=UTC)
    start_ms = int(hour.timestamp() * 1000)
    after_start = span.start_ms is None or start_ms + _HOUR_MS > span.start_ms
    return after_start and (span.end_ms is None or start_ms <= span.end_ms)
