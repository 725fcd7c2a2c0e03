"""The fields of this package's own events: the one place that knows them."""

from .fields import ALL, CONNECTION, EXCEPTION, FINISHED, LOG, QUERY, STARTED, Field

__all__ = ["FIELDS"]

_END, _STATEMENT, _TEXT = (FINISHED,), (QUERY,), (EXCEPTION, LOG)
_REQUEST = (STARTED, FINISHED)
_IN_REQUEST = (STARTED, QUERY, CONNECTION, FINISHED, EXCEPTION)
_DATABASE = (QUERY, CONNECTION)

FIELDS = (
    Field("timestamp", "string", ALL, "RFC 3339, UTC, milliseconds", required=ALL),
    Field("level", "string", ALL, "DEBUG, INFO, WARNING, ERROR or CRITICAL", required=ALL),
    Field("event", "string", ALL, "which kind of line this is", required=ALL),
    Field(
        "correlation_id",
        "string",
        ALL,
        "the request's id; absent outside of a request",
        required=(STARTED, FINISHED, EXCEPTION),
    ),
    Field("logger", "string", _TEXT, "the logger's name", required=_TEXT),
    Field("message", "string", _TEXT, "the text, with its arguments in it", required=(EXCEPTION,)),
    Field("http_method", "string", _REQUEST, "", required=_REQUEST),
    Field("http_path", "string", _REQUEST, "the path, without its query string", required=_REQUEST),
    Field("http_route", "string", _END, "the route's template; absent on a 404"),
    Field("http_status", "integer", _END, "absent when no answer was begun"),
    Field("http_query", "string", _END, "opt in: the query string, redacted by name"),
    Field("http_header_*", "string", _END, "opt in: a request header, redacted by name"),
    Field("client_ip", "string", _END, "opt in: the client's address"),
    Field(
        "run_id",
        "string",
        _IN_REQUEST,
        "the load test that sent the request, from X-Run-ID; absent without",
    ),
    Field(
        "duration_ms",
        "number",
        _END,
        "from the request's arrival to the last byte",
        unit="ms",
        required=_END,
    ),
    Field(
        "cpu_ms",
        "number",
        _END,
        "CPU time of its thread; absent where it ended in another",
        unit="ms",
    ),
    Field(
        "queue_ms",
        "number",
        _END,
        "that the whole request waited for a thread, before duration_ms; from the server",
        unit="ms",
    ),
    Field(
        "threads_busy",
        "integer",
        _END,
        "the worker's threads that served when it began, its own among them; from the server",
    ),
    Field("threads", "integer", _END, "threads that the worker has; from the server"),
    Field(
        "request_bytes",
        "integer",
        _END,
        "size of the request's body; absent without one",
        unit="bytes",
    ),
    Field(
        "response_bytes",
        "integer",
        _END,
        "size of the body that was handed over",
        unit="bytes",
        required=_END,
    ),
    Field(
        "outcome",
        "string",
        _END,
        "what cut it short: exception, client_gone, timeout, refused or shed; absent when nothing",
    ),
    Field(
        "correlation_id_replaced",
        "boolean",
        _END,
        "true when the id that was sent was not acceptable",
    ),
    Field("trace_id", "string", _END, "of the W3C traceparent or the ALB's root; absent without"),
    Field("traceId", "string", _END, "the same, under the name that CloudWatch indexes by itself"),
    Field("parent_span_id", "string", _END, "the caller's span, from traceparent"),
    Field("xray_trace_id", "string", _END, "the root in the ALB's X-Amzn-Trace-Id; absent without"),
    Field("db_query_count", "integer", _END, "statements that it ran", required=_END),
    Field("db_time_ms", "number", _END, "time that they took; absent without any", unit="ms"),
    Field(
        "db_commit_ms",
        "number",
        _END,
        "time of its COMMITs and ROLLBACKs; absent without",
        unit="ms",
    ),
    Field("db_connect_ms", "number", _END, "time to open connections; absent without", unit="ms"),
    Field(
        "db_pool_wait_ms",
        "number",
        _END,
        "time to get open connections from the pool; absent without",
        unit="ms",
    ),
    Field(
        "db_dup_count",
        "integer",
        _END,
        "statements beyond the first of their fingerprint; absent when 0",
    ),
    Field("db_slow_count", "integer", _END, "statements over the threshold; absent when 0"),
    Field(
        "db_n_plus_one",
        "boolean",
        _END,
        "true when more than 5 alike took more than 50 ms together; else absent",
    ),
    Field(
        "db_statement",
        "string",
        _STATEMENT,
        "as sent, placeholders for values, literals masked",
        required=_STATEMENT,
    ),
    Field(
        "db_fingerprint",
        "string",
        _STATEMENT,
        "alike for statements that differ in values only",
        required=_STATEMENT,
    ),
    Field(
        "db_operation",
        "string",
        _DATABASE,
        "the statement's first word; of a connection POOL_WAIT, CONNECT, COMMIT or ROLLBACK",
        required=_DATABASE,
    ),
    Field("db_table", "string", _STATEMENT, "its first table; absent without"),
    Field(
        "db_rowcount",
        "integer",
        _STATEMENT,
        "rows found or changed; absent when the driver cannot tell",
    ),
    Field(
        "db_duration_ms",
        "number",
        _DATABASE,
        "from sending it to its answer; of a connection, the wait",
        unit="ms",
        required=_DATABASE,
    ),
    Field(
        "db_sqlstate", "string", _STATEMENT, "PostgreSQL's error code, of a statement that failed"
    ),
    Field("db_executemany", "boolean", _STATEMENT, "true for a batch of parameters; else absent"),
    Field("db_parameters", "string", _STATEMENT, "opt in: the values that were sent"),
    Field("stack_info", "string", (LOG,), "where the call was made, if it asked for stack_info"),
    Field("exception_type", "string", (QUERY, EXCEPTION, LOG), "", required=(EXCEPTION,)),
    Field(
        "exception_message", "string", _TEXT, "without PostgreSQL's DETAIL", required=(EXCEPTION,)
    ),
    Field(
        "exception_stack", "string", _TEXT, "frames without their variables", required=(EXCEPTION,)
    ),
    Field("exception_location", "string", _TEXT, "file:line function that raised"),
    Field("exception_fingerprint", "string", _TEXT, "alike for the same type from the same place"),
    Field("service", "string", _END, "as configured"),
    Field("version", "string", _END, "as configured"),
    Field("env", "string", _END, "as configured"),
    Field("truncated", "boolean", ALL, "true when the line was cut to 64 KiB; else absent"),
    Field("_aws", "object", _END, "opt in: Embedded Metric Format"),
    Field("status_class", "string", _END, "with _aws: 2xx, 3xx, 4xx or 5xx"),
    Field("requests", "integer", _END, "with _aws: 1"),
    Field("errors", "integer", _END, "with _aws: 1 for a 5xx"),
)
