"""SQL that reads the lines of files: quickly where all of it is text, else line by line."""

# ruff: noqa: S608 - these modules exist to write SQL; every name and text in it is quoted

import os
from collections.abc import Sequence

from ..files import LogFile
from .values import quoted

_MAX_LINE_BYTES = (
    1_100_000  # an event has at most 1 MB; AWS, "CloudWatch Logs quotas", read 2026-11
)
_MAX_WHOLE_BYTES = 32_000_000  # a thread holds a file of at most this size
_BYTE_ORDER_MARK = 0xFEFF
_BUFFER_BYTES = 4_000_000
_DELIMITER = "\x01\x02\x03\x04"  # of columns, of which a line has one: in no text
_MAX_REJECTS = 10_000  # lines that are too long or not UTF-8 are counted up to here
_DOUBTFUL = "error('a line that has to be looked at closely')::BOOLEAN"


def _is_read_whole(file: LogFile) -> bool:
    """Whether the file is small enough to be held in memory, and its last line has an end: after
    that there is one more, which is empty.
    """
    if file.is_compressed or not 0 < file.path.stat().st_size <= _MAX_WHOLE_BYTES:
        return False
    with file.path.open("rb") as opened:
        opened.seek(-1, os.SEEK_END)
        return opened.read() == b"\n"


def lines_sql(files: Sequence[LogFile], *, damaged: bool) -> str:
    """SELECT of `line` and `filename`.

    Unless `damaged`, it may fail where there is more in the files than lines of UTF-8.
    """
    groups: dict[str, list[LogFile]] = {}
    for file in files:
        whole = not damaged and _is_read_whole(file)
        kind = "gzip" if file.is_compressed else "whole" if whole else "none"
        groups.setdefault(kind, []).append(file)
    return " UNION ALL ".join(
        _whole_sql(group) if kind == "whole" else _one_by_one_sql(group, kind)
        for kind, group in groups.items()
    )


def _paths(files: Sequence[LogFile]) -> str:
    return ", ".join(quoted(str(file.path)) for file in files)


def _whole_sql(files: Sequence[LogFile]) -> str:
    """Each file as one text, which is split: three times as fast as what can skip a line.

    OFFSET 0 keeps the database from copying the whole text for each batch of its lines.
    """
    return (
        "SELECT line, filename FROM (SELECT unnest(lines) AS line, filename FROM"
        " (SELECT string_split(content, chr(10)) AS lines, filename"
        f" FROM read_text([{_paths(files)}])"
        f" WHERE NOT starts_with(content, chr({_BYTE_ORDER_MARK})) OR {_DOUBTFUL} OFFSET 0))"
        f" WHERE (strlen(line) <= {_MAX_LINE_BYTES} AND NOT ends_with(line, chr(13)))"
        f" OR {_DOUBTFUL}"
    )


def _one_by_one_sql(files: Sequence[LogFile], compression: str) -> str:
    """Each line as one text; no character of it is a delimiter, a quote or an escape here."""
    return (
        f"SELECT line, filename FROM read_csv([{_paths(files)}], columns = {{'line': 'VARCHAR'}},"
        f" filename = true, compression = '{compression}', header = false, auto_detect = false,"
        f" delim = '{_DELIMITER}', quote = '', escape = '', strict_mode = false,"
        f" store_rejects = true, rejects_limit = {_MAX_REJECTS}, max_line_size = {_MAX_LINE_BYTES},"
        f" buffer_size = {_BUFFER_BYTES})"
    )
