"""The log lines of a load test, asked for in slices that an answer of Logs Insights can hold."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import duckdb

from logs_insights import Results, TimeRange
from todo.views.tracing import moment_ms

__all__ = ["Ask", "Counting", "Piece", "Progress", "count_lines", "load_lines", "load_sample"]

MOST_ROWS = 10_000  # of a slice: AWS answers with that many at once
_LIMIT = 100_000  # rows of an answer; AWS, "Logs Insights query limits", read 2026-11
_BINS = ((1, "1s"), (10, "10s"), (60, "1m"), (600, "10m"), (3600, "1h"))

Ask = Callable[[str, TimeRange], Results]
Progress = Callable[[str], None]


class Counting:
    """A way to ask that adds up what the answers took to find, since AWS bills that."""

    def __init__(self, ask: Ask) -> None:
        """Has added up nothing yet."""
        self._ask = ask
        self.bytes_scanned = 0.0

    def __call__(self, text: str, span: TimeRange) -> Results:
        """The answer of the one that it was made of."""
        results = self._ask(text, span)
        self.bytes_scanned += results.statistics.bytes_scanned
        return results


@dataclass(frozen=True)
class Piece:
    """A piece of time, in milliseconds since 1970, and how many lines the run has in it."""

    start_ms: int
    end_ms: int
    lines: int


def count_lines(ask: Ask, run_id: str, condition: str, span: TimeRange) -> list[Piece]:
    """How many lines of the run fulfil the condition, in consecutive pieces of the span."""
    length_s = ((span.end_ms or 0) - (span.start_ms or 0)) / 1000
    size_s, size = next((each for each in _BINS if length_s / each[0] < MOST_ROWS), _BINS[-1])
    text = (
        f"{_filter(run_id, condition)} | stats count(*) as n by bin({size}) as moment"
        f" | sort moment asc | limit {MOST_ROWS}"
    )
    counted = []
    for record in ask(text, span).records():
        start_ms = int(moment_ms(record["moment"]))
        counted.append(Piece(start_ms, start_ms + size_s * 1000, int(float(record["n"]))))
    return counted


def load_lines(
    database: duckdb.DuckDBPyConnection,
    ask: Ask,
    run_id: str,
    condition: str,
    fields: Sequence[str],
    counted: list[Piece],
    *,
    into: str,
    most_slices: int | None = None,
    whole_every: int | None = None,
    on_progress: Progress = lambda text: None,
) -> float:
    """Makes the table `into` of the lines that fulfil the condition, a text column for each field,
    and says which share of them it has.

    At most so many slices are asked for, evenly over the run. Every `whole_every`th slice has its
    lines as they are in the column @message. Raises InsightsError.
    """
    columns = [*fields, "@message"]
    _create(database, into, columns)
    slices = list(_slices(counted))
    step = 1 if most_slices is None else max(1, -(-len(slices) // most_slices))
    total, fetched = sum(piece.lines for piece in counted), 0
    for number, span in enumerate(slices[::step]):
        wanted = columns if whole_every and number % whole_every == 0 else fields
        exactly = f"{condition} and {_within(span)}"  # AWS asks about whole seconds
        text = f"{_filter(run_id, exactly)} | fields {', '.join(wanted)} | limit {_LIMIT}"
        records = ask(text, span).records()
        _insert(database, into, columns, records)
        fetched += len(records)
        on_progress(f"{fetched:,} of {total:,} log lines")
    return fetched / total if total else 1.0


def load_sample(
    database: duckdb.DuckDBPyConnection,
    ask: Ask,
    run_id: str,
    condition: str,
    fields: Sequence[str],
    span: TimeRange,
    *,
    into: str,
    most_slices: int,
) -> None:
    """Makes the table `into` as `load_lines` does, in one question where one answer holds all."""
    text = f"{_filter(run_id, condition)} | fields {', '.join(fields)} | limit {MOST_ROWS}"
    records = ask(text, span).records()
    if len(records) < MOST_ROWS:
        _create(database, into, fields)
        _insert(database, into, fields, records)
        return
    counted = count_lines(ask, run_id, condition, span)
    load_lines(
        database, ask, run_id, condition, fields, counted, into=into, most_slices=most_slices
    )


def _create(database: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]) -> None:
    described = ", ".join(f'"{name}" VARCHAR' for name in columns)
    database.execute(f"CREATE TEMP TABLE {table} ({described})")


def _filter(run_id: str, condition: str) -> str:
    return f'filter run_id = "{run_id}" and {condition}'


def _within(span: TimeRange) -> str:
    moment = "toMillis(@timestamp)"
    return f"{moment} >= {span.start_ms} and {moment} <= {span.end_ms}"


def _slices(counted: list[Piece]) -> Iterator[TimeRange]:
    """Consecutive ranges of time with no more lines than a slice holds."""
    start_ms, end_ms, held = 0, 0, 0
    for piece in counted:
        if held and held + piece.lines > MOST_ROWS:
            yield TimeRange(start_ms, end_ms - 1)
            held = 0
        if piece.lines > MOST_ROWS:
            yield from _parts(piece, -(-piece.lines // (MOST_ROWS // 2)))
            continue
        if not held:
            start_ms = piece.start_ms
        end_ms, held = piece.end_ms, held + piece.lines
    if held:
        yield TimeRange(start_ms, end_ms - 1)


def _parts(piece: Piece, n: int) -> Iterator[TimeRange]:
    """The piece in `n` parts of the same length; lines are not spread evenly, so that a part may
    have more than its share.
    """
    length_ms = max((piece.end_ms - piece.start_ms) // n, 1)
    for start_ms in range(piece.start_ms, piece.end_ms, length_ms):
        yield TimeRange(start_ms, min(start_ms + length_ms, piece.end_ms) - 1)


def _insert(
    database: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[str],
    records: list[dict[str, str]],
) -> None:
    if records:
        values = [[record.get(name) for record in records] for name in columns]
        places = ", ".join(["unnest(?)"] * len(columns))
        database.execute(f"INSERT INTO {table} SELECT {places}", values)  # our own names
