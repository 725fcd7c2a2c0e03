"""What the run's log lines say besides the canonical ones, as tables: `spent` (what each request
spent in which statement), `called` (in calls to which host), `raised` (its exception), and what
was sampled meanwhile: `stacks`, `workers`, `sessions` and `plans`, which are empty where the server
does not profile.
"""

import duckdb

from logs_insights import TimeRange

from .slices import Ask, Progress, load_sample

__all__ = ["load_evidence"]

_MOST_SLICES = 6  # of statements, and of samples: enough for shares, however long the run was

_PROFILE = "event like /^profile_/"
_PROFILE_FIELDS = (
    "@timestamp",
    "event",
    "event_id",
    "correlation_id",
    "http_method",
    "http_route",
    "profile_process",
    "profile_state",
    "profile_ms",
    "profile_location",
    "profile_call",
    "profile_stack",
    "profile_connection",
    "profile_elapsed_ms",
    "profile_cpu_ms",
    "profile_late_ms",
    "profile_gc_ms",
    "profile_rss_bytes",
    "profile_host_percent",
    "profile_threads",
    "db_session_state",
    "db_wait",
    "db_statement",
    "db_fingerprint",
    "db_blocked_by",
    "db_blocker_statement",
    "db_blocker_state",
    "db_plan",
    "db_finding",
)
_STATEMENTS = 'event = "query"'
_STATEMENT_FIELDS = (
    "event_id",
    "correlation_id",
    "db_fingerprint",
    "db_statement",
    "db_duration_ms",
    "db_rowcount",
    "db_origin",
    "sample_rate",
)
_CALLS = 'event = "http_client"'
_CALL_FIELDS = (
    "event_id",
    "correlation_id",
    "http_client_host",
    "http_client_duration_ms",
    "sample_rate",
)
_EXCEPTIONS = 'event = "exception"'
_EXCEPTION_FIELDS = ("event_id", "correlation_id", "exception_type", "exception_location")

_TABLES = """
CREATE TABLE profile_lines AS
SELECT DISTINCT ON (event_id) * FROM sampled;

CREATE TABLE stacks AS
SELECT coalesce(profile_process, split_part(event_id, '-', 1)) AS writer, correlation_id AS id,
    CASE WHEN http_method IS NULL THEN NULL
        ELSE concat_ws(' ', http_method, coalesce(http_route, '(no route)')) END AS route,
    profile_state AS state, CAST(profile_ms AS DOUBLE) AS ms, profile_location AS location,
    profile_call AS call, profile_stack AS stack, coalesce(profile_connection = '1', false) AS holds
FROM profile_lines WHERE event = 'profile_stack';

CREATE TABLE workers AS
SELECT coalesce(profile_process, split_part(event_id, '-', 1)) AS writer,
    CAST(profile_elapsed_ms AS DOUBLE) AS elapsed_ms,
    CAST(profile_cpu_ms AS DOUBLE) AS cpu_ms, CAST(profile_late_ms AS DOUBLE) AS late_ms,
    CAST(profile_gc_ms AS DOUBLE) AS gc_ms, CAST(profile_rss_bytes AS DOUBLE) AS rss_bytes,
    TRY_CAST(profile_host_percent AS DOUBLE) AS host_percent,
    CAST(profile_threads AS INTEGER) AS threads,
    row_number() OVER (ORDER BY "@timestamp", event_id) AS place
FROM profile_lines WHERE event = 'profile_worker';

CREATE TABLE sessions AS
SELECT correlation_id AS id, CAST(profile_ms AS DOUBLE) AS ms, db_session_state AS state,
    db_wait AS wait, db_statement AS statement, db_blocked_by AS blocked_by,
    db_blocker_statement AS blocker_statement, db_blocker_state AS blocker_state
FROM profile_lines WHERE event = 'profile_database';

CREATE TABLE plans AS
SELECT db_fingerprint AS fingerprint, any_value(db_statement) AS statement,
    any_value(db_plan) AS plan, any_value(db_finding) AS finding
FROM profile_lines WHERE event = 'profile_plan' GROUP BY db_fingerprint;

CREATE TABLE raised AS
SELECT correlation_id AS id,
    arg_max(concat_ws(' at ', exception_type, exception_location), event_id) AS exception
FROM exceptions WHERE correlation_id IS NOT NULL GROUP BY correlation_id;

CREATE TABLE spent AS
SELECT correlation_id AS id, db_fingerprint AS fingerprint, any_value(db_statement) AS statement,
    any_value(db_origin) AS location, sum(weight) AS n,
    sum(CAST(db_duration_ms AS DOUBLE) * weight) AS ms, min(weight) AS weight
FROM (
    SELECT DISTINCT ON (event_id) *, 1 / coalesce(CAST(sample_rate AS DOUBLE), 1) AS weight
    FROM queries
)
WHERE correlation_id IS NOT NULL GROUP BY ALL;

CREATE TABLE called AS
SELECT correlation_id AS id, http_client_host AS host, sum(weight) AS n,
    sum(CAST(http_client_duration_ms AS DOUBLE) * weight) AS ms
FROM (
    SELECT DISTINCT ON (event_id) *, 1 / coalesce(CAST(sample_rate AS DOUBLE), 1) AS weight
    FROM calls
)
WHERE correlation_id IS NOT NULL GROUP BY ALL;
"""


def load_evidence(
    database: duckdb.DuckDBPyConnection,
    ask: Ask,
    run_id: str,
    span: TimeRange,
    on_progress: Progress,
) -> None:
    """Makes the tables of this module. Raises InsightsError."""
    on_progress("asking for what was sampled")
    for condition, fields, table in (
        (_PROFILE, _PROFILE_FIELDS, "sampled"),
        (_STATEMENTS, _STATEMENT_FIELDS, "queries"),
        (_CALLS, _CALL_FIELDS, "calls"),
        (_EXCEPTIONS, _EXCEPTION_FIELDS, "exceptions"),
    ):
        load_sample(
            database, ask, run_id, condition, fields, span, into=table, most_slices=_MOST_SLICES
        )
    database.execute(_TABLES)
    for table in ("sampled", "queries", "calls", "exceptions", "profile_lines"):
        database.execute(f"DROP TABLE {table}")
