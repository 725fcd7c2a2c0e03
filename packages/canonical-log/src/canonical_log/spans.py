"""The active span of OpenTelemetry, in a process that uses it. Nothing here imports it."""

import importlib
from sys import modules

__all__ = ["OPENTELEMETRY", "active_span", "span_headers"]

OPENTELEMETRY = "opentelemetry.trace"
"""The module that is there where it is used."""


def active_span() -> dict[str, str]:
    """The fields of the active span: `trace_id`, `traceId` and `span_id`; empty without one."""
    if OPENTELEMETRY not in modules:
        return {}
    get_current_span = getattr(modules[OPENTELEMETRY], "get_current_span", None)
    if get_current_span is None:  # it is being imported
        return {}
    context = get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    trace_id = f"{context.trace_id:032x}"
    return {"trace_id": trace_id, "traceId": trace_id, "span_id": f"{context.span_id:016x}"}


def span_headers() -> dict[str, str]:
    """The headers that carry the active span on to another service, as OpenTelemetry's propagators
    make them; empty without one.
    """
    headers: dict[str, str] = {}
    if active_span():
        importlib.import_module("opentelemetry.propagate").inject(headers)
    return headers
