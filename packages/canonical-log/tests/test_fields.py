"""The schema, and how other parts add to it."""

import re
import subprocess
import sys

import pytest

from canonical_log import fields
from canonical_log.fields import OWN_EVENTS, Field, fields_of, is_reserved, markdown_table
from canonical_log.http_client.schema import FIELDS as HTTP_CLIENT_FIELDS
from canonical_log.schema import FIELDS
from canonical_log.testing import assert_schema

LINE = {"timestamp": "2026-11-23T00:00:00.000Z", "level": "INFO", "event": "cooked"}
ROWS = [
    {"name": "dish", "type": "string", "events": ["cooked"], "meaning": "what was cooked"},
    {
        "name": "cooked_ms",
        "type": "number",
        "unit": "ms",
        "events": ["cooked"],
        "meaning": "how long that took",
        "required": ["cooked"],
    },
    {"name": "logger", "type": "string", "events": ["cooked"], "meaning": "the logger's name"},
]


@pytest.fixture(autouse=True)
def _no_others_fields(monkeypatch):
    """Those of an app that this process has imported are not there."""
    monkeypatch.setattr(fields, "_fields", {})
    fields.register((*FIELDS, *HTTP_CLIENT_FIELDS))


@pytest.fixture
def register(monkeypatch):
    """As fields.register; what was registered is forgotten after the test."""
    monkeypatch.setattr(fields, "_fields", dict(fields._fields))
    monkeypatch.setattr(fields, "_reserved", set(fields._reserved))
    return fields.register


def test_the_package_prints_its_table():
    printed = subprocess.check_output([sys.executable, "-m", "canonical_log"], text=True)

    assert printed == markdown_table()
    assert (
        "| `duration_ms` | number, ms | request_finished, work_finished, job_finished |" in printed
    )


@pytest.mark.parametrize("event", OWN_EVENTS)
def test_an_event_has_fewer_than_60_fields(event):
    """CloudWatch Logs discovers 200 fields of an event at most; this leaves room for the app's."""
    assert len(fields_of(event)) < 60


def test_names_need_no_quoting_in_logs_insights():
    assert [field.name for field in FIELDS if not re.fullmatch(r"[A-Za-z_]+\*?", field.name)] == []


def test_no_name_is_listed_twice():
    assert len({field.name for field in FIELDS}) == len(FIELDS)


def test_a_line_of_an_unknown_event_breaks_the_schema():
    with pytest.raises(AssertionError, match="is no event"):
        assert_schema(LINE)


def test_a_registered_event_is_known_with_its_fields(register):
    register(ROWS)
    assert_schema(LINE | {"dish": "soup", "cooked_ms": 1.5, "logger": "kitchen"})
    assert "| `cooked_ms` | number, ms | cooked | how long that took |" in markdown_table()


@pytest.mark.parametrize(
    ("change", "said"),
    [({"cooked_ms": None}, "no number"), ({"cooked_ms": 1, "http_status": 1}, "is no field of")],
)
def test_a_line_of_a_registered_event_is_held_to_it(register, change, said):
    register(ROWS)
    with pytest.raises(AssertionError, match=said):
        assert_schema(LINE | change)


def test_a_field_that_each_line_has_may_not_be_missing(register):
    register(ROWS)
    with pytest.raises(AssertionError, match="cooked_ms"):
        assert_schema(LINE | {"dish": "soup"})


def test_registering_again_changes_nothing(register):
    register(ROWS)
    table = markdown_table()
    register(ROWS)
    assert markdown_table() == table


def test_a_name_that_is_there_keeps_its_meaning_and_gains_the_events(register):
    register(ROWS)
    assert fields.find_field("logger").events == ("exception", "log", "cooked")


def test_only_fields_of_our_own_events_are_taken_from_apps(register):
    register(ROWS)
    assert not is_reserved("dish")
    register([Field("copy_id", "string", fields.ALL, "on any line")])
    assert is_reserved("copy_id")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (Field("logger", "integer", ("cooked",), ""), "it is 'string'"),
        (Field("dish", "text", ("cooked",), ""), "there are"),
    ],
)
def test_another_type_is_refused(register, row, said):
    with pytest.raises(ValueError, match=said):
        register([row])
