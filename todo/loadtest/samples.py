"""k6's samples: one row for each request that the load test began."""

from pathlib import Path

import duckdb

from .errors import ReportError

__all__ = ["QUIET_NAMES", "ends", "expected_lines", "load_samples", "view_samples"]

# Health checks that succeed write no canonical line (CANONICAL_LOG_EXCLUDED_PATHS), so none can be
# missing. k6/lib and instrument.js mark them in the samples; others are known by these names.
QUIET_NAMES = ("GET /health", "GET /health/ready")

_ID = r"(?:^|&)correlation_id=([^&]+)"
_UNLOGGED = r"(?:^|&)unlogged=true"

# A request that got no answer has a duration of 0 in k6's samples; its client waited from start to
# end all the same.
_CLIENT = """
CREATE TABLE client AS
SELECT * EXCLUDE (began_ms, duration_ms),
    CAST(coalesce(began_ms, ended_ms - duration_ms - blocked_ms) AS BIGINT) AS started_ms,
    CASE WHEN NOT finished THEN NULL
        WHEN status > 0 THEN blocked_ms + duration_ms
        ELSE greatest(blocked_ms + duration_ms, ended_ms - started_ms) END AS total_ms
FROM (
    SELECT regexp_extract(about, $id, 1) AS id,
        any_value(name) AS name,
        any_value(scenario) AS scenario,
        bool_or(list_contains($quiet, name) OR regexp_matches(about, $unlogged)) AS quiet,
        bool_or(metric_name = 'http_reqs') AS finished,
        min(moment) FILTER (metric_name = 'requests_started') AS began_ms,
        max(moment) FILTER (metric_name = 'http_reqs') AS ended_ms,
        coalesce(max(TRY_CAST(status AS INTEGER)) FILTER (metric_name = 'http_reqs'), 0) AS status,
        coalesce(bool_or(value = 1) FILTER (metric_name = 'http_req_failed'), false) AS failed,
        any_value(error) FILTER (metric_name = 'http_reqs') AS error,
        coalesce(max(value) FILTER (metric_name = 'http_req_blocked'), 0) AS blocked_ms,
        coalesce(max(value) FILTER (metric_name = 'http_req_duration'), 0) AS duration_ms
    FROM (
        SELECT metric_name, concat_ws('&', metadata, extra_tags) AS about, name, scenario, status,
            nullif(concat_ws(' ', error, '(' || error_code || ')'), '') AS error,
            TRY_CAST(timestamp AS BIGINT) AS moment, TRY_CAST(metric_value AS DOUBLE) AS value
        FROM samples WHERE metric_name IN ('http_reqs', 'http_req_duration', 'http_req_blocked',
            'http_req_failed', 'requests_started')
    )
    GROUP BY id
)
WHERE id <> ''
"""

_DROPPED = """
CREATE TABLE dropped AS
SELECT TRY_CAST(timestamp AS BIGINT) AS moment, TRY_CAST(metric_value AS DOUBLE) AS n
FROM samples WHERE metric_name = 'dropped_iterations'
"""

_CHECKS = """
CREATE TABLE checks AS
SELECT "check" AS name, count(*) AS n,
    count(*) FILTER (TRY_CAST(metric_value AS DOUBLE) = 0) AS failed
FROM samples WHERE metric_name = 'checks' GROUP BY ALL
"""

# k6 samples its users once a second: of a shorter run, the most requests open at once are known.
# Each of several machines has users of its own.
_LOAD = """
CREATE TABLE load AS
WITH in_flight AS (
    SELECT sum(change) OVER (ORDER BY moment, change DESC) AS open FROM (
        SELECT started_ms AS moment, 1 AS change FROM client
        UNION ALL SELECT ended_ms, -1 FROM client WHERE ended_ms IS NOT NULL
    )
), of_machine AS (
    SELECT max(TRY_CAST(metric_value AS DOUBLE)) AS vus FROM samples WHERE metric_name = 'vus'
    GROUP BY regexp_extract(extra_tags, '(?:^|&)machine=([^&]+)', 1)
)
SELECT
    coalesce((SELECT sum(vus) FROM of_machine), (SELECT max(open) FROM in_flight), 0) AS peak_vus,
    coalesce(sum(TRY_CAST(metric_value AS DOUBLE)) FILTER (metric_name = 'dropped_iterations'), 0)
        AS dropped_iterations
FROM samples
"""


def view_samples(database: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Makes the view samples of the CSV file that k6 wrote, all of it text. A last line that was
    cut short is left out.
    """
    database.read_csv(
        str(path),
        header=True,
        all_varchar=True,
        sep=",",
        quotechar='"',
        escapechar='"',
        ignore_errors=True,
    ).create_view("samples")


def load_samples(database: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Makes the tables client, dropped, checks and load from the CSV file that k6 wrote.

    Raises ReportError when there is no sample in the file.
    """
    if not path.is_file():
        raise ReportError(f"{path} is missing: the load test ended before k6 had begun")
    try:
        view_samples(database, path)
        patterns = {"id": _ID, "unlogged": _UNLOGGED, "quiet": list(QUIET_NAMES)}
        database.execute(_CLIENT, patterns)
        database.execute(_DROPPED)
        database.execute(_CHECKS)
        database.execute(_LOAD)
    except (duckdb.BinderException, duckdb.InvalidInputException) as error:
        raise ReportError(f"{path} is no CSV output of k6: {str(error).splitlines()[0]}") from error
    if not database.execute("SELECT count(*) FROM client").fetchall()[0][0]:
        raise ReportError(
            f"{path} has no samples of requests to the endpoint: k6 sent none, or elsewhere"
        )


def ends(database: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """When the first request began and the last one ended, in milliseconds since 1970: by the
    samples, since the run's own record lacks an end when k6 was killed.
    """
    first_ms, last_ms = database.execute(
        "SELECT min(started_ms), max(coalesce(ended_ms, started_ms)) FROM client"
    ).fetchall()[0]
    return first_ms, last_ms


def expected_lines(database: duckdb.DuckDBPyConnection) -> int:
    """How many canonical lines the answered requests should have."""
    counted = database.execute(
        "SELECT count(*) FROM client WHERE status > 0 AND NOT (status < 400 AND quiet)"
    ).fetchall()
    return int(counted[0][0])
