"""The schema of a log line: every field that this package writes. `python -m` it for the README's table."""

from dataclasses import dataclass

__all__ = ["FIELDS", "RESERVED", "Field", "is_reserved", "markdown_table"]

STARTED, QUERY, FINISHED, EXCEPTION, LOG = (
    "request_started",
    "query",
    "request_finished",
    "exception",
    "log",
)
# These are the shipper's own.
DELIVERY, GAP, DAMAGE, REJECTED = "delivery", "delivery_gap", "delivery_damage", "delivery_rejected"
EVENTS = (STARTED, QUERY, FINISHED, EXCEPTION, LOG, DELIVERY, GAP, DAMAGE, REJECTED)
ALL = EVENTS
LOGGED = (EXCEPTION, LOG, DELIVERY, GAP, DAMAGE, REJECTED)
REQUEST = (STARTED, FINISHED)
OF_A_REQUEST = (STARTED, QUERY, FINISHED, EXCEPTION)


@dataclass(frozen=True)
class Field:
    """One field: its JSON type, the events that have it, when it is there, and its names elsewhere."""

    name: str
    type: str
    events: tuple[str, ...]
    meaning: str
    otel: str = ""
    ecs: str = ""


FIELDS = (
    Field("timestamp", "string", ALL, "RFC 3339, UTC, milliseconds", "Timestamp", "@timestamp"),
    Field(
        "level",
        "string",
        ALL,
        "DEBUG, INFO, WARNING, ERROR or CRITICAL",
        "SeverityText",
        "log.level",
    ),
    Field("event", "string", ALL, "which kind of line this is", "EventName", "event.action"),
    Field(
        "correlation_id",
        "string",
        ALL,
        "the request's id; absent outside of a request",
        "",
        "http.request.id",
    ),
    Field("logger", "string", LOGGED, "the logger's name", "scope name", "log.logger"),
    Field("message", "string", LOGGED, "the text, with its arguments in it", "Body", "message"),
    Field("http_method", "string", REQUEST, "", "http.request.method", "http.request.method"),
    Field(
        "http_path", "string", REQUEST, "the path, without its query string", "url.path", "url.path"
    ),
    Field(
        "http_route", "string", (FINISHED,), "the route's template; absent on a 404", "http.route"
    ),
    Field(
        "http_status",
        "integer",
        (FINISHED,),
        "absent when no answer was begun",
        "http.response.status_code",
        "http.response.status_code",
    ),
    Field(
        "http_query",
        "string",
        (FINISHED,),
        "opt in: the query string, redacted by name",
        "url.query",
        "url.query",
    ),
    Field(
        "http_header_*",
        "string",
        (FINISHED,),
        "opt in: a request header, redacted by name",
        "http.request.header.*",
    ),
    Field(
        "client_ip",
        "string",
        (FINISHED,),
        "opt in: the client's address",
        "client.address",
        "client.ip",
    ),
    Field(
        "run_id",
        "string",
        OF_A_REQUEST,
        "the load test that sent the request, from X-Run-ID; absent without",
    ),
    Field(
        "duration_ms",
        "number",
        (FINISHED,),
        "from the request's arrival to the last byte",
        "",
        "event.duration",
    ),
    Field("cpu_ms", "number", (FINISHED,), "CPU time of the request's thread"),
    Field(
        "queue_ms",
        "number",
        (FINISHED,),
        "how long the complete request waited for a thread before duration_ms began; absent where the server does not tell",
    ),
    Field(
        "threads_busy",
        "integer",
        (FINISHED,),
        "threads of the worker that were serving requests when this one began, its own among them; as queue_ms",
    ),
    Field("threads", "integer", (FINISHED,), "threads that the worker has; as queue_ms"),
    Field(
        "request_bytes",
        "integer",
        (FINISHED,),
        "size of the request's body; absent without one",
        "http.request.body.size",
        "http.request.body.bytes",
    ),
    Field(
        "response_bytes",
        "integer",
        (FINISHED,),
        "size of the body that was handed over",
        "http.response.body.size",
        "http.response.body.bytes",
    ),
    Field(
        "outcome",
        "string",
        (FINISHED,),
        "what cut the request short: exception, client_gone, timeout, refused (the server could not "
        "take it) or shed (the server was too busy); absent when nothing did",
    ),
    Field(
        "correlation_id_replaced",
        "boolean",
        (FINISHED,),
        "true when the id that was sent was not acceptable",
    ),
    Field(
        "trace_id",
        "string",
        (FINISHED,),
        "of the W3C traceparent or the ALB's root; absent without",
        "trace_id",
        "trace.id",
    ),
    Field(
        "traceId",
        "string",
        (FINISHED,),
        "the same, under the name that CloudWatch indexes by itself",
        "trace_id",
    ),
    Field(
        "parent_span_id",
        "string",
        (FINISHED,),
        "the caller's span, from traceparent",
        "parent_span_id",
        "parent.id",
    ),
    Field(
        "xray_trace_id",
        "string",
        (FINISHED,),
        "the root in the ALB's X-Amzn-Trace-Id; absent without",
    ),
    Field("db_query_count", "integer", (FINISHED,), "statements that the request ran"),
    Field("db_time_ms", "number", (FINISHED,), "time that they took; absent without any"),
    Field(
        "db_dup_count",
        "integer",
        (FINISHED,),
        "statements beyond the first of their fingerprint; absent when 0",
    ),
    Field("db_slow_count", "integer", (FINISHED,), "statements over the threshold; absent when 0"),
    Field(
        "db_n_plus_one",
        "boolean",
        (FINISHED,),
        "true when more than 5 alike took more than 50 ms together; else absent",
    ),
    Field(
        "db_statement",
        "string",
        (QUERY,),
        "as sent, placeholders for values, literals masked",
        "db.query.text",
    ),
    Field("db_fingerprint", "string", (QUERY,), "alike for statements that differ in values only"),
    Field("db_operation", "string", (QUERY,), "the statement's first word", "db.operation.name"),
    Field("db_table", "string", (QUERY,), "its first table; absent without", "db.collection.name"),
    Field(
        "db_rowcount",
        "integer",
        (QUERY,),
        "rows found or changed; absent when the driver cannot tell",
    ),
    Field(
        "db_duration_ms",
        "number",
        (QUERY,),
        "from sending it to its answer",
        "db.client.operation.duration",
    ),
    Field(
        "db_sqlstate",
        "string",
        (QUERY,),
        "PostgreSQL's error code, of a statement that failed",
        "db.response.status_code",
    ),
    Field("db_executemany", "boolean", (QUERY,), "true for a batch of parameters; else absent"),
    Field("db_parameters", "string", (QUERY,), "opt in: the values that were sent"),
    Field("exception_type", "string", (QUERY, EXCEPTION, LOG), "", "exception.type", "error.type"),
    Field(
        "exception_message",
        "string",
        (EXCEPTION, LOG),
        "without PostgreSQL's DETAIL",
        "exception.message",
        "error.message",
    ),
    Field(
        "exception_stack",
        "string",
        (EXCEPTION, LOG),
        "frames without their variables",
        "exception.stacktrace",
        "error.stack_trace",
    ),
    Field("exception_location", "string", (EXCEPTION, LOG), "file:line function that raised"),
    Field(
        "exception_fingerprint",
        "string",
        (EXCEPTION, LOG),
        "alike for the same type from the same place",
    ),
    Field("service", "string", (FINISHED,), "as configured", "service.name", "service.name"),
    Field("version", "string", (FINISHED,), "as configured", "service.version", "service.version"),
    Field(
        "env",
        "string",
        (FINISHED,),
        "as configured",
        "deployment.environment.name",
        "service.environment",
    ),
    Field("truncated", "boolean", ALL, "true when the line was cut to 64 KiB; else absent"),
    Field("_aws", "object", (FINISHED,), "opt in: Embedded Metric Format"),
    Field("status_class", "string", (FINISHED,), "with _aws: 2xx, 3xx, 4xx or 5xx"),
    Field("requests", "integer", (FINISHED,), "with _aws: 1"),
    Field("errors", "integer", (FINISHED,), "with _aws: 1 for a 5xx"),
    # What delivery adds to a line.
    Field("event_id", "string", ALL, "alike on two copies of one line"),
    Field(
        "delivery_clamped",
        "string",
        ALL,
        "why CloudWatch refused the line's own time; absent when it took it",
    ),
    Field("format_error", "string", (LOG,), "why the line could not be formatted; else absent"),
    Field("arguments", "string", (LOG,), "with format_error: what was to be put into the message"),
    Field("part", "integer", ALL, "which part this is of a line over 1 MB; else absent"),
    Field("parts", "integer", ALL, "how many there are"),
    Field("part_of", "string", ALL, "the event_id of the line"),
    Field("part_text", "string", ALL, "the part; joined, they are the line"),
    # The shipper's own numbers.
    Field("behind_events", "integer", (DELIVERY,), "lines that wait in the spool"),
    Field("behind_seconds", "number", (DELIVERY,), "age of the oldest of them"),
    Field("spool_bytes", "integer", (DELIVERY,), "size of the spool"),
    Field("started_at", "number", (DELIVERY,), "when the shipper started, in seconds since 1970"),
    Field("events_shipped", "integer", (DELIVERY,), "since then, as are the next seven"),
    Field("bytes_shipped", "integer", (DELIVERY,), ""),
    Field("batches_shipped", "integer", (DELIVERY,), "calls of PutLogEvents that were accepted"),
    Field("retries", "integer", (DELIVERY,), "calls that were not"),
    Field("events_clamped", "integer", (DELIVERY,), "sent again under CloudWatch's time"),
    Field(
        "events_quarantined", "integer", (DELIVERY,), "refused for good, kept in rejected.ndjson"
    ),
    Field("events_dropped", "integer", (DELIVERY,), "dropped at the spool's cap"),
    Field("events_damaged", "integer", (DELIVERY,), "unreadable in the spool"),
    Field("problem", "string", (DELIVERY,), "the error that delivery waits on; absent without"),
    Field(
        "clock_skew_s", "number", (DELIVERY,), "how far this host's clock is ahead of CloudWatch's"
    ),
    Field("dropped_count", "integer", (GAP,), "lines that the spool had no room for"),
    Field("dropped_writer", "string", (GAP,), "whose, as in event_id"),
    Field(
        "dropped_first_sequence",
        "integer",
        (GAP,),
        "the numbers of the first and the last, as in event_id",
    ),
    Field("dropped_last_sequence", "integer", (GAP,), ""),
    Field("dropped_from_ms", "integer", (GAP,), "their times, in milliseconds since 1970"),
    Field("dropped_to_ms", "integer", (GAP,), ""),
    Field("dropped_debug", "integer", (GAP,), "how many there were of each level; absent when 0"),
    Field("dropped_info", "integer", (GAP,), ""),
    Field("dropped_warning", "integer", (GAP,), ""),
    Field("dropped_error", "integer", (GAP,), ""),
    Field("dropped_critical", "integer", (GAP,), ""),
    Field("damaged_count", "integer", (DAMAGE,), "lines that could not be read back"),
    Field("damaged_segment", "string", (DAMAGE,), "from which file"),
    Field("rejected_bytes", "integer", (REJECTED,), "size of the line that CloudWatch refused"),
    Field("rejected_event_id", "string", (REJECTED,), "its event_id"),
)

RESERVED = frozenset(field.name for field in FIELDS if {*field.events} & {*OF_A_REQUEST, LOG})
HEADER_PREFIX = "http_header_"


def is_reserved(name: object) -> bool:
    """Whether the schema has taken the name, so that an app's own field cannot have it."""
    return name in RESERVED or (isinstance(name, str) and name.startswith(HEADER_PREFIX))


def markdown_table() -> str:
    """The table of all fields, in Markdown."""
    rows = ["| field | type | in | meaning | OpenTelemetry | ECS |", "|---|---|---|---|---|---|"]
    for field in FIELDS:
        events = "all" if field.events == ALL else ", ".join(field.events)
        names = [f"`{name}`" if name else "" for name in (field.otel, field.ecs)]
        rows.append(
            f"| `{field.name}` | {field.type} | {events} | {field.meaning} | {names[0]} | {names[1]} |"
        )
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    print(markdown_table(), end="")
