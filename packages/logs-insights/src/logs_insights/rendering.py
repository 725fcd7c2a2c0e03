"""Writes results for people (a table) and for programs (JSON, CSV)."""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .duckdb.values import looks_numeric
from .results import Results, Statistics

__all__ = [
    "as_csv",
    "as_json",
    "new_console",
    "print_table",
    "showing_progress",
    "statistics_line",
    "visible",
]

_FILE_COLUMNS = 200


def visible(text: str) -> str:
    """The text with every character that does not print as itself escaped, such as `\\x1b`.

    These are control characters, line breaks, what changes the direction of writing, what is
    invisible, and spaces other than the common one: a log line has them from strangers, who could
    clear a terminal with them, or pretend lines that nobody wrote.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def as_json(results: Results) -> str:
    """The results and statistics as GetQueryResults names them."""
    statistics = results.statistics
    counted = {
        "recordsMatched": statistics.records_matched,
        "recordsScanned": statistics.records_scanned,
        "bytesScanned": statistics.bytes_scanned,
    }
    return json.dumps(
        {"results": results.rows, "statistics": counted, "status": "Complete"}, indent=2
    )


def as_csv(results: Results) -> str:
    """A header and a line for each row; what does not print is escaped, as people read it too."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, results.columns, restval="", lineterminator="\n")
    writer.writerow({column: visible(column) for column in results.columns})
    for record in results.records():
        writer.writerow({column: visible(value) for column, value in record.items()})
    return buffer.getvalue()


def new_console() -> Console:
    """Standard output: as wide as the terminal, and wide enough for most rows where it is none."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_FILE_COLUMNS)


def print_table(console: Console, results: Results) -> None:
    """A table; columns in which all is numeric are aligned to the right, with three decimals at
    most.
    """
    table = Table(header_style="bold", box=None, pad_edge=False)
    records = results.records()
    for column in results.columns:
        present = [record[column] for record in records if column in record]
        is_numeric = bool(present) and all(map(looks_numeric, present))
        table.add_column(
            Text(visible(column)), justify="right" if is_numeric else "left", overflow="fold"
        )
    for record in records:
        table.add_row(*(_cell(record.get(column)) for column in results.columns))
    console.print(table)


def statistics_line(results: Results) -> str:
    """Rows, matched and scanned events, bytes, and the lines that could not be read."""
    statistics = results.statistics
    parts = [
        f"{len(results.rows):,} rows",
        f"{statistics.records_matched:,.0f} of {statistics.records_scanned:,.0f} events matched",
        f"{statistics.bytes_scanned / 1e6:,.1f} MB",
    ]
    if statistics.records_skipped:
        parts.append(f"{statistics.records_skipped:,} damaged lines skipped")
    return ", ".join(parts)


@contextmanager
def showing_progress() -> Iterator[Callable[[str, Statistics], None]]:
    """What `run_aws` may tell its progress to: a line of standard error, only on a terminal."""
    shown = sys.stderr.isatty()

    def show(status: str, statistics: Statistics) -> None:
        if shown:
            megabytes = statistics.bytes_scanned / 1e6
            scanned = f"{statistics.records_scanned:,.0f} events, {megabytes:,.1f} MB"
            line = f"\r\033[K{status}: {scanned} scanned (Ctrl-C stops the query)"
            print(line, end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        if shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def _cell(value: str | None) -> Text:
    if value is None:
        return Text("-", style="dim")
    is_decimal = "." in value and looks_numeric(value)
    return Text(f"{float(value):.3f}" if is_decimal else visible(value))
