"""A record becomes one line of JSON, whatever is in it."""

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical_log.event_record import EventRecord
from canonical_log.formatter import MAX_LINE_BYTES, JsonFormatter
from canonical_log.schema import FIELDS
from canonical_log.testing import assert_schema
from canonical_log.timestamps import milliseconds

formatter = JsonFormatter()


class Hostile:
    def __repr__(self):
        raise RuntimeError("no")

    __str__ = __hash__ = __repr__


class HostileText(str):
    __slots__ = ()

    def __str__(self):
        raise RuntimeError("no")

    __repr__ = __str__


class HostileMapping(Mapping):
    def __getitem__(self, name):
        raise RuntimeError("no")

    def __iter__(self):
        raise RuntimeError("no")

    def __len__(self):
        return 1


class OnlyTheLongWay(JsonFormatter):
    def _event_line(self, record):
        return None


class Colour(Enum):
    RED = 1


def cycle():
    values = [1]
    values.append({"again": values})
    return values


def deep():
    value = []
    for _ in range(100_000):
        value = [value]
    return value


VALUES = {
    "cyclic": cycle(),
    "deep": deep(),
    "nan": float("nan"),
    "infinite": float("-inf"),
    "surrogate": "\ud800",
    "huge": 10**30,
    "too huge to print": 10**10_000,
    "tuple keys": {(1, 2): 3},
    "huge key": {10**10_000: 1},
    "hostile": Hostile(),
    "hostile in a list": [Hostile()],
    "hostile text": HostileText("x"),
    "hostile key": {HostileText("x"): 1},
    "hostile mapping": HostileMapping(),
    "bytes": b"\xff",
    "set": {1},
    "class": int,
    "enum": Colour.RED,
    "date": date(2026, 1, 1),
    "decimal": Decimal("1.0"),
    "uuid": UUID(int=1),
    "exception": ValueError("x"),
    "none": None,
}


def line_of(message="hello", *arguments, exc_info=None, **extra):
    record = logging.LogRecord("app", logging.INFO, "", 0, message, arguments, exc_info)
    vars(record).update(extra)
    return parse(formatter.format(record))


def parse(text):
    assert "\n" not in text
    assert "\r" not in text
    assert len(text.encode()) <= MAX_LINE_BYTES
    line = json.loads(text, parse_constant=pytest.fail)
    assert_schema(line)
    return line


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_any_value_can_be_an_extra(value):
    assert line_of(thing=value)["message"] == "hello"


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_any_value_can_be_an_argument(value):
    assert "message" in line_of("%s", value)


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_any_value_can_be_the_message(value):
    assert line_of(value)["event"] == "log"


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_any_value_can_be_in_an_event(value):
    fields = {"event": "log", "logger": "app", "thing": value}
    assert parse(formatter.format(EventRecord("app", logging.INFO, fields)))["logger"] == "app"


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO, logging.ERROR, 42])
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_an_event_is_the_same_line_by_the_short_way_and_by_the_long_one(value, level):
    fields = {"event": "log", "logger": "app", "thing": value}
    record = EventRecord("app", level, fields, created=1_700_000_000.000_007)
    by_the_long_one = OnlyTheLongWay().format(record)
    assert formatter.format(record) == by_the_long_one


@pytest.mark.parametrize("arguments", [(), ("a", "b"), ({},), (None,), ("%",)])
@pytest.mark.parametrize("message", ["%d", "%s %s %s", "%(x)s", "100%", "%", "%z"])
def test_arguments_that_do_not_fit_leave_the_text(message, arguments):
    assert line_of(message, *arguments)["message"].startswith(message)


@pytest.mark.parametrize(
    "broken",
    [
        {"created": float("nan")},
        {"exc_info": True},
        {"exc_info": (1, 2, 3)},
        {"levelname": None},
        {"name": 1},
    ],
)
def test_a_record_that_was_made_by_hand_is_a_line_too(broken):
    line = json.loads(
        formatter.format(logging.makeLogRecord({"msg": "hello", "args": (), **broken}))
    )
    assert line["message"].startswith("hello")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.integers() | st.tuples(st.text()), inner)
    ),
    max_leaves=10,
)


