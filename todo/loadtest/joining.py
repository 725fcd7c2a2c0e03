"""The join of both sides by correlation ID, and the figures that come out of it."""

from typing import Any

import duckdb

from .samples import QUIET_NAMES

__all__ = ["Row", "join", "rows"]

Row = dict[str, Any]

# The parts of the time that a client waited add up to it: the application may log a little more, up
# to its last byte.
#
# `side` is where a request is known: an answered request without its line is lost, since the
# application writes one for every request. A request that k6 gave up, or that was refused, may
# never have reached the application.
_JOINED = """
CREATE TABLE joined AS
SELECT *, CASE WHEN server_ms > total_ms THEN 0 ELSE total_ms - server_ms END AS queue_ms,
    total_ms - queue_ms AS inside_ms,
    CASE WHEN database_ms > inside_ms THEN inside_ms ELSE database_ms END AS share_ms,
    inside_ms - share_ms AS application_ms
FROM (
    SELECT client.*, logged.* EXCLUDE (id), coalesce(client.id, logged.id) AS request_id,
        CASE WHEN client.id IS NULL THEN 'log only'
            WHEN logged.id IS NOT NULL AND finished THEN 'both'
            WHEN logged.id IS NOT NULL THEN 'unfinished, logged'
            WHEN NOT finished THEN 'unfinished'
            WHEN status = 0 THEN 'unanswered'
            WHEN status < 400 AND list_contains($quiet, name) THEN 'quiet'
            ELSE 'lost' END AS side
    FROM client FULL JOIN logged ON client.id = logged.id
)
"""

_PERCENTILES = ", ".join(
    f"quantile_cont({column}, {rank / 100}) AS {side}_p{rank}"
    for side, column in (("client", "total_ms"), ("server", "server_ms"))
    for rank in (50, 95, 99)
)

_FIGURES = f"""
    count(*) AS n,
    count(*) FILTER (failed) AS failed,
    {_PERCENTILES},
    max(total_ms) AS client_max,
    max(server_ms) AS server_max,
    sum(total_ms) AS waited_ms,
    count(server_ms) AS n_both,
    avg(total_ms) FILTER (server_ms IS NOT NULL) AS mean_ms,
    avg(queue_ms) AS queue_ms,
    avg(application_ms) AS application_ms,
    avg(share_ms) AS database_ms,
    avg(cpu_ms) AS cpu_ms,
    quantile_cont(queue_ms, 0.01) AS least_queue_ms,
    avg(blocked_ms) FILTER (server_ms IS NOT NULL) AS blocked_ms,
    avg(queries) AS queries,
    count(*) FILTER (n_plus_one) AS n_plus_one
"""

TOTALS = f"SELECT {_FIGURES}, min(started_ms) AS start_ms, max(ended_ms) AS end_ms FROM joined WHERE finished"  # noqa: S608
ROUTES = f"SELECT name, {_FIGURES} FROM joined WHERE finished GROUP BY name ORDER BY waited_ms DESC"  # noqa: S608

SIDES = "SELECT side, count(*) AS n FROM joined GROUP BY side"
OF_SIDE = """
SELECT request_id, name, route, status, log_status, coalesce(started_ms, logged_ms) AS moment_ms
FROM joined WHERE side = $side ORDER BY moment_ms, request_id LIMIT $most
"""

TIMELINE = """
SELECT bucket, coalesce(n - failed, 0) AS ok, coalesce(failed, 0) AS failed,
    client_p50, client_p95, server_p95
FROM (SELECT unnest(generate_series(0, $last)) AS bucket) LEFT JOIN (
    SELECT CAST((ended_ms - $start) // $size AS BIGINT) AS bucket, count(*) AS n, count(*) FILTER (failed) AS failed,
        quantile_cont(total_ms, 0.5) AS client_p50, quantile_cont(total_ms, 0.95) AS client_p95,
        quantile_cont(server_ms, 0.95) AS server_p95
    FROM joined WHERE finished GROUP BY 1
) USING (bucket) ORDER BY bucket
"""

SLOWEST = "SELECT * FROM joined WHERE finished ORDER BY total_ms DESC, request_id LIMIT $most"
FAILURES = """
SELECT name, status, error, count(*) AS n, arg_min(request_id, started_ms) AS example,
    min(started_ms) AS first_ms, max(ended_ms) AS last_ms
FROM joined WHERE finished AND failed GROUP BY name, status, error ORDER BY n DESC, name, status
"""
FAILED = """
SELECT * FROM joined WHERE finished AND failed
QUALIFY row_number() OVER (PARTITION BY name, status, error ORDER BY started_ms, request_id) <= 2
ORDER BY started_ms, request_id LIMIT $most
"""
LOST = "SELECT * FROM joined WHERE side = 'lost' ORDER BY started_ms, request_id LIMIT $most"
N_PLUS_ONE = """
SELECT route, count(*) AS n, count(*) FILTER (n_plus_one) AS n_plus_one, avg(queries) FILTER (n_plus_one) AS queries,
    avg(database_ms) FILTER (n_plus_one) AS database_ms,
    arg_max(request_id, queries) FILTER (n_plus_one) AS example
FROM joined WHERE route IS NOT NULL GROUP BY route HAVING n_plus_one > 0 ORDER BY n_plus_one DESC
"""
BUSIEST = """
SELECT max(cpu_s) AS cpu_s FROM (
    SELECT sum(cpu_ms) / 1000 AS cpu_s FROM joined WHERE finished GROUP BY ended_ms // 1000
)
"""
CHECKS = "SELECT * FROM checks ORDER BY failed DESC, name"
LOAD = "SELECT * FROM load"


def join(database: duckdb.DuckDBPyConnection) -> None:
    """Makes the table joined from client and logged: a row for each request that either side knows."""
    database.execute(_JOINED, {"quiet": list(QUIET_NAMES)})


def rows(database: duckdb.DuckDBPyConnection, sql: str, **parameters: Any) -> list[Row]:
    """The answer as dicts of column and value."""
    cursor = database.execute(sql, parameters or None)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
