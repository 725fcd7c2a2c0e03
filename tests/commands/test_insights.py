"""`todo insights`, `todo trace` and `todo bottlenecks`, as they are typed."""

import csv
import io
import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from todo.commands import bottlenecks, insights, trace

CID = "cid-abcdef-1"
ROOT = "1-67891233-abcdef012345678912345678"


def event(second: int, name: str, **fields) -> dict:
    return {
        "timestamp": f"2026-11-23T10:00:0{second}.000Z",
        "event": name,
        "correlation_id": CID,
        **fields,
    }


EVENTS = [
    event(1, "request_started", http_method="GET", http_path="/api/v1/todos"),
    event(2, "query", db_statement="SELECT 1", db_fingerprint="f", db_duration_ms=500),
    event(
        3,
        "request_finished",
        http_method="GET",
        http_path="/api/v1/todos",
        http_route="/api/v1/todos",
        http_status=200,
        duration_ms=2000,
        db_query_count=1,
        db_time_ms=500,
        db_n_plus_one=True,
        run_id="run-1",
        xray_trace_id=ROOT,
    ),
]


@pytest.fixture
def archive(tmp_path: Path) -> str:
    folder = tmp_path / "taskoverflow" / "web-1"
    folder.mkdir(parents=True)
    lines = "".join(json.dumps(each) + "\n" for each in EVENTS)
    (folder / "2026-11-23T10.ndjson").write_text(lines)
    return str(tmp_path)


def todo(command: click.Command, *arguments: str):
    return CliRunner().invoke(command, arguments, prog_name="todo")


def test_without_a_query_the_names_and_questions_are_listed():
    result = todo(insights.command)

    assert result.exit_code == 0
    assert "slowest_requests" in result.stdout
    assert "Which requests were the slowest" in result.stdout


def test_a_named_query_is_answered_as_a_table(archive):
    result = todo(insights.command, "slowest_requests", "--archive", archive)

    assert result.exit_code == 0
    assert CID in result.stdout
    assert "1 rows, 1 of 1 events matched" in result.stderr


def test_a_query_may_be_text_or_a_file(archive, tmp_path):
    (tmp_path / "mine.insights").write_text("stats count(*) as n")

    answers = [
        todo(insights.command, query, "--archive", archive, "--output", "csv").stdout
        for query in ("stats count(*) as n", str(tmp_path / "mine.insights"))
    ]

    assert answers == ["n\n3\n", "n\n3\n"]


def test_json_has_the_shape_of_get_query_results(archive):
    result = todo(
        insights.command, "fields event | limit 1", "--archive", archive, "--output", "json"
    )

    answer = json.loads(result.stdout)
    assert answer["results"] == [[{"field": "event", "value": "request_finished"}]]
    assert answer["status"] == "Complete"
    assert answer["statistics"]["recordsScanned"] == 3


def test_csv_has_a_column_for_each_field(archive):
    result = todo(
        insights.command, "fields event, http_status", "--archive", archive, "--output", "csv"
    )

    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert rows[0] == {"event": "request_finished", "http_status": "200"}
    assert rows[1] == {"event": "query", "http_status": ""}


@pytest.mark.parametrize(
    ("option", "value", "count"),
    [
        ("--correlation-id", CID, 3),
        ("--correlation-id", "cid-other-1", 0),
        ("--run-id", "run-1", 1),
    ],
)
def test_an_id_narrows_the_query(archive, option, value, count):
    result = todo(
        insights.command,
        "stats count(*) as n",
        "--archive",
        archive,
        "--output",
        "csv",
        option,
        value,
    )

    assert result.stdout == f"n\n{count}\n"


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--from", "2026-11-23T10:00:02Z"], 2),
        (["--to", "2026-11-23T10:00:02"], 2),
        (["--from", "2026-11-23T12:00:02+02:00", "--to", "2026-11-23T10:00:02Z"], 1),
    ],
)
def test_a_range_narrows_the_query(archive, options, count):
    result = todo(
        insights.command, "stats count(*) as n", "--archive", archive, "--output", "csv", *options
    )

    assert result.stdout == f"n\n{count}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["routes", "--since", "15"],
        ["routes", "--since", "1h", "--from", "2026-11-23"],
        ["routes", "--from", "yesterday"],
        ["routes", "--correlation-id", 'x" or 1'],
        ["no_such_query"],
        ["nowhere.insights"],
        ["fields a | join b"],
        ["stats nope(a)"],
    ],
)
def test_a_usage_that_is_wrong_ends_with_2(archive, arguments):
    result = todo(insights.command, "--archive", archive, *arguments)

    assert result.exit_code == 2
    assert "Error: " in result.stderr


def test_a_refused_query_shows_the_place(archive):
    result = todo(insights.command, "fields a | fliter b", "--archive", archive)

    assert "line 1, column 12: 'fliter' is not a command; did you mean filter?" in result.stderr
    assert "             ^" in result.stderr


@pytest.mark.parametrize("command", [insights.command, trace.command, bottlenecks.command])
def test_a_missing_archive_ends_with_1_and_says_what_to_do(tmp_path, command):
    given = {"insights": ["routes"], "trace": [CID], "bottlenecks": []}[command.name]

    result = todo(command, *given, "--archive", str(tmp_path / "none"))

    assert result.exit_code == 1
    assert "start the application and send it a request first" in result.stderr


def test_the_trace_is_a_waterfall(archive):
    result = todo(trace.command, CID, "--archive", archive)

    assert result.exit_code == 0
    assert f"GET /api/v1/todos  {CID}" in result.stdout
    assert "SELECT 1" in result.stdout
    assert "finished: status 200, queries: 1, 500.0 ms in the database, N+1" in result.stdout


@pytest.mark.parametrize("given", [ROOT, f"Root={ROOT}"])
def test_a_trace_root_leads_to_all_events_of_its_request(archive, given):
    result = todo(trace.command, given, "--archive", archive)

    assert CID in result.stdout
    assert "SELECT 1" in result.stdout


def test_an_id_without_events_is_said_and_is_no_failure(archive):
    result = todo(trace.command, "cid-unknown", "--archive", archive)

    assert result.exit_code == 0
    assert "No event has the ID cid-unknown" in result.stderr


def test_what_can_be_no_id_is_a_wrong_usage(archive):
    assert todo(trace.command, 'x" or 1', "--archive", archive).exit_code == 2


def test_bottlenecks_rank_routes_and_statements_with_an_example(archive):
    result = todo(bottlenecks.command, "--archive", archive)

    assert result.exit_code == 0
    assert "GET /api/v1/todos\n  2,000.0 ms in 1 requests" in result.stdout
    assert "25.0 % of the time in the database, N+1 in 1 requests" in result.stdout
    assert "SELECT 1\n  500.0 ms in 1 queries" in result.stdout
    assert f"todo trace {CID}" in result.stdout


def test_bottlenecks_are_json_for_programs(archive):
    result = todo(bottlenecks.command, "--archive", archive, "--output", "json")

    assert json.loads(result.stdout)["routes"][0]["example"] == CID


def test_without_the_extra_its_name_is_given(archive, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    result = todo(insights.command, "routes", "--archive", archive)

    assert result.exit_code == 1
    assert "pip install 'taskoverflow[insights]'" in result.stderr
