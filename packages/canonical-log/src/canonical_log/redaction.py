"""Keeps secrets out by the names that they go by."""

import dataclasses
import enum
import re
from argparse import Namespace
from collections import deque
from collections.abc import ItemsView, Iterable, Mapping, ValuesView
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlencode

__all__ = [
    "REDACTED",
    "is_secret",
    "redact_mapping",
    "redact_parameters",
    "redact_query",
    "redact_value",
]

REDACTED = "[redacted]"
MAX_DEPTH = 5

_SECRET = re.compile(
    r"pass(w|phrase|code)|pwd|secret|token|authori[sz]ation|cookie|credential|session|signature"
    r"|(api|access|private|signing|encryption|ssh)[-_]?key|^(x[-_])?auth$|^(pin|key|otp|jwt|cvv|cvc|bearer)$",
    re.IGNORECASE,
)

_PARAMETER = re.compile(r"""([?&;]([\w.\[\]%-]+)=)[^\s&;"'<>)]+""")


def is_secret(name: str) -> bool:
    """Whether a value of this name must not be logged."""
    return _SECRET.search(name) is not None


def redact_query(query: str) -> str:
    """The query string with the values of secret names replaced."""
    pairs = parse_qsl(query.replace(";", "&"), keep_blank_values=True)
    return urlencode(
        [(name, REDACTED if is_secret(name) else value) for name, value in pairs], safe="[]"
    )


def redact_parameters(text: str) -> str:
    """The text, in which the parameters of URLs that have secret names have no values."""
    if "?" not in text:
        return text
    return _PARAMETER.sub(
        lambda found: f"{found[1]}{REDACTED}" if is_secret(found[2]) else found[0], text
    )


def redact_mapping(values: Mapping[Any, Any], depth: int = MAX_DEPTH) -> dict[str, Any]:
    """A copy with string keys and the values of secret names replaced, five levels deep."""
    return {
        name: REDACTED if is_secret(name) else redact_value(value, depth - 1)
        for name, value in ((_text(name), value) for name, value in values.items())
    }


def _text(name: Any) -> str:
    """A key as text, without calling a `__str__` that may raise."""
    if isinstance(name, enum.Enum):
        name = name.value
    if isinstance(name, bytes):
        return name.decode("utf-8", "backslashreplace")
    if isinstance(name, str):
        return str.__str__(name)
    is_number = isinstance(name, float) or (isinstance(name, int) and name.bit_length() < 64)
    return str(name) if is_number else f"<{type(name).__name__}>"


def redact_value(value: Any, depth: int = MAX_DEPTH) -> Any:
    """A copy of what mappings, sequences and records there are, redacted as by `redact_mapping`;
    anything else as it is. Records are dataclasses, named tuples, namespaces, and objects of
    pydantic, attrs and msgspec.
    """
    try:
        return _redacted(value, depth)
    except Exception as error:  # it is not as it says
        return f"<{type(value).__name__} which raised {type(error).__name__}>"


def _redacted(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    fields = value if _is_mapping(value) else _record_fields(value)
    if fields is not None:
        return redact_mapping(fields, depth) if depth else "..."
    if _is_secret_pair(value):
        return [value[0], REDACTED]
    if isinstance(value, list | tuple | set | frozenset | deque | ItemsView | ValuesView):
        return [redact_value(item, depth - 1) for item in value] if depth else "..."
    return value


def _is_mapping(value: Any) -> bool:
    """Whether it is one, or the headers of a request, which only look like one in werkzeug and in
    `http.client`.
    """
    kind = type(value)
    is_headers = hasattr(kind, "items") and (hasattr(kind, "getlist") or hasattr(kind, "get_all"))
    return isinstance(value, Mapping) or is_headers


def _is_secret_pair(value: Any) -> bool:
    """Whether it is a name and its value, as in a list of headers."""
    is_pair = isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str)
    return is_pair and is_secret(value[0])


def _record_fields(value: Any) -> dict[str, Any] | None:
    """The fields of a record, by their names, or None if it is none."""
    kind = type(value)
    if kind is type:
        return None
    if dataclasses.is_dataclass(kind):
        names: Iterable[str] = [field.name for field in dataclasses.fields(kind)]
    elif isinstance(value, tuple):
        names = getattr(kind, "_fields", ())
    elif isinstance(value, SimpleNamespace | Namespace):
        names = vars(value)
    elif hasattr(kind, "__struct_fields__"):  # of msgspec
        names = kind.__struct_fields__
    elif hasattr(kind, "__attrs_attrs__"):
        names = [attribute.name for attribute in kind.__attrs_attrs__]
    elif hasattr(kind, "__pydantic_fields__"):
        names = [*kind.__pydantic_fields__, *(getattr(value, "__pydantic_extra__", None) or ())]
    elif hasattr(kind, "_mapping"):  # a row of SQLAlchemy
        return dict(value._mapping)
    else:
        return None
    fields = {name: getattr(value, name) for name in names if hasattr(value, name)}
    return fields or (None if isinstance(value, tuple) else {})
