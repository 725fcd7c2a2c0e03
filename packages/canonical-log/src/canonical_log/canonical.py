"""The fields of a request's two lines."""

from typing import Any

from .correlation import Identity
from .emf import emf_fields
from .environ import MAX_CHARACTERS, method_of
from .fields import FINISHED, STARTED
from .redaction import REDACTED, is_secret, redact_mapping, redact_query
from .settings import Settings
from .state import RequestState

__all__ = ["canonical_line", "started_line", "trace_fields"]

# What a server may put into the WSGI environ, and the fields that it becomes.
_FROM_SERVER = (
    ("canonical_log.queue_ms", "queue_ms", (float, int)),
    ("canonical_log.threads_busy", "threads_busy", int),
    ("canonical_log.threads", "threads", int),
)


def started_line(state: RequestState) -> dict[str, Any]:
    """What is known when the request comes."""
    line = state.begin_line(STARTED)
    line["http_method"] = method_of(state.environ)
    line["http_path"] = state.path
    return line


def canonical_line(state: RequestState, outcome: str | None) -> dict[str, Any]:
    """All that is worth knowing of the request once it is over."""
    environ, settings = state.environ, state.settings
    # Garbage collection may have come upon it within another request, whose span is active.
    line = state.begin_line(FINISHED, None if state.status is None else state.span)
    line["http_method"] = method_of(environ)
    line["http_path"] = state.path
    if state.name:
        line["http_route"] = state.name
    if state.status is not None:
        line["http_status"] = state.status
    line["duration_ms"] = state.duration_ms()
    cpu_ms = state.cpu_ms()
    if cpu_ms is not None:
        line["cpu_ms"] = cpu_ms
    _add_from_server(line, environ)
    if environ.get("CONTENT_LENGTH", "").isdecimal() and environ["CONTENT_LENGTH"] != "0":
        line["request_bytes"] = int(environ["CONTENT_LENGTH"][:18])
    line["response_bytes"] = state.bytes_sent
    state.database.add_to(line)
    if state.http_client:
        line |= state.http_client.fields()
    if state.held:
        line |= state.held.fields
    if outcome:
        line["outcome"] = outcome
    line |= trace_fields(state.identity, has_span="trace_id" in line)
    line |= settings.constants
    line |= _opted_in(environ, settings)
    if state.extra:
        line |= redact_mapping(state.extra)
    if settings.emf_namespace:
        line |= emf_fields(settings.emf_namespace, line)
    return line


def _add_from_server(line: dict[str, Any], environ: dict[str, Any]) -> None:
    for key, field, kind in _FROM_SERVER:
        value = environ.get(key)
        if isinstance(value, kind):
            line[field] = round(value, 2)


def trace_fields(identity: Identity, *, has_span: bool) -> dict[str, Any]:
    """Of the ids that came from elsewhere."""
    _, replaced, trace, amzn_root = identity
    fields: dict[str, Any] = {}
    if replaced:
        fields["correlation_id_replaced"] = True
    if (trace or amzn_root) and not has_span:
        fields["trace_id"] = fields["traceId"] = identity.trace_id
    if trace:
        fields["parent_span_id"] = trace.parent_span_id
    if amzn_root:
        fields["xray_trace_id"] = amzn_root
    return fields


def _opted_in(environ: dict[str, Any], settings: Settings) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if settings.client_ip and environ.get("REMOTE_ADDR"):
        fields["client_ip"] = environ["REMOTE_ADDR"]
    if settings.query_string and environ.get("QUERY_STRING"):
        fields["http_query"] = redact_query(environ["QUERY_STRING"][:MAX_CHARACTERS])
    for header in settings.headers:
        value = environ.get("HTTP_" + header.upper().replace("-", "_"))
        if value is not None:
            name = "http_header_" + header.lower().replace("-", "_")
            fields[name] = REDACTED if is_secret(header) else value[:MAX_CHARACTERS]
    return fields
