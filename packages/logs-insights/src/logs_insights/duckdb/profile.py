"""How many lines a statement read, and how many its filters let through."""

import json
from typing import Any

import duckdb

from ..results import Statistics
from .reading import FILES_TABLE, Reading

_NARROWING = frozenset(("FILTER", "STREAMING_LIMIT", "PROJECTION", "UNION", "TABLE_SCAN"))
_READS_LINES, _READS_TEXTS = "READ_CSV", "READ_TEXT"


class Counts:
    """Adds up what the database's profiles say of the statements of one query."""

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self._scanned = 0
        self._matched = 0
        self._reads_lines = False

    def add(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Count the statement that has just run."""
        profile = json.loads(connection.get_profiling_information(format="json"))
        for operator in profile["operator"]:
            self._visit(operator)

    def statistics(self, connection: duckdb.DuckDBPyConnection, reading: Reading) -> Statistics:
        """The counts; lines that could not be read are among those scanned."""
        may_reject = self._reads_lines and reading.stores_rejects
        rejected = _count(connection, "reject_errors") if may_reject else 0
        undecodable = sum(
            _count(connection, f"{table} WHERE line IS NULL") for table in reading.found
        )
        return Statistics(
            self._matched, self._scanned + rejected, reading.size_bytes, rejected + undecodable
        )

    def _visit(self, operator: dict[str, Any]) -> bool:
        """Whether the operator and everything below it only narrow the lines."""
        rows = operator["intermediate_rows"]
        texts = _texts_split(operator)
        if texts is not None:
            self._scanned += rows - texts  # of each, what follows the end of the last line
            self._matched = rows - texts
            return True
        below = [self._visit(child) for child in operator.get("children", ())]
        source = operator["extra_info"]
        is_files = source.get("Table") == FILES_TABLE
        if not below and not is_files and _reads_lines(source):
            self._scanned += rows
            self._reads_lines |= source.get("Function") == _READS_LINES
        narrows = (
            operator["type"] in _NARROWING and all(below) and (bool(below) or _reads_lines(source))
        )
        if narrows:
            self._matched = rows
        return narrows


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - our table
    return int(row[0]) if row else 0


def _reads_lines(source: dict[str, Any]) -> bool:
    return source.get("Function") == _READS_LINES or ".found_" in str(source.get("Table", ""))


def _texts_split(operator: dict[str, Any]) -> int | None:
    """How many files' texts the operator splits into lines; None where it does something else."""
    if operator["type"] != "UNNEST":
        return None
    below = operator
    while below.get("children"):
        (below, *others) = below["children"]
        if others or below["type"] == "UNNEST":
            return None
    is_text = below["extra_info"].get("Function") == _READS_TEXTS
    return below["intermediate_rows"] if is_text else None
