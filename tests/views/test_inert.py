"""A stranger's path, title or header does nothing to the screen of the person who reads the log."""

import io

import pytest
from rich.console import Console

from logs_insights import Results, Statistics
from logs_insights.rendering import as_csv, print_table, visible
from todo.views.inert import inert
from todo.views.ranking import print_statements
from todo.views.tracing import traces
from todo.views.waterfall import print_trace

HOSTILE = {
    "a clear screen": "\x1b[2J\x1b[H",
    "a bell": "\x07",
    "C1": "\x9b2J",
    "DEL": "\x7f",
    "a new line": "\nstatus 200",
    "a carriage return": "\rstatus 200",
    "a line separator": "\u2028status 200",
    "right to left": "\u202etxt.exe",
    "an isolate": "\u2066",
    "no width": "\u200b\ufeff\u2060",
    "a tag": "\U000e0041",
    "a hyperlink": "\x1b]8;;http://elsewhere.example\x1b\\\\click",
}
hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())


def printed(show):
    """What is written to a terminal without colours."""
    output = io.StringIO()
    show(Console(file=output, width=2000, highlight=False, no_color=True, force_terminal=False))
    return output.getvalue()


def is_inert(output):
    return all(character == "\n" or character.isprintable() for character in output)


@hostile
def test_visible_leaves_nothing_that_does_not_print(text):
    assert visible(f"a{text}b").isprintable()
    assert visible(f"a{text}b").startswith("a\\")


@pytest.mark.parametrize("text", ["plain", "Zoë \N{SNOWMAN} 東京", "a\\b", ""])
def test_visible_leaves_what_prints_as_it_is(text):
    assert visible(text) == text


@hostile
def test_a_table_and_csv_are_inert(text):
    row = [{"field": f"path{text}", "value": f"/{text}"}]
    results = Results([f"path{text}"], [row], Statistics(1, 1, 1))
    assert is_inert(printed(lambda console: print_table(console, results)))
    assert is_inert(as_csv(results))
    assert len(as_csv(results).splitlines()) == 2


@hostile
def test_a_trace_is_inert_and_has_no_line_more(text):
    def lines_with(title):
        record = {
            "@timestamp": "2026-11-23 10:00:00.000",
            "event_id": "a-1",
            "correlation_id": "c",
            "http_method": "GET",
            "http_path": f"/{title}",
            "logger": title,
            "message": title,
        }
        events = [
            {**record, "event": "request_started"},
            {**record, "event": "log", "event_id": "a-2"},
            {**record, "event": "request_finished", "event_id": "a-3", "outcome": title},
        ]
        [trace] = traces(events)
        return printed(lambda console: print_trace(console, trace))

    assert is_inert(lines_with(text))
    assert lines_with(text).count("\n") == lines_with("harmless").count("\n")


@hostile
def test_the_bottlenecks_are_inert(text):
    record = {"statement": f"SELECT {text}", "total_ms": "1", "n": "1", "example": text}
    output = printed(lambda console: print_statements(console, [record]))
    assert is_inert(output)


@hostile
def test_inert_keeps_its_style(text):
    assert inert(text, style="bold").style == "bold"
