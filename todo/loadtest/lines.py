"""The canonical lines of a load test's requests, asked for in slices that an answer of Logs
Insights can hold.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import duckdb

from logs_insights import InsightsError, Results, TimeRange
from todo.views.tracing import moment_ms

__all__ = ["Ask", "Piece", "Progress", "load_lines", "wait_for_lines"]

MOST_ROWS = 10_000  # of an answer; AWS, "Logs Insights query limits", read 2026-11
_BINS = ((1, "1s"), (10, "10s"), (60, "1m"), (600, "10m"), (3600, "1h"))
_POLL_S = 2.0

Ask = Callable[[str, TimeRange], Results]
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Piece:
    """A piece of time, in milliseconds since 1970, and how many lines the run has in it."""

    start_ms: int
    end_ms: int
    lines: int


_FIELDS = (
    "@timestamp",
    "correlation_id",
    "event_id",
    "http_method",
    "http_route",
    "http_status",
    "duration_ms",
    "cpu_ms",
    "db_time_ms",
    "db_query_count",
    "db_n_plus_one",
    "outcome",
)
_COLUMNS = ", ".join(f'"{name}" VARCHAR' for name in _FIELDS)

# A line that was delivered twice has one event_id; of two lines of one request the first counts.
_LOGGED = """
CREATE TABLE logged AS
SELECT id, concat_ws(' ', http_method, coalesce(http_route, '(no route)')) AS route,
    TRY_CAST(http_status AS INTEGER) AS log_status,
    TRY_CAST(duration_ms AS DOUBLE) AS server_ms,
    coalesce(TRY_CAST(cpu_ms AS DOUBLE), 0) AS cpu_ms,
    least(coalesce(TRY_CAST(db_time_ms AS DOUBLE), 0), server_ms) AS database_ms,
    coalesce(TRY_CAST(db_query_count AS INTEGER), 0) AS queries,
    coalesce(db_n_plus_one = '1', false) AS n_plus_one,
    outcome,
    epoch_ms(TRY_CAST("@timestamp" AS TIMESTAMP)) AS logged_ms
FROM (
    SELECT *, correlation_id AS id FROM lines WHERE correlation_id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY correlation_id ORDER BY "@timestamp", event_id) = 1
)
"""


def wait_for_lines(
    ask: Ask,
    run_id: str,
    span: TimeRange,
    *,
    expected: int,
    until_s: float,
    on_progress: Progress,
) -> list[Piece]:
    """How many canonical lines the run has, in consecutive pieces of the span, which must have both
    ends.

    Lines may still be on their way: asks again until there are as many as expected, or until that
    time (in seconds since 1970), but once at least.
    """
    while True:
        counted = _count(ask, run_id, span)
        arrived = sum(piece.lines for piece in counted)
        if arrived >= expected or time.time() >= until_s:
            return counted
        on_progress(f"{arrived:,} of {expected:,} log lines have arrived, waiting for the rest")
        time.sleep(min(_POLL_S, max(0.0, until_s - time.time())))


def load_lines(
    database: duckdb.DuckDBPyConnection,
    ask: Ask,
    run_id: str,
    counted: list[Piece],
    on_progress: Progress,
) -> None:
    """Makes the table logged, a row for each request that has a canonical line. Raises
    InsightsError.
    """
    database.execute(f"CREATE TEMP TABLE lines ({_COLUMNS})")
    text = f"{_run_lines(run_id)} | fields {', '.join(_FIELDS)} | limit {MOST_ROWS}"
    total = sum(piece.lines for piece in counted)
    fetched = 0
    for span in _slices(counted):
        records = ask(text, span).records()
        _insert(database, records)
        fetched += len(records)
        on_progress(f"{fetched:,} of {total:,} log lines")
    database.execute(_LOGGED)
    database.execute("DROP TABLE lines")


def _run_lines(run_id: str) -> str:
    return f'filter run_id = "{run_id}" and event = "request_finished"'


def _count(ask: Ask, run_id: str, span: TimeRange) -> list[Piece]:
    length_s = ((span.end_ms or 0) - (span.start_ms or 0)) / 1000
    size_s, size = next((each for each in _BINS if length_s / each[0] < MOST_ROWS), _BINS[-1])
    text = (
        f"{_run_lines(run_id)} | stats count(*) as n by bin({size}) as moment"
        f" | sort moment asc | limit {MOST_ROWS}"
    )
    counted = []
    for record in ask(text, span).records():
        start_ms = int(moment_ms(record["moment"]))
        counted.append(Piece(start_ms, start_ms + size_s * 1000, int(float(record["n"]))))
    return counted


def _slices(counted: list[Piece]) -> Iterator[TimeRange]:
    """Ranges of time with fewer lines than an answer holds, less a reserve: AWS includes the second
    of the end.
    """
    most = MOST_ROWS * 9 // 10
    start_ms, end_ms, held = 0, 0, 0
    for piece in counted:
        if piece.lines > MOST_ROWS:
            raise InsightsError(
                f"the logs have {piece.lines:,} requests within"
                f" {(piece.end_ms - piece.start_ms) / 1000:g} s,"
                f" and an answer holds {MOST_ROWS:,}: report on a shorter or a slower run"
            )
        if held and held + piece.lines > most:
            yield TimeRange(start_ms, end_ms - 1)
            held = 0
        if not held:
            start_ms = piece.start_ms
        end_ms, held = piece.end_ms, held + piece.lines
    if held:
        yield TimeRange(start_ms, end_ms - 1)


def _insert(database: duckdb.DuckDBPyConnection, records: list[dict[str, str]]) -> None:
    if records:
        columns = [[record.get(name) for record in records] for name in _FIELDS]
        database.execute(
            f"INSERT INTO lines SELECT {', '.join(['unnest(?)'] * len(_FIELDS))}", columns
        )
