"""The fields of calls to other services."""

from canonical_log.fields import ENDS, HTTP_CLIENT, Field

__all__ = ["FIELDS"]

_CALL = (HTTP_CLIENT,)

FIELDS = (
    Field(
        "http_client_count",
        "integer",
        ENDS,
        "calls to other services, each attempt one; absent without any",
    ),
    Field(
        "http_client_time_ms",
        "number",
        ENDS,
        "time that it waited for them, up to the end of their answers' bodies",
        unit="ms",
    ),
    Field(
        "http_client_error_count",
        "integer",
        ENDS,
        "those without a whole answer or with a status from 500 on; absent when 0",
    ),
    Field("http_client_library", "string", _CALL, "through which it went", required=_CALL),
    Field("http_client_method", "string", _CALL, "", required=_CALL),
    Field("http_client_host", "string", _CALL, "host, and port if not the usual", required=_CALL),
    Field(
        "http_client_url",
        "string",
        _CALL,
        "without user, query string, and what looks like a key in the path",
        required=_CALL,
    ),
    Field("http_client_status", "integer", _CALL, "absent when no answer came"),
    Field(
        "http_client_duration_ms",
        "number",
        _CALL,
        "waiting, from sending it to the end of its answer's body",
        unit="ms",
        required=_CALL,
    ),
    Field(
        "http_client_resend_count",
        "integer",
        _CALL,
        "how many attempts were before this one, by urllib3's Retry; absent when 0",
    ),
    Field("http_client_origin", "string", _CALL, "file:line function of the app that made it"),
)
