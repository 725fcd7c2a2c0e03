"""For your own tests: what was logged, whether it keeps to the schema, and how many statements ran.

pytest_plugins = ["canonical_log.testing"]

def test_the_page_is_one_query(client, log_lines):
    with assert_queries(1):
        client.get("/page")
    [line] = log_lines("request_finished")
    assert line["http_status"] == 200

Set `TESTING` on the app, so that a request's canonical line is there when the client's call
returns.
"""

# ruff: noqa: S101  # to assert is what it is for
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from .fields import ALL, EVENTS, FIELDS, HEADER_PREFIX, is_reserved
from .formatter import JsonFormatter

__all__ = ["assert_queries", "assert_schema", "log_lines"]

Line = dict[str, Any]

_FIELDS = {field.name: field for field in FIELDS}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
}
_ALWAYS = ("timestamp", "level", "event")
_ALWAYS_IN = {
    "request_started": ("correlation_id", "http_method", "http_path"),
    "query": ("db_statement", "db_fingerprint", "db_operation", "db_duration_ms"),
    "request_finished": (
        "correlation_id",
        "http_method",
        "http_path",
        "duration_ms",
        "cpu_ms",
        "response_bytes",
        "db_query_count",
    ),
    "exception": (
        "correlation_id",
        "logger",
        "message",
        "exception_type",
        "exception_message",
        "exception_stack",
    ),
    "log": ("logger",),
    "delivery": (
        "event_id",
        "behind_events",
        "behind_seconds",
        "spool_bytes",
        "retries",
        "events_dropped",
    ),
    "delivery_gap": ("event_id", "dropped_count", "dropped_writer"),
    "delivery_damage": ("event_id", "damaged_count", "damaged_segment"),
    "delivery_rejected": ("event_id", "rejected_event_id", "rejected_bytes"),
}


@pytest.fixture
def log_lines() -> Iterator[Callable[..., list[Line]]]:
    """Call it for the lines that the test has caused so far, parsed: all of them, or the ones of
    one event.
    """
    handler = _ListHandler()
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(min(level, logging.INFO) or logging.INFO)
    yield handler.lines
    root.removeHandler(handler)
    root.setLevel(level)


def assert_schema(line: Line) -> None:
    """Fails unless the line has the fields that its event always has, each of its type, and none of
    another event.

    A name that the schema does not know is a field of the app's own, and allowed.
    """
    event_name = line.get("event")
    assert event_name in EVENTS, f"{event_name!r} is no event of {EVENTS}"
    missing = [name for name in (*_ALWAYS, *_ALWAYS_IN[event_name]) if name not in line]
    assert not missing, f"{missing} not in {line}"
    for name, value in line.items():
        if is_reserved(name) or (name in _FIELDS and event_name in _FIELDS[name].events):
            _assert_field(name, value, event_name)


@contextmanager
def assert_queries(expected: int) -> Iterator[list[str]]:
    """Fails unless the block runs `expected` statements, on whatever engine. Gives the list of them
    as they come.
    """
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, sql: str, *_others: Any) -> None:
        statements.append(sql)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    shown = "\n".join(statements)
    assert len(statements) == expected, f"{len(statements)} statements, not {expected}:\n{shown}"


def _assert_field(name: str, value: Any, event_name: str) -> None:
    field = _FIELDS[HEADER_PREFIX + "*" if name.startswith(HEADER_PREFIX) else name]
    assert field.events == ALL or event_name in field.events, f"{name} is no field of {event_name}"
    is_right = isinstance(value, _TYPES[field.type]) and (
        field.type == "boolean" or not isinstance(value, bool)
    )
    assert is_right, f"{name} is {value!r}, no {field.type}"


class _ListHandler(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))

    def lines(self, event: str | None = None) -> list[Line]:
        lines = [json.loads(line) for line in self._lines]
        return [line for line in lines if event in (None, line["event"])]
