"""For each query that comes with the package, and for some that order or pick texts, the fastest
SQL for the same answer that a person would write.

Each reads with `read_json`, naming and typing just the columns it needs, which beat `read_csv` with
JSON functions and `read_ndjson_objects` wherever it could be used.
"""

__all__ = ["TEXT_QUERIES", "hand_written"]

# What is asked of texts, by the name of its SQL.
TEXT_QUERIES = {
    "sort texts": "fields @timestamp, correlation_id, db_statement | sort db_statement desc"
    " | limit 100",
    "sort ids": "fields @timestamp, event, correlation_id | sort correlation_id asc | limit 100",
    "dedup": "fields @timestamp, event, correlation_id | sort @timestamp desc"
    " | dedup correlation_id | limit 100",
    "latest": "stats latest(event) as last by correlation_id | limit 100",
    "earliest": "stats earliest(event) as first by correlation_id | limit 100",
}

_TYPES = {
    "timestamp": "TIMESTAMP",
    "http_status": "INTEGER",
    "duration_ms": "DOUBLE",
    "db_query_count": "INTEGER",
    "db_time_ms": "DOUBLE",
    "db_duration_ms": "DOUBLE",
    "db_rowcount": "INTEGER",
    "http_client_duration_ms": "DOUBLE",
    "http_client_time_ms": "DOUBLE",
    "job_attempt": "INTEGER",
    "queue_ms": "DOUBLE",
    "sample_rate": "DOUBLE",
    "db_n_plus_one": "BOOLEAN",
}
_TRACE = (
    "timestamp, event, level, correlation_id, event_id, http_method, http_route, http_path, http_status, outcome,"
    " duration_ms, db_query_count, db_time_ms, db_n_plus_one, db_statement, db_operation, db_duration_ms, db_rowcount,"
    " http_client_method, http_client_url, http_client_status, http_client_duration_ms,"
    " db_sqlstate, exception_type, exception_message, exception_location,"
    " work_name, job_system, job_id, job_queue, job_attempt, queue_ms, logger, message"
)


