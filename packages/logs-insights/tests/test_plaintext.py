"""Lines that are no JSON: when they were, and how they go together with JSON."""

import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logs_insights import TimeRange, run_local

MODIFIED = datetime(2026, 1, 2, 12, tzinfo=UTC)
TIMES = {
    "2026-11-23T10:00:00Z started": "2026-11-23 10:00:00.000",
    "2026-11-23T12:00:00.5+02:00 started": "2026-11-23 10:00:00.500",
    "2026-11-23T15:30:00+0530 started": "2026-11-23 10:00:00.000",
    "2026-11-23 10:00:00,123 ERROR started": "2026-11-23 10:00:00.123",
    "[2026-11-23 10:00:00.123456] started": "2026-11-23 10:00:00.123",
    "2026/11/23 10:00:00 [error] 12#0: started": "2026-11-23 10:00:00.000",
    "23 Nov 2026 10:00:00,474 [ERROR] started": "2026-11-23 10:00:00.474",
    "<34>1 2026-11-23T10:00:00.003Z host su - ID47 - started": "2026-11-23 10:00:00.003",
    '127.0.0.1 - - [23/Nov/2026:12:00:00 +0200] "GET / HTTP/1.1" 200': "2026-11-23 10:00:00.000",
    "Nov 23 10:00:00 host app[1]: started": "2025-11-23 10:00:00.000",
    "<13>Jan  2 11:59:00 host app: started": "2026-01-02 11:59:00.000",
    "2 123456789010 eni-1 10.0.0.1 10.0.0.2 80 8080 6 20 4249 1795428000 1795428060 ACCEPT OK": (
        "2026-11-23 10:00:00.000"
    ),
    "1.0 2026-11-23T10:00:00.130Z Z12 example.com A NOERROR UDP FRA6 192.0.2.1 -": (
        "2026-11-23 10:00:00.130"
    ),
    "[INFO] started": "2026-01-02 12:00:00.000",
    "2026-13-45 99:00:00 no time": "2026-01-02 12:00:00.000",
    '{"timestamp": "yesterday"}': "2026-01-02 12:00:00.000",
    '{"time": "2026-11-23T10:00:00Z"}': "2026-11-23 10:00:00.000",
    '{"ts": 1795428000.25}': "2026-11-23 10:00:00.250",
    'x {"eventTime": "2026-11-23T10:00:00Z"}': "2026-11-23 10:00:00.000",
}


@pytest.fixture
def text_file(tmp_path: Path) -> Callable[[Iterable[str]], Path]:
    """Call it with lines for a file of them, last written at MODIFIED."""

    def write(lines: Iterable[str]) -> Path:
        path = tmp_path / "app.log"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        os.utime(path, (MODIFIED.timestamp(), MODIFIED.timestamp()))
        return path

    return write


@pytest.mark.parametrize(("line", "time"), TIMES.items(), ids=TIMES)
def test_a_line_was_when_it_begins_with_else_when_its_file_was_written(text_file, line, time):
    rows = run_local("fields @timestamp", [text_file([line])]).records()

    assert rows == [{"@timestamp": time}]


def test_a_range_of_time_holds_for_lines_that_are_no_json(text_file):
    file = text_file(f"2026-11-23T10:00:0{second}Z second {second}" for second in range(4))
    span = TimeRange(1_795_428_001_000, 1_795_428_002_000)

    rows = run_local("fields @message | sort @timestamp asc", [file], span).records()

    assert [row["@message"][-8:] for row in rows] == ["second 1", "second 2"]


def test_json_and_other_lines_in_one_file_are_answered_together(text_file):
    file = text_file(
        [
            '{"timestamp": "2026-11-23T10:00:00Z", "level": "ERROR", "n": 1}',
            "2026-11-23T10:00:01Z ERROR it broke",
            '{"timestamp": "2026-11-23T10:00:02Z", "level": "INFO", "n": 2}',
            '2026-11-23T10:00:03Z app: {"level": "ERROR", "n": 3}',
            "",
        ]
    )

    rows = run_local("filter @message like /ERROR/ | fields n | sort @timestamp asc", [file])

    assert rows.records() == [{"n": "1"}, {}, {"n": "3"}]
    assert (rows.statistics.records_scanned, rows.statistics.records_skipped) == (5, 0)


@settings(max_examples=40, deadline=None)
@given(
    lines=st.lists(st.text(st.characters(exclude_characters="\n\r", codec="utf-8")), max_size=30)
)
def test_every_line_comes_back_as_it_is(tmp_path_factory, lines: list[str]):
    path = tmp_path_factory.mktemp("text") / "app.log"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="")

    answer = run_local("fields @message, level, @duration, srcAddr", [path])

    assert sorted(row["@message"] for row in answer.records()) == sorted(filter(None, lines))
    assert answer.statistics.records_skipped == 0
