"""The fields of this package's own events: the one place that knows them."""

from .database_schema import DATABASE_FIELDS
from .fields import (
    ALL,
    CONNECTION,
    ENDS,
    EXCEPTION,
    FINISHED,
    HTTP_CLIENT,
    JOB_FINISHED,
    JOB_STARTED,
    LOG,
    QUERY,
    STARTED,
    WORK_FINISHED,
    WORK_STARTED,
    Field,
)

__all__ = ["FIELDS"]

_END, _TEXT = (FINISHED,), (EXCEPTION, LOG)
_REQUEST = (STARTED, FINISHED)
_JOB = (JOB_STARTED, JOB_FINISHED)
_WORK = (WORK_STARTED, WORK_FINISHED, *_JOB)
_WITHIN = (*_REQUEST, *_WORK, QUERY, CONNECTION, HTTP_CLIENT, EXCEPTION, LOG)

FIELDS = (
    Field("timestamp", "string", ALL, "RFC 3339, UTC, microseconds", required=ALL),
    Field("level", "string", ALL, "DEBUG, INFO, WARNING, ERROR or CRITICAL", required=ALL),
    Field("event", "string", ALL, "which kind of line this is", required=ALL),
    Field(
        "correlation_id",
        "string",
        ALL,
        "the id of the request or other work; absent outside of any",
        required=(*_REQUEST, *_WORK, EXCEPTION),
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
    Field("work_name", "string", _WORK, "what kind of work it is, as a task's", required=_WORK),
    Field("job_system", "string", _JOB, "whose job it is: celery or rq", required=_JOB),
    Field("job_id", "string", _JOB, "its id there", required=_JOB),
    Field("job_queue", "string", _JOB, "the name of the queue"),
    Field("job_attempt", "integer", _JOB, "1, and one more after each retry", required=_JOB),
    Field(
        "run_id",
        "string",
        _WITHIN,
        "the load test that sent the request, from X-Run-ID; absent without",
    ),
    Field(
        "duration_ms",
        "number",
        ENDS,
        "from the request's arrival to the last byte; of other work, from its start to its end",
        unit="ms",
        required=ENDS,
    ),
    Field(
        "cpu_ms",
        "number",
        ENDS,
        "CPU time of its thread; absent where it ended in another",
        unit="ms",
    ),
    Field(
        "queue_ms",
        "number",
        (FINISHED, *_JOB),
        "before duration_ms: that the whole request waited for a thread, from the server; that the"
        " job waited in its queue",
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
        ENDS,
        "what cut it short: exception, client_gone, timeout, refused, shed or interrupted; or"
        " handed_over, to a WebSocket; absent when nothing",
    ),
    Field(
        "correlation_id_replaced",
        "boolean",
        ENDS,
        "true when the id that was sent was not acceptable",
    ),
    Field(
        "trace_id",
        "string",
        ALL,
        "of OpenTelemetry's active span; else, on a canonical line, of the W3C traceparent or the"
        " ALB's root; absent without",
    ),
    Field("traceId", "string", ALL, "the same, under the name that CloudWatch indexes by itself"),
    Field("span_id", "string", ALL, "of OpenTelemetry's active span; absent without"),
    Field("parent_span_id", "string", ENDS, "the caller's span, from traceparent"),
    Field("xray_trace_id", "string", ENDS, "the root in the ALB's X-Amzn-Trace-Id; absent without"),
    *DATABASE_FIELDS,
    Field(
        "sample_rate",
        "number",
        (QUERY, CONNECTION, HTTP_CLIENT, FINISHED, STARTED, WORK_STARTED, JOB_STARTED, LOG),
        "the share of requests like this one whose lines are written; absent where all are",
    ),
    Field(
        "sampled_out_count",
        "integer",
        _END,
        "lines of this request that sampling left out; absent when 0",
    ),
    Field("stack_info", "string", (LOG,), "where the call was made, if it asked for stack_info"),
    Field(
        "exception_type",
        "string",
        (QUERY, HTTP_CLIENT, EXCEPTION, LOG),
        "",
        required=(EXCEPTION,),
    ),
    Field(
        "exception_message", "string", _TEXT, "without PostgreSQL's DETAIL", required=(EXCEPTION,)
    ),
    Field(
        "exception_stack",
        "string",
        _TEXT,
        "frames without variables, of the exceptions that it came from too, and their notes",
        required=(EXCEPTION,),
    ),
    Field("exception_location", "string", _TEXT, "file:line function that raised"),
    Field("exception_fingerprint", "string", _TEXT, "alike for the same type from the same place"),
    Field("exception_cause_type", "string", _TEXT, "of the root cause; absent without another"),
    Field("exception_cause_message", "string", _TEXT, "as exception_message, of the root cause"),
    Field("exception_cause_location", "string", _TEXT, "as exception_location, of the root cause"),
    Field(
        "exception_cause_fingerprint",
        "string",
        _TEXT,
        "alike for the same root cause from the same place",
    ),
    Field("service", "string", ENDS, "as configured"),
    Field("version", "string", ENDS, "as configured"),
    Field("env", "string", ENDS, "as configured"),
    Field("truncated", "boolean", ALL, "true when the line was cut to 64 KiB; else absent"),
    Field("_aws", "object", _END, "opt in: Embedded Metric Format"),
    Field("status_class", "string", _END, "with _aws: 2xx, 3xx, 4xx or 5xx"),
    Field("requests", "integer", _END, "with _aws: 1"),
    Field("errors", "integer", _END, "with _aws: 1 for a 5xx"),
    # Opt in: how often a kind of value was masked in the line.
    Field("masked_jwt", "integer", ALL, "JSON Web Tokens that were masked; absent without"),
    Field("masked_email", "integer", ALL, "e-mail addresses"),
    Field("masked_iban", "integer", ALL, "account numbers with the checksum of an IBAN"),
    Field("masked_card", "integer", ALL, "card numbers, by Luhn's checksum"),
    Field("masked_phone", "integer", ALL, "telephone numbers"),
    Field("masked_aws_key", "integer", ALL, "access keys and secret keys of AWS"),
)
