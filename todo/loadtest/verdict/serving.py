"""How much load was offered, how much was answered, and how busy the threads were."""

import duckdb

from .model import Served

__all__ = ["served"]

_FULL = 0.9
_PIECE_MS = 200.0  # shorter than a wait that people notice
_REFUSED = (429, 503)

_CLIENT = """
SELECT count(*) AS begun,
    count(*) FILTER (finished AND status IN (SELECT unnest($refused))) AS refused,
    count(*) FILTER (finished AND status = 0) AS unanswered,
    count(*) FILTER (finished AND status > 0) AS answered,
    min(started_ms) AS first_ms, max(started_ms) AS last_ms,
    max(coalesce(ended_ms, started_ms)) AS end_ms,
    coalesce(avg(waited_ms), 0) AS waited_ms
FROM (
    SELECT *, CASE
        WHEN queued_ms IS NOT NULL THEN queued_ms
        WHEN server_ms IS NOT NULL
            THEN greatest(queue_ms - blocked_ms - quantile_cont(queue_ms, 0.05) OVER (), 0)
        END AS waited_ms
    FROM joined WHERE name IS NOT NULL
)
"""
_ITERATIONS = """
SELECT coalesce(sum(TRY_CAST(metric_value AS DOUBLE)) FILTER (metric_name = 'iterations'), 0),
    coalesce(sum(TRY_CAST(metric_value AS DOUBLE)) FILTER (metric_name = 'dropped_iterations'), 0)
FROM samples
"""
_THREADS = """
SELECT count(*), sum(threads) FROM (
    SELECT writer, max(threads) AS threads FROM workers GROUP BY writer
)
"""
# Threads that are busy in each piece of time: of each request the part that lies in it.
_BUSY = f"""
SELECT piece, sum(least(ended, piece + 1) - greatest(began, piece)) AS busy
FROM (
    SELECT unnest(generate_series(CAST(floor(began) AS BIGINT), CAST(floor(ended) AS BIGINT)))
        AS piece, began, ended
    FROM (
        SELECT (logged_ms - server_ms) / {_PIECE_MS} AS began, logged_ms / {_PIECE_MS} AS ended
        FROM worked
    )
)
GROUP BY piece ORDER BY piece
"""  # noqa: S608  # our own number


def served(database: duckdb.DuckDBPyConnection) -> Served:
    """The figures of the whole run."""
    begun, refused, unanswered, answered, first_ms, last_ms, end_ms, waited_ms = _row(
        database, _CLIENT, {"refused": list(_REFUSED)}
    )
    iterations, dropped = _row(database, _ITERATIONS)
    dropped_requests = round(dropped * (begun / iterations if iterations else 1))
    workers, threads = _row(database, _THREADS)
    if not workers:
        workers = _row(database, "SELECT count(DISTINCT writer) FROM logged")[0]
    busy = [row[1] for row in database.execute(_BUSY).fetchall()]
    elapsed_s = max((end_ms - first_ms) / 1000, 1e-3)
    offered = begun + dropped_requests
    return Served(
        offered_per_s=offered / max((last_ms - first_ms) / 1000, 1.0),
        answered_per_s=(answered - refused) / max(elapsed_s, 1.0),
        offered=offered,
        dropped=dropped_requests,
        refused=refused,
        unanswered=unanswered,
        elapsed_s=elapsed_s,
        threads=threads,
        workers=workers,
        busy_threads=sum(busy) * _PIECE_MS / 1000 / elapsed_s,
        full_share=sum(each >= threads * _FULL for each in busy) / len(busy)
        if threads and busy
        else 0.0,
        waited_ms=waited_ms,
    )


def _row(
    database: duckdb.DuckDBPyConnection, sql: str, values: dict[str, object] | None = None
) -> tuple[int, ...]:
    found: tuple[int, ...] = database.execute(sql, values).fetchall()[0]
    return found
