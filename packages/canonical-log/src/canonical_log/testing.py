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

from .fields import events, fields_of, find_field, is_reserved
from .formatter import JsonFormatter

__all__ = ["assert_queries", "assert_schema", "log_lines"]

Line = dict[str, Any]

_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
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
    assert event_name in events(), f"{event_name!r} is no event of {events()}"
    fields = {field.name: field for field in fields_of(event_name)}
    missing = [field.name for field in fields.values() if field.is_required_in(event_name)]
    missing = [name for name in missing if name not in line]
    assert not missing, f"{missing} not in {line}"
    for name, value in line.items():
        field = find_field(name)
        if field and (is_reserved(name) or name in fields):
            assert field.is_in(event_name), f"{name} is no field of {event_name}"
            assert _is_of(field.type, value), f"{name} is {value!r}, no {field.type}"


@contextmanager
def assert_queries(expected: int) -> Iterator[list[str]]:
    """Fails unless the block runs `expected` statements, on whatever engine. Gives the list of them
    as they come. Needs SQLAlchemy.
    """
    from sqlalchemy import Engine, event

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


def _is_of(kind: str, value: Any) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


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
