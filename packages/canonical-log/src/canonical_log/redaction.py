"""Keeps secrets out by the names that they go by."""

import dataclasses
import re
from collections import deque
from collections.abc import Iterable, Mapping
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
    """A copy of what mappings, sequences and records there are, redacted as by `redact_mapping`;
    anything else as it is. Records are dataclasses, named tuples, and objects of pydantic and
    attrs.
    """
    try:
        return _redacted(value, depth)
    except Exception as error:  # it is not as it says
        return f"<{type(value).__name__} which raised {type(error).__name__}>"


def _redacted(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    fields = value if isinstance(value, Mapping) else _record_fields(value)
    if fields is not None:
        return redact_mapping(fields, depth) if depth else "..."
    if isinstance(value, list | tuple | set | frozenset | deque):
        return [redact_value(item, depth - 1) for item in value] if depth else "..."
    return value


def _record_fields(value: Any) -> dict[str, Any] | None:
    """The fields of a record, by their names, or None if it is none."""
    kind = type(value)
    if kind is type:
        return None
    if dataclasses.is_dataclass(kind):
        names: Iterable[str] = [field.name for field in dataclasses.fields(kind)]
    elif isinstance(value, tuple):
        names = getattr(kind, "_fields", ())
    elif hasattr(kind, "__attrs_attrs__"):
        names = [attribute.name for attribute in kind.__attrs_attrs__]
    elif hasattr(kind, "__pydantic_fields__"):
        names = [*kind.__pydantic_fields__, *(getattr(value, "__pydantic_extra__", None) or ())]
    else:
        return None
    fields = {name: getattr(value, name) for name in names if hasattr(value, name)}
    return fields or (None if isinstance(value, tuple) else {})
