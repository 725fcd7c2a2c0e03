"""The queries that come with the app, on the log of a small application."""

import json

import pytest

from logs_insights import named_files, parse, run_local
from todo.log_fields import fields_of
from todo.views.catalog import named_queries, named_query, with_filter

NAMES = [query.name for query in named_queries()]
OK, FAILED, LOST = "cid-ok-00001", "cid-failed-1", "cid-lost-001"
STATEMENT = "SELECT todos.id FROM todos WHERE todos.id = %(id)s"


def started(cid: str) -> dict:
    return {
        "event": "request_started",
        "level": "INFO",
        "correlation_id": cid,
        "http_method": "GET",
        "http_path": "/t",
    }


def query(cid: str, ms: float) -> dict:
    shared = {"event": "query", "level": "INFO", "correlation_id": cid, "db_fingerprint": "f1"}
    return {**shared, "db_statement": STATEMENT, "db_duration_ms": ms, "db_rowcount": 1}


def call(cid: str, ms: float, **outcome) -> dict:
    shared = {"event": "http_client", "level": "INFO", "correlation_id": cid}
    target = {"http_client_method": "GET", "http_client_host": "b.example"}
    return {**shared, **target, "http_client_duration_ms": ms, **outcome}


def finished(cid: str, status: int, ms: float, **more) -> dict:
    shared = {
        "event": "request_finished",
        "level": "INFO",
        "correlation_id": cid,
        "http_method": "GET",
    }
    root = "1-67891233-abcdef012345678912345678"
    return {
        **shared,
        "http_route": "/t",
        "http_path": "/t",
        "http_status": status,
        "duration_ms": ms,
        "run_id": "run-1",
        "xray_trace_id": root,
        "trace_id": root[2:].replace("-", ""),
        **more,
    }


EVENTS = [
    started(OK),
    *[query(OK, ms) for ms in (1.0, 2.0, 3.0)],
    call(OK, 1.0, http_client_status=200),
    finished(
        OK,
        200,
        10.0,
        db_query_count=12,
        db_time_ms=6.0,
        db_n_plus_one=True,
        http_client_count=1,
        http_client_time_ms=1.0,
    ),
    started(FAILED),
    call(FAILED, 3.0, exception_type="ReadTimeoutError"),
    {
        "event": "exception",
        "level": "ERROR",
        "correlation_id": FAILED,
        "exception_type": "ValueError",
    },
    finished(FAILED, 500, 30.0, db_query_count=0, http_client_count=1, http_client_time_ms=3.0),
    started(LOST),
]


@pytest.fixture
def answer(tmp_path):
    path = tmp_path / "events.ndjson"
    lines = [
        {"timestamp": f"2026-11-23T10:00:00.{number:03d}Z", **event}
        for number, event in enumerate(EVENTS)
    ]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    file = named_files([path])
    return lambda name: run_local(named_query(name).text, file).records()


@pytest.mark.parametrize("name", NAMES)
def test_every_query_has_rows_on_the_log_of_an_application(answer, name):
    assert answer(name)


@pytest.mark.parametrize("name", NAMES)
def test_every_query_begins_with_the_question_that_it_answers(name):
    text = named_query(name).text

    assert text.startswith("# ")
    assert "?" in named_query(name).question


@pytest.mark.parametrize("name", NAMES)
def test_every_field_in_a_query_is_a_field_of_a_log_line(name, tmp_path):
    event = {field.name: "x" for field in fields_of()} | {"timestamp": "2026-11-23T10:00:00Z"}
    path = tmp_path / "every_field.ndjson"
    path.write_text(json.dumps(event) + "\n", encoding="utf-8")

    assert run_local(named_query(name).text, [path]).warnings == ()


@pytest.mark.parametrize("name", NAMES)
def test_no_query_has_a_parameter(name):
    assert "{{" not in named_query(name).text


def test_unfinished_requests_are_those_without_an_end(answer):
    assert answer("unfinished_requests") == [
        {"correlation_id": LOST, "started": "1", "finished": "0"}
    ]


def test_errors_have_an_example_to_trace(answer):
    examples = {row.get("exception_type"): row["example"] for row in answer("errors")}

    assert examples == {"ValueError": FAILED, None: FAILED}


def test_bottlenecks_have_times_queries_and_an_example(answer):
    (route,) = answer("bottleneck_routes")
    (statement,) = answer("bottleneck_statements")

    assert (route["total_ms"], route["p50_ms"], route["queries_per_request"]) == ("40", "20", "6")
    assert (route["n_plus_one"], route["db_percent"], route["example"]) == ("1", "15", FAILED)
    assert route["http_client_percent"] == "10"
    assert (statement["total_ms"], statement["p50_ms"], statement["statement"]) == (
        "6",
        "2",
        STATEMENT,
    )


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("statements", query(OK, 3.0)),
        ("bottleneck_statements", query(OK, 3.0)),
        ("outgoing_calls", call(OK, 3.0)),
    ],
)
def test_lines_of_a_share_of_requests_count_for_all(name, event, tmp_path):
    path = tmp_path / "sampled.ndjson"
    lines = [event | {"sample_rate": 0.25}, event]  # the second was slow: such are always written
    path.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    [row] = run_local(named_query(name).text, [path]).records()
    assert (row["n"], row["total_ms"]) == ("5", "15")


def test_calls_that_failed_are_told_from_those_that_were_answered(answer):
    told = [
        (call.get("http_client_status"), call["total_ms"], call["failed"])
        for call in answer("outgoing_calls")
    ]

    assert told == [(None, "3", "1"), ("200", "1", "0")]


def test_a_filter_is_put_before_the_query_and_its_comment_goes():
    text = with_filter("# Why?\n\n# so\nfields a\n| limit 2", 'b = "c"')

    assert text == 'filter b = "c"\n| fields a\n| limit 2'
    assert len(parse(text).commands) == 3


def test_a_query_that_begins_with_a_filter_takes_another():
    filtered = parse(with_filter(named_query("routes").text, 'run_id = "r"')).commands

    assert len(filtered) == len(parse(named_query("routes").text).commands) + 1
