"""The canonical lines of a load test's requests, as the table `logged`."""

import time

import duckdb

from logs_insights import TimeRange

from .slices import Ask, Piece, Progress, count_lines, load_lines

__all__ = ["load_requests", "wait_for_requests"]

_MOST_WHOLE = 20_000  # requests of which every field is fetched, the app's own too
_POLL_S = 2.0
_REQUESTS = 'event = "request_finished"'

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
    "http_client_time_ms",
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
    least(coalesce(TRY_CAST(http_client_time_ms AS DOUBLE), 0), server_ms) AS upstream_ms,
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
