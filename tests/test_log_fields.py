"""Every field of every line that the app and its delivery write is known in one table."""

import subprocess
import sys

import pytest

from canonical_log.schema import FIELDS as CANONICAL_FIELDS
from canonical_log.testing import assert_schema
from cloudwatch_spool.events import FIELDS as DELIVERY_FIELDS
from todo.log_fields import events, fields_of
from todo.profile_fields import FIELDS as PROFILE_FIELDS

DROPPED = {
    "timestamp": "2026-11-23T00:00:00.000Z",
    "level": "WARNING",
    "event": "delivery_gap",
    "logger": "cloudwatch_spool",
    "event_id": "a-1",
    "dropped_count": 3,
    "dropped_writer": "a",
    "dropped_first_sequence": 4,
    "dropped_last_sequence": 6,
    "dropped_from_ms": 1_795_392_000_000,
    "dropped_to_ms": 1_795_392_000_001,
    "message": "3 log events were dropped",
}


def test_the_module_prints_the_whole_table():
    printed = subprocess.check_output([sys.executable, "-m", "todo.log_fields"], text=True)
    known = (*CANONICAL_FIELDS, *DELIVERY_FIELDS, *PROFILE_FIELDS)
    assert [f.name for f in known if f"| `{f.name}` |" not in printed] == []


def test_the_fields_are_complete_once_the_module_is_imported():
    assert table_after("todo.log_fields") == table_after(
        "todo.cli, todo.serving.profiler, todo.log_fields"
    )


def table_after(modules):
    code = f"import {modules}; print(todo.log_fields.markdown_table())"
    return subprocess.check_output([sys.executable, "-c", code], text=True)


def test_a_line_of_delivery_is_held_to_the_schema():
    assert_schema(DROPPED)
    with pytest.raises(AssertionError, match="dropped_writer"):
        assert_schema({name: value for name, value in DROPPED.items() if name != "dropped_writer"})


def test_a_line_has_fewer_than_60_fields():
    """CloudWatch Logs discovers 200 fields of an event at most; this leaves room for the app's."""
    counted = {
        event: len([field for field in fields_of(event) if not field.name.startswith("part")])
        for event in events()  # a part of a line has no fields but those and a few of each line
    }
    assert {event: count for event, count in counted.items() if count >= 60} == {}
