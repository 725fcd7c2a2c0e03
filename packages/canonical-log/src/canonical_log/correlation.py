"""The ids of a request: found in its headers, checked, or made; and handed on."""

import os
import random
import re
import secrets
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

__all__ = [
    "DEFAULT_ID_HEADERS",
    "ID_PATTERN",
    "Identity",
    "TraceParent",
    "acceptable_id",
    "identify",
    "outgoing_headers",
    "parse_amzn_root",
    "parse_traceparent",
]

DEFAULT_ID_HEADERS = ("X-Correlation-ID", "X-Request-ID", "traceparent", "X-Amzn-Trace-Id")

ID_PATTERN = r"[A-Za-z0-9._-]{1,128}"
"""What an id may look like: the pattern of the whole of it."""
_TRACEPARENT_KEY, _AMZN_KEY = "HTTP_TRACEPARENT", "HTTP_X_AMZN_TRACE_ID"
_ACCEPTABLE = re.compile(ID_PATTERN)
# https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
# https://www.w3.org/TR/baggage/#limits
_PASSED_ON = re.compile(r"[\t\x20-\x7e]{1,8192}")
_AMZN_ROOT = re.compile(r"1-(?!0{8}-0{24})[0-9a-f]{8}-[0-9a-f]{24}")


class TraceParent(NamedTuple):
    """A W3C traceparent: ids in lower-case hex, flags as an integer."""

    trace_id: str
    parent_span_id: str
    flags: int


class Identity(NamedTuple):
    """Under which ids a request is known. `replaced`: one that it brought was not acceptable."""

    correlation_id: str
    replaced: bool = False
    trace: TraceParent | None = None
    amzn_root: str | None = None

    @property
    def trace_id(self) -> str | None:
        """32 hex characters from traceparent, else from the ALB's root, else None."""
        if self.trace:
            return self.trace.trace_id
        return _trace_id_of(self.amzn_root) if self.amzn_root else None


def identify(environ: Mapping[str, Any], headers: Sequence[str] = DEFAULT_ID_HEADERS) -> Identity:
    """The ids of a WSGI request: the first of `headers` that holds an acceptable one decides, else
    a new id.

    An id is acceptable with 1 to 128 characters of A-Z, a-z, 0-9, dot, underscore and dash.
    """
    trace = amzn_root = None
    if _TRACEPARENT_KEY in environ:
        trace = parse_traceparent(environ[_TRACEPARENT_KEY])
    if _AMZN_KEY in environ:
        amzn_root = parse_amzn_root(environ[_AMZN_KEY])
    replaced = False
    for key in _keys_of(tuple(headers)):
        value = environ.get(key)
        if value is None:
            continue
        if key == _TRACEPARENT_KEY:
            found = trace.trace_id if trace else None
        elif key == _AMZN_KEY:
            found = _trace_id_of(amzn_root) if amzn_root else None
        else:
            found = acceptable_id(value)
        if found:
            return Identity(found, replaced, trace, amzn_root)
        replaced = True
    return Identity(_new_id(), replaced, trace, amzn_root)


def parse_traceparent(value: str) -> TraceParent | None:
    """The traceparent, or None when the specification says to ignore it."""
    match = _TRACEPARENT.fullmatch(value)
    if match is None:
        return None
    version, trace_id, span_id, flags, rest = match.groups()
    if version == "ff" or (version == "00" and rest) or trace_id == "0" * 32 or span_id == "0" * 16:
        return None
    return TraceParent(trace_id, span_id, int(flags, 16))


def parse_amzn_root(value: str) -> str | None:
    """The Root of an X-Amzn-Trace-Id, such as 1-67891233-abcdef012345678912345678, or None."""
    for part in value.split(";"):
        name, _, root = part.strip().partition("=")
        if name == "Root":
            return root if _AMZN_ROOT.fullmatch(root) else None
    return None


def outgoing_headers(identity: Identity, environ: Mapping[str, Any]) -> dict[str, str]:
    """The headers that carry the ids on to another service: the correlation ID, a traceparent for a
    child span, and the tracestate and the baggage that came with the request.

    The trace is the request's own; without one its id is the correlation ID where that has the
    form, else one that is made of it.
    """
    trace_id = identity.trace_id or identity.correlation_id
    if not re.fullmatch(r"[0-9a-f]{32}", trace_id) or trace_id == "0" * 32:
        trace_id = blake2b(identity.correlation_id.encode(), digest_size=16).hexdigest()
    headers = {
        "X-Correlation-ID": identity.correlation_id,
        "traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-{_sampled(identity, environ):02x}",
    }
    # https://www.w3.org/TR/trace-context/#tracestate-header: nothing without its traceparent
    if identity.trace and _may_pass(environ.get("HTTP_TRACESTATE")):
        headers["tracestate"] = environ["HTTP_TRACESTATE"]
    if _may_pass(environ.get("HTTP_BAGGAGE")):
        headers["baggage"] = environ["HTTP_BAGGAGE"]
    return headers


def _sampled(identity: Identity, environ: Mapping[str, Any]) -> int:
    """1 unless the caller, or else the load balancer, has decided that the trace is not recorded.
    Where nobody has, 0 would keep every service behind this one from recording it.
    """
    if identity.trace:
        return identity.trace.flags & 1
    parts = environ.get(_AMZN_KEY, "").split(";")
    return 0 if any(part.strip() == "Sampled=0" for part in parts) else 1


def _may_pass(value: object) -> bool:
    """Whether it is text for a header, of bounded size."""
    return isinstance(value, str) and _PASSED_ON.fullmatch(value) is not None


def acceptable_id(value: str) -> str | None:
    """The value if it may stand in a log line as an id, else None."""
    return value if _ACCEPTABLE.fullmatch(value) else None


def _trace_id_of(amzn_root: str) -> str:
    return amzn_root.replace("-", "")[1:]


@lru_cache(maxsize=64)
def _keys_of(headers: tuple[str, ...]) -> list[str]:
    """The headers' names in a WSGI environ."""
    return ["HTTP_" + header.upper().replace("-", "_") for header in headers]


# It is told apart, not kept secret: a generator of this process's own takes no system call.
_random = random.Random(secrets.randbits(256))  # noqa: S311
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: _random.seed(secrets.randbits(256)))


def _new_id() -> str:
    """32 hex characters, not all of them zero, so that they are a trace id too."""
    return (_random.getrandbits(128) or 1).to_bytes(16).hex()
