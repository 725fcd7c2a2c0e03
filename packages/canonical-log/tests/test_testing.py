"""The fixtures for users' tests, which must fail where a test of theirs should."""

import logging

import pytest
from sqlalchemy import create_engine, text

from canonical_log.testing import assert_queries, assert_schema

LINE = {"timestamp": "2026-11-23T00:00:00.000Z", "level": "INFO", "event": "log", "logger": "a"}


@pytest.fixture
def engine():
    return create_engine("sqlite://")


def select(engine, times):
    with engine.connect() as connection:
        for _ in range(times):
            connection.execute(text("SELECT 1"))


def test_the_number_of_statements_is_held(engine):
    with assert_queries(2) as statements:
        select(engine, 2)
    assert statements == ["SELECT 1", "SELECT 1"]


@pytest.mark.parametrize("times", [0, 1, 3])
def test_another_number_fails_and_shows_them(engine, times):
    with pytest.raises(AssertionError, match=f"{times} statements, not 2"), assert_queries(2):
        select(engine, times)


def test_counting_ends_with_the_block(engine):
    with assert_queries(0) as statements:
        pass
    select(engine, 1)
    assert statements == []


def test_lines_are_given_by_event(captured):
    logging.getLogger("a").info("one")
    assert [line["message"] for line in captured()] == ["one"]
    assert [line["message"] for line in captured("log")] == ["one"]
    assert captured("query") == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"event": "nonsense"}, "is no event"),
        ({"event": "request_finished"}, "not in"),
        ({"db_rowcount": 1}, "is no field of log"),
        ({"logger": 1}, "no string"),
        ({"truncated": 1}, "no boolean"),
    ],
)
def test_a_line_that_breaks_the_schema_fails(change, said):
    with pytest.raises(AssertionError, match=said):
        assert_schema(LINE | change)


def test_a_field_of_the_apps_own_is_allowed():
    assert_schema(LINE | {"tenant": [1, 2]})


def test_a_boolean_is_no_number():
    finished = {name: LINE[name] for name in ("timestamp", "level")} | {
        "event": "request_finished",
        "correlation_id": "a",
        "http_method": "GET",
        "http_path": "/",
        "duration_ms": True,
        "cpu_ms": 1,
        "response_bytes": 1,
        "db_query_count": 0,
    }
    with pytest.raises(AssertionError, match="duration_ms is True, no number"):
        assert_schema(finished)
