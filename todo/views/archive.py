"""The files of the archive on this machine that a query about a time range has to read."""

from collections.abc import Iterable
from pathlib import Path

import cloudwatch_spool
from logs_insights import InsightsError, LogFile, Reads, TimeRange, reads

__all__ = ["archive_files"]


def archive_files(
    archive: Path, log_groups: str | Iterable[str], time_range: TimeRange, text: str | None = None
) -> list[LogFile]:
    """The files of these log groups that the range touches; where a query names them, those of
    other groups and times, too.

    Raises QueryError for the query, InsightsError when there is nothing to read.
    """
    asked = [log_groups] if isinstance(log_groups, str) else list(log_groups)
    needed = reads(text, time_range) if text else Reads((), False, time_range)
    groups = [*asked, *needed.log_groups, *(_folders(archive) if needed.every else ())]
    for group in groups:
        if not (archive / group.strip("/")).resolve().is_relative_to(archive.resolve()):
            raise InsightsError(f"the log group {group!r} leads out of the archive {archive}")
    found = [
        LogFile(file.path, file.group, file.stream)
        for group in dict.fromkeys(each.strip("/") for each in groups)
        for file in cloudwatch_spool.archive_files(
            archive,
            group,
            start_ms=needed.time_range.start_ms,
            end_ms=needed.time_range.end_ms,
        )
    ]
    if not found and not any(any(cloudwatch_spool.archive_files(archive, each)) for each in asked):
        raise InsightsError(
            f"no log lines of the group {asked[0]} in the archive {archive}: start the application"
            " and send it a request first, or name another folder or file with --archive or --file"
        )
    return found


def _folders(archive: Path) -> list[str]:
    """The log groups whose names have no slash."""
    return sorted(path.name for path in archive.iterdir() if path.is_dir())
