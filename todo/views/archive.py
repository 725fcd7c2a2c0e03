"""The files of the archive on this machine that a query about a time range has to read."""

from pathlib import Path

import cloudwatch_spool
from logs_insights import InsightsError, LogFile, TimeRange

__all__ = ["archive_files"]


def archive_files(archive: Path, log_group: str, time_range: TimeRange) -> list[LogFile]:
    """The files of a log group that the range touches, as a query takes them.

    Raises InsightsError when there is nothing to read.
    """
    every = list(cloudwatch_spool.archive_files(archive, log_group))
    if not every:
        raise InsightsError(
            f"no log lines of the group {log_group} in the archive {archive}: start the application"
            " and send it a request first, or name another folder or file with --archive or --file"
        )
    touched = cloudwatch_spool.archive_files(
        archive, log_group, start_ms=time_range.start_ms, end_ms=time_range.end_ms
    )
    return [LogFile(file.path, file.group, file.stream) for file in touched]
