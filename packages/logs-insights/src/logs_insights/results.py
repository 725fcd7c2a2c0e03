"""Results in the shape of CloudWatch's GetQueryResults."""

from dataclasses import dataclass
from datetime import datetime

DEFAULT_LIMIT = 10_000
"""Rows of an answer without a `limit`. AWS, "Logs Insights query limits", read 2026-11."""

_SHORT = 14  # characters; a number that really has more digits keeps them all

Row = list[dict[str, str]]


@dataclass(frozen=True)
class Statistics:
    """What answering took. `records_skipped` are lines that are not UTF-8, or longer than an event
    can be; AWS has no such count.
    """

    records_matched: float
    records_scanned: float
    bytes_scanned: float
    records_skipped: int = 0


@dataclass(frozen=True)
class Results:
    """The rows, each a list of {"field": ..., "value": ...} without missing values, and the columns
    in order. `warnings` say what the query may not have meant: a field that no event has.
    """

    columns: list[str]
    rows: list[Row]
    statistics: Statistics
    warnings: tuple[str, ...] = ()

    def records(self) -> list[dict[str, str]]:
        """The rows as dicts of column and value."""
        return [{cell["field"]: cell["value"] for cell in row} for row in self.rows]


def written(value: object) -> str | None:
    """A value as results show it: whole numbers without a point, times to the millisecond; None if
    missing.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return _written_number(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"
    return str(value)


def _written_number(value: float) -> str | None:
    if value != value or value in (float("inf"), float("-inf")):
        return None
    if value.is_integer() and abs(value) < 1e18:
        return str(int(value))
    short = f"{value:.15g}"  # what was added up may be 31.60700000000001
    return short if len(short) <= _SHORT else repr(value)
