"""Answers as people read them: tables that fit the terminal."""

import io

import pytest
from rich.console import Console

from logs_insights import Results, Statistics
from logs_insights.rendering import print_table

ROWS = [
    {
        "@timestamp": "2026-11-23 10:00:00.000",
        "correlation_id": "7d1c0d4c2f6f4c0f8f2b",
        "http_route": "/api/v1/todos/<int:todo_id>",
        "duration_ms": "31.60700000000001",
        "http_status": "200",
    },
    {"@timestamp": "2026-11-23 10:00:01.000", "duration_ms": "4", "tiny": "0.00001234"},
]
COLUMNS = [*ROWS[0], "tiny"]


def printed(width: int, columns: list[str] = COLUMNS) -> list[str]:
    rows = [
        [{"field": name, "value": row[name]} for name in columns if name in row] for row in ROWS
    ]
    out = io.StringIO()
    print_table(Console(file=out, width=width), Results(columns, rows, Statistics(2, 2, 100)))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, 80, 100, 140, 200])
def test_no_line_is_wider_than_the_terminal_and_no_number_or_time_is_cut(width: int):
    lines = printed(width)

    assert max(map(len, lines)) <= width
    assert all(any(value in line for line in lines) for value in ("31.607", "10:00:01.000"))


def test_columns_that_do_not_fit_beside_one_another_are_lines():
    lines = printed(60)

    assert lines[0].split() == ["@timestamp", "2026-11-23", "10:00:00.000"]
    assert lines[3].split() == ["duration_ms", "31.607"]
    assert lines[len(COLUMNS)] == ""


def test_columns_that_fit_are_a_table():
    lines = printed(60, ["@timestamp", "http_status", "duration_ms"])

    assert lines[0].split() == ["@timestamp", "http_status", "duration_ms"]
    assert len(lines) == 3


def test_a_number_keeps_what_it_says():
    text = " ".join(printed(200))

    assert "31.607 " in text
    assert "1.23e-05" in text
    assert "31.60700000000001" not in text
