"""Keeps secrets out by the names that they go by."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

__all__ = ["REDACTED", "is_secret", "redact_mapping", "redact_query", "redact_value"]

REDACTED = "[redacted]"
MAX_DEPTH = 5

_SECRET = re.compile(
    r"passw|secret|token|api[-_]?key|authori[sz]ation|cookie|credential|private[-_]?key|session|signature|^pin$|^key$",
    re.IGNORECASE,
)


def is_secret(name: str) -> bool:
    """Whether a value of this name must not be logged."""
    return _SECRET.search(name) is not None


def redact_query(query: str) -> str:
    """The query string with the values of secret names replaced."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode(
        [(name, REDACTED if is_secret(name) else value) for name, value in pairs], safe="[]"
    )


def redact_mapping(values: Mapping[Any, Any], depth: int = MAX_DEPTH) -> dict[str, Any]:
    """A copy with string keys and the values of secret names replaced, five levels deep."""
    return {
        name: REDACTED if is_secret(name) else redact_value(value, depth - 1)
        for name, value in ((_text(name), value) for name, value in values.items())
    }


def _text(name: Any) -> str:
    """A key as text, without calling a `__str__` that may raise."""
    if isinstance(name, str):
        return str.__str__(name)
    is_number = isinstance(name, float) or (isinstance(name, int) and name.bit_length() < 64)
    return str(name) if is_number else f"<{type(name).__name__}>"


def redact_value(value: Any, depth: int = MAX_DEPTH) -> Any:
    """A copy of what mappings and sequences there are, redacted as by `redact_mapping`; anything
    else as it is.
    """
    if isinstance(value, Mapping):
        try:
            return redact_mapping(value, depth) if depth else "..."
        except Exception as error:  # a mapping that is not as it says
            return f"<{type(value).__name__} which raised {type(error).__name__}>"
    if isinstance(value, list | tuple):
        return [redact_value(item, depth - 1) for item in value] if depth else "..."
    return value
