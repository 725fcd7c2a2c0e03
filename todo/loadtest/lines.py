"""The log lines of a load test, asked for in slices that an answer of Logs Insights can hold."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import duckdb

from logs_insights import InsightsError, Results, TimeRange
from todo.views.tracing import moment_ms

__all__ = [
    "Ask",
    "Piece",
    "Progress",
    "count_lines",
    "load_lines",
    "load_requests",
    "load_sample",
    "wait_for_requests",
]

MOST_ROWS = 10_000  # of an answer; AWS, "Logs Insights query limits", read 2026-11
_MOST_WHOLE = 20_000  # requests of which every field is fetched, the app's own too
_BINS = ((1, "1s"), (10, "10s"), (60, "1m"), (600, "10m"), (3600, "1h"))
_POLL_S = 2.0
_REQUESTS = 'event = "request_finished"'

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
    "queue_ms",
    "cpu_ms",
    "db_time_ms",
    "db_commit_ms",
    "db_connect_ms",
    "db_pool_wait_ms",
    "db_query_count",
    "db_n_plus_one",
    "threads",
    "outcome",
)

# A line that was delivered twice has one event_id; of two lines of one request the first counts.
# An event_id begins with its writer, which is a thread or a process.
_LOGGED = """
CREATE TABLE logged AS
SELECT id, concat_ws(' ', http_method, coalesce(http_route, '(no route)')) AS route,
    split_part(event_id, '-', 1) AS writer,
    TRY_CAST(http_status AS INTEGER) AS log_status,
    TRY_CAST(duration_ms AS DOUBLE) AS server_ms,
    TRY_CAST(queue_ms AS DOUBLE) AS queued_ms,
    coalesce(TRY_CAST(cpu_ms AS DOUBLE), 0) AS cpu_ms,
    least(coalesce(TRY_CAST(db_time_ms AS DOUBLE), 0)
        + coalesce(TRY_CAST(db_commit_ms AS DOUBLE), 0)
        + coalesce(TRY_CAST(db_connect_ms AS DOUBLE), 0), server_ms) AS database_ms,
    coalesce(TRY_CAST(db_commit_ms AS DOUBLE), 0) AS commit_ms,
    coalesce(TRY_CAST(db_pool_wait_ms AS DOUBLE), 0) AS pool_ms,
    coalesce(TRY_CAST(db_query_count AS INTEGER), 0) AS queries,
    coalesce(db_n_plus_one = '1', false) AS n_plus_one,
    TRY_CAST(threads AS INTEGER) AS threads,
    outcome,
    message,
    epoch_ms(TRY_CAST("@timestamp" AS TIMESTAMP)) AS logged_ms
FROM (
    SELECT *, correlation_id AS id, "@message" AS message FROM lines
    WHERE correlation_id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY correlation_id ORDER BY "@timestamp", event_id) = 1
)
"""


def wait_for_requests(
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
        counted = count_lines(ask, run_id, _REQUESTS, span)
        arrived = sum(piece.lines for piece in counted)
        if arrived >= expected or time.time() >= until_s:
            return counted
        on_progress(f"{arrived:,} of {expected:,} log lines have arrived, waiting for the rest")
        time.sleep(min(_POLL_S, max(0.0, until_s - time.time())))


def load_requests(
    database: duckdb.DuckDBPyConnection,
    ask: Ask,
    run_id: str,
    counted: list[Piece],
    on_progress: Progress,
) -> None:
    """Makes the table logged, a row for each request that has a canonical line. Of a large run only
    some have the whole line as their message. Raises InsightsError.
    """
    total = sum(piece.lines for piece in counted)
    every = -(-total // _MOST_WHOLE)
    load_lines(
        database,
        ask,
        run_id,
        _REQUESTS,
        _FIELDS,
        counted,
        into="lines",
        whole_every=every,
        on_progress=on_progress,
    )
    database.execute(_LOGGED)
    database.execute("DROP TABLE lines")


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
        text = f"{_filter(run_id, condition)} | fields {', '.join(wanted)} | limit {MOST_ROWS}"
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


def _slices(counted: list[Piece]) -> Iterator[TimeRange]:
    """Ranges of time with fewer lines than an answer holds, less a reserve: AWS includes the second
    of the end.
    """
    most = MOST_ROWS * 9 // 10
    start_ms, end_ms, held = 0, 0, 0
    for piece in counted:
        if piece.lines > MOST_ROWS:
            raise InsightsError(
                f"the logs have {piece.lines:,} lines within"
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