def hand_written(glob: str, correlation_id: str) -> dict[str, str]:
    """The SQL by the name of the query, over the files that the pattern names; `trace` is that of
    one ID.
    """

    def read(columns: str, *, filename: bool = False) -> str:
        typed = ", ".join(
            f"{name}: '{_TYPES.get(name, 'VARCHAR')}'" for name in columns.split(", ")
        )
        return (
            f"read_json('{glob}', format = 'newline_delimited', records = true, filename = {str(filename).lower()},"
            f" columns = {{{typed}}})"
        )

    finished = "event = 'request_finished'"
    minute = "time_bucket(INTERVAL 1 MINUTE, timestamp)"
    n, weighed = "sum(1 / coalesce(sample_rate, 1))", "sum({0} / coalesce(sample_rate, 1))"
    percentiles = "quantile_cont({0}, [0.5, 0.95, 0.99])"
    return {
        "trace": f"SELECT * FROM {read(_TRACE)} WHERE correlation_id = '{correlation_id}' ORDER BY timestamp"
        " LIMIT 1000",
        "slowest_requests": "SELECT timestamp, correlation_id, http_method, http_route, http_status, duration_ms,"
        " db_time_ms, db_query_count FROM "
        + read(
            "event, timestamp, correlation_id, http_method, http_route, http_status, duration_ms, db_time_ms,"
            " db_query_count"
        )
        + f" WHERE {finished} ORDER BY duration_ms DESC LIMIT 25",
        "routes": f"SELECT http_method, http_route, count(*), {percentiles.format('duration_ms')} p, max(duration_ms)"
        f" FROM {read('event, http_method, http_route, duration_ms')} WHERE {finished} GROUP BY ALL ORDER BY p[2] DESC",
        "statements": f"SELECT db_fingerprint, {n} n, {weighed.format('db_duration_ms')} t, t / n,"
        " quantile_cont(db_duration_ms, 0.95), arg_max(db_statement, timestamp)"
        f" FROM {read('event, db_fingerprint, db_duration_ms, db_statement, timestamp, sample_rate')}"
        " WHERE event = 'query' GROUP BY ALL ORDER BY t DESC LIMIT 20",
        "queries_per_request": "SELECT http_route, avg(db_query_count), max(db_query_count) m, count(db_n_plus_one),"
        f" count(*) FROM {read('event, http_route, db_query_count, db_n_plus_one')} WHERE {finished}"
        " GROUP BY ALL ORDER BY m DESC",
        "errors_per_minute": f"SELECT {minute} t, sum(floor(http_status / 500)) e, count(*), 100 * e / count(*)"
        f" FROM {read('event, timestamp, http_status')} WHERE {finished} GROUP BY ALL ORDER BY t",
        "throughput": f"SELECT {minute} t, count(*) / 60 FROM {read('event, timestamp')} WHERE {finished}"
        " GROUP BY ALL ORDER BY t",
        "database_share": "SELECT http_route, sum(db_time_ms) d, sum(duration_ms) s, 100 * d / s p"
        f" FROM {read('event, http_route, db_time_ms, duration_ms')} WHERE {finished} AND duration_ms > 0"
        " GROUP BY ALL ORDER BY p DESC",
        "errors": "SELECT event, exception_type, exception_location, http_route, count(*) n,"
        " arg_max(correlation_id, timestamp), max(timestamp) FROM "
        + read(
            "event, exception_type, exception_location, http_route, correlation_id, timestamp, http_status"
        )
        + " WHERE event = 'exception' OR http_status >= 500 GROUP BY ALL ORDER BY n DESC",
        "unfinished_requests": "SELECT correlation_id, count(*) FILTER (event = 'request_started') s,"
        f" count(*) FILTER ({finished}) f FROM {read('event, correlation_id')}"
        " WHERE event IN ('request_started', 'request_finished') GROUP BY ALL HAVING s > f LIMIT 100",
        "streams": "SELECT split_part(filename, '/', -2), count(*), avg(duration_ms), quantile_cont(duration_ms, 0.95)"
        f" p FROM {read('event, duration_ms', filename=True)} WHERE {finished} GROUP BY ALL ORDER BY p DESC",
        "peak_minute": f"SELECT max(n), avg(n), min(n) FROM (SELECT {minute} t, count(*) n"
        f" FROM {read('event, timestamp')} WHERE {finished} GROUP BY ALL)",
        "load_run": "SELECT run_id, http_route, http_status, count(*) n, count(DISTINCT correlation_id),"
        " quantile_cont(duration_ms, 0.95) FROM "
        + read("event, run_id, http_route, http_status, correlation_id, duration_ms")
        + f" WHERE {finished} AND run_id IS NOT NULL GROUP BY ALL ORDER BY n DESC",
        "log_volume": "SELECT json_extract_string(line, '$.event') e, sum(strlen(line) + 26) / 1e6 m, count(*),"
        f" avg(strlen(line) + 26) FROM read_csv('{glob}', columns = {{'line': 'VARCHAR'}}, header = false,"
        " auto_detect = false, delim = '\x01', quote = '', escape = '') GROUP BY ALL ORDER BY m DESC",
        "chatty_requests": "SELECT timestamp, correlation_id, http_method, http_route, db_query_count, db_dup_count,"
        " db_n_plus_one, duration_ms FROM "
        + read(
            "event, timestamp, correlation_id, http_method, http_route, db_query_count, db_dup_count, db_n_plus_one,"
            " duration_ms"
        )
        + f" WHERE {finished} AND db_query_count > 0 ORDER BY db_query_count DESC LIMIT 50",
        "bottleneck_routes": "SELECT http_method, http_route, sum(duration_ms) t, count(*),"
        f" {percentiles.format('duration_ms')}, sum(db_query_count) / count(*), count(db_n_plus_one),"
        " 100 * sum(db_time_ms) / t, 100 * sum(http_client_time_ms) / t, arg_max(correlation_id, timestamp) FROM "
        + read(
            "event, timestamp, correlation_id, http_method, http_route, duration_ms, db_query_count, db_time_ms,"
            " http_client_time_ms, db_n_plus_one"
        )
        + f" WHERE {finished} GROUP BY ALL ORDER BY t DESC LIMIT 20",
        "bottleneck_statements": f"SELECT db_fingerprint, {weighed.format('db_duration_ms')} t, {n},"
        f" {percentiles.format('db_duration_ms')}, arg_max(correlation_id, timestamp), arg_max(db_statement, timestamp)"
        f" FROM {read('event, timestamp, correlation_id, db_fingerprint, db_duration_ms, db_statement, sample_rate')}"
        " WHERE event = 'query' GROUP BY ALL ORDER BY t DESC LIMIT 20",
        "outgoing_calls": "SELECT http_client_host, http_client_method, http_client_status,"
        f" {weighed.format('http_client_duration_ms')} t, {n}, quantile_cont(http_client_duration_ms, [0.5, 0.95]), count(http_client_resend_count),"
        " count(exception_type), arg_max(correlation_id, timestamp) FROM "
        + read(
            "event, timestamp, correlation_id, http_client_host, http_client_method, http_client_status,"
            " http_client_duration_ms, http_client_resend_count, exception_type, sample_rate"
        )
        + " WHERE event = 'http_client' GROUP BY ALL ORDER BY t DESC LIMIT 20",
        "sort texts": "SELECT timestamp, correlation_id, db_statement FROM "
        + read("timestamp, correlation_id, db_statement")
        + " ORDER BY db_statement DESC NULLS LAST LIMIT 100",
        "sort ids": "SELECT timestamp, event, correlation_id FROM "
        + read("timestamp, event, correlation_id")
        + " ORDER BY correlation_id LIMIT 100",
        "dedup": "SELECT max(timestamp) t, arg_max(event, timestamp), correlation_id FROM "
        + read("timestamp, event, correlation_id")
        + " GROUP BY correlation_id ORDER BY t DESC LIMIT 100",
        "latest": f"SELECT correlation_id, arg_max(event, timestamp) FROM"
        f" {read('timestamp, event, correlation_id')} GROUP BY ALL ORDER BY ALL LIMIT 100",
        "earliest": f"SELECT correlation_id, arg_min(event, timestamp) FROM"
        f" {read('timestamp, event, correlation_id')} GROUP BY ALL ORDER BY ALL LIMIT 100",
        "requests_of_trace": "SELECT trace_id, xray_trace_id, correlation_id, count(*)"
        f" FROM {read('event, trace_id, xray_trace_id, correlation_id')} WHERE {finished} AND"
        " (trace_id IS NOT NULL OR xray_trace_id IS NOT NULL) GROUP BY ALL LIMIT 100",
    }
