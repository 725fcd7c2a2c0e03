"""Every field of every line that the app and its delivery write is known in one table."""

import subprocess
import sys

import pytest

from canonical_log.fields import events, fields_of, markdown_table
from canonical_log.testing import assert_schema
from cloudwatch_spool.events import FIELDS
from todo.log_fields import register_delivery_fields

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


@pytest.fixture(autouse=True)
def _registered():
    register_delivery_fields()


def test_the_module_prints_the_whole_table():
    printed = subprocess.check_output([sys.executable, "-m", "todo.log_fields"], text=True)
    assert printed == markdown_table()
    assert {field.name for field in FIELDS} <= {field.name for field in fields_of()}
    assert all(f"| `{field.name}` |" in printed for field in FIELDS)


def test_a_line_of_delivery_is_held_to_the_schema():
    assert_schema(DROPPED)
    with pytest.raises(AssertionError, match="dropped_writer"):
        assert_schema({name: value for name, value in DROPPED.items() if name != "dropped_writer"})


def test_an_event_has_fewer_than_60_fields():
    """CloudWatch Logs discovers 200 fields of an event at most; this leaves room for the app's."""
    assert {event: len(fields_of(event)) for event in events() if len(fields_of(event)) >= 60} == {}
