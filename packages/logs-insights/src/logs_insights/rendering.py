"""Writes results for people (a table) and for programs (JSON, CSV)."""

import csv
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.cells import cell_len
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
_LEAST_WIDTH = 16  # of a text that goes on in the next line; below it nothing is readable
_GAP = 1
_SMALLEST = 0.001  # below it three decimals say nothing
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}")


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
    """A table; where its columns do not fit beside one another, a line for each name and value.

    Columns in which all is numeric are aligned to the right, with three decimals at most.
    """
    columns = [_Column(name, results) for name in results.columns]
    least = sum(column.least_width for column in columns) + _GAP * (len(columns) - 1)
    if least > console.width:
        _print_turned(console, results)
        return
    table = Table(header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(
            Text(visible(column.name)),
            justify="right" if column.is_numeric else "left",
            overflow="fold",
            no_wrap=column.is_whole,
            min_width=column.least_width,
        )
    for record in results.records():
        table.add_row(*(_cell(record.get(name)) for name in results.columns))
    console.print(table)


class _Column:
    """How wide a column has to be: a number or a time is not cut, other texts may be folded."""

    def __init__(self, name: str, results: Results) -> None:
        present = [record[name] for record in results.records() if name in record]
        self.name = name
        self.is_numeric = bool(present) and all(map(looks_numeric, present))
        self.is_whole = self.is_numeric or all(map(_TIME.fullmatch, present))
        widest = max([len(name), *(cell_len(_cell(value).plain) for value in present)])
        self.least_width = widest if self.is_whole else min(widest, _LEAST_WIDTH)


def _print_turned(console: Console, results: Results) -> None:
    """Each row as lines, with an empty one between two."""
    widest = max(cell_len(visible(name)) for name in results.columns)
    for number, record in enumerate(results.records()):
        if number:
            console.print()
        for name in results.columns:
            label = Text(f"{visible(name):<{widest}}  ", style="bold")
            console.print(label.append_text(_cell(record.get(name))), overflow="fold")


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
    if "." not in value or not looks_numeric(value):
        return Text(visible(value))
    number = float(value)
    return Text(f"{number:.3f}" if abs(number) >= _SMALLEST or not number else f"{number:.3g}")