@given(st.text(), st.dictionaries(st.text(), JSON, max_size=5))
def test_any_text_and_any_extra_give_one_line(message, extra):
    extra = {
        name: value for name, value in extra.items() if name not in vars(logging.makeLogRecord({}))
    }
    line_of(message.replace("%", ""), **{f"x{name}": value for name, value in extra.items()})


@pytest.mark.parametrize(
    "text", ["a\nb", "a\r\nb", 'x"}\n{"level":"ERROR"', "\x00\x1b[31m", "\u2028"]
)
def test_control_characters_cannot_forge_a_line(text):
    assert line_of(text)["message"] == text
    assert line_of("%s", text, extra_text=text)["extra_text"] == text


@pytest.mark.parametrize("text", ["x", "é", "\U0001f600", "\0", '"', "\ud800"])
@pytest.mark.parametrize("times", [70_000, 1_000_000])
def test_a_line_that_is_too_long_is_cut_and_says_so(text, times):
    line = line_of(text * times)
    assert line["truncated"] is True
    assert (line["level"], line["logger"]) == ("INFO", "app")
    assert len(line["message"]) >= 1000


def test_what_is_short_is_whole_beside_what_is_cut():
    line = line_of("x" * 100_000, count=3, flag=True, tags=["a"], nothing=None)
    assert (line["count"], line["flag"], line["tags"], line["nothing"]) == (3, True, ["a"], None)


def test_at_the_worst_the_fields_of_the_schema_remain():
    line = line_of("hello", **{f"field_{number}": "x" * 100 for number in range(10_000)})
    assert (line["message"], line["truncated"]) == ("hello", True)
    assert "field_1" not in line


def test_all_fields_at_their_longest_fit_when_cut():
    fields = {field.name: "\0" * 100_000 for field in FIELDS if field.type == "string"} | {
        "event": "log"
    }
    assert len(formatter.format(EventRecord("app", logging.INFO, fields))) <= MAX_LINE_BYTES


@pytest.mark.parametrize("seconds", [0.0, 1e-7, 4.9e-6, 0.001_234_5, 0.123_456, 1.005, 86_400.0])
def test_milliseconds_have_two_decimals(seconds):
    assert milliseconds(seconds) == pytest.approx(seconds * 1000, abs=0.005_001)
    assert len(str(milliseconds(seconds)).partition(".")[2]) <= 2


@pytest.mark.parametrize("moment", [0, 1, 1_700_000_000.9999, 1_700_000_000.001])
def test_the_time_is_utc_with_microseconds(moment):
    line = line_of(created=moment)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["timestamp"])
    told = datetime.fromisoformat(line["timestamp"])
    assert abs((told - datetime.fromtimestamp(moment, UTC)).total_seconds()) < 0.000_002


def test_a_field_of_the_schema_cannot_be_overwritten():
    line = line_of(correlation_id="forged", event="forged", level="forged", timestamp="forged")
    assert (line["event"], line["level"], line["app_correlation_id"]) == ("log", "INFO", "forged")


def test_a_dict_as_the_message_is_the_fields():
    line = line_of({"guest": "anna", "event": "x"})
    assert (line["guest"], line["app_event"]) == ("anna", "x")


def test_secret_names_are_redacted():
    assert line_of(password="hunter2", deep={"token": "hunter2"}, many=[{"secret": "hunter2"}])[
        "deep"
    ] == {"token": "[redacted]"}


def test_what_logging_knows_of_itself_is_not_in_the_line():
    assert set(line_of()) == {"timestamp", "level", "event", "logger", "message"}


def test_an_exception_is_in_the_line():
    try:
        raise ValueError("bad")
    except ValueError as error:
        line = line_of(exc_info=(ValueError, error, error.__traceback__))
    assert (line["exception_type"], line["exception_message"]) == ("ValueError", "bad")


def test_an_event_record_can_be_printed_by_another_formatter():
    record = EventRecord("app", logging.INFO, {"event": "query"})
    style = "%(asctime)s %(levelname)s %(module)s:%(lineno)d %(process)s %(threadName)s %(message)s"
    assert logging.Formatter(style).format(record).endswith("query")
