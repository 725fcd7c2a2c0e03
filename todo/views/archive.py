"""The files of the archive on this machine that a query about a time range has to read.

They are `<archive>/<log group>/<log stream>/YYYY-MM-DDTHH.ndjson`, the hour in UTC. A name may end
in .gz.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

from logs_insights import InsightsError, LogFile, TimeRange

__all__ = ["archive_files"]

_HOUR_MS = 3_600_000
_HOUR = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2})\.ndjson(\.gz)?")


def archive_files(archive: Path, log_group: str, time_range: TimeRange) -> list[LogFile]:
    """The files of a log group that the range touches. Raises InsightsError when there is nothing
    to read.
    """
    folder = archive / log_group
    if not folder.is_dir():
        raise InsightsError(
            f"no archive at {folder}: start the application and send it a request first, or name"
            " another folder or file with --archive or --file"
        )
    every = sorted(path for path in folder.rglob("*.ndjson*") if _HOUR.fullmatch(path.name))
    if not every:
        raise InsightsError(f"the archive {folder} is empty: no request has been logged yet")
    return [
        LogFile(path, log_group, path.parent.relative_to(folder).as_posix())
        for path in every
        if _touches(path, time_range)
    ]


def _touches(path: Path, time_range: TimeRange) -> bool:
    hour = datetime.strptime(path.name[:13], "%Y-%m-%dT%H").replace(tzinfo=UTC)
    start_ms = int(hour.timestamp() * 1000)
    after_start = time_range.start_ms is None or start_ms + _HOUR_MS > time_range.start_ms
    return after_start and (time_range.end_ms is None or start_ms <= time_range.end_ms)
