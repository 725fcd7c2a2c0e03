"""`logs-insights`, as it is typed."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from logs_insights import Results, Statistics, TimeRange, command

COMMAND = "from logs_insights.command import main; main()"
EVENTS = [{"path": "/todos", "status": 200}, {"path": "/todos", "status": 500}]


def logs_insights(*arguments: str, stdin: str = "", **environment: str):
    without_aws = {name: value for name, value in os.environ.items() if "AWS" not in name}
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env=without_aws | {"AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nowhere"} | environment,
    )


@pytest.fixture
def file(events_file: Callable[[list[dict]], Path]) -> str:
    return str(events_file(EVENTS))


def test_help_names_the_options_and_the_exit_codes():
    ran = logs_insights("--help")

    assert ran.returncode == 0
    assert all(word in ran.stdout for word in ("--file", "--aws", "--since", "Exit codes"))


def test_a_table_is_printed_and_what_it_took_on_standard_error(file: str):
    ran = logs_insights("filter status >= 500 | fields path, status", "--file", file)

    assert ran.returncode == 0
    assert ran.stdout.split() == ["path", "status", "/todos", "500"]
    assert "1 rows, 1 of 2 events matched" in ran.stderr


def test_json_is_the_answer_of_get_query_results(file: str):
    ran = logs_insights("stats count(*) as n by path", "--file", file, "--output", "json")

    assert json.loads(ran.stdout)["results"] == [
        [{"field": "path", "value": "/todos"}, {"field": "n", "value": "2"}]
    ]


def test_csv_has_a_header(file: str):
    ran = logs_insights("fields status | sort status asc", "--file", file, "--output", "csv")

    assert list(csv.reader(io.StringIO(ran.stdout))) == [["status"], ["200"], ["500"]]


def test_a_query_may_come_from_standard_input(file: str):
    ran = logs_insights(
        "-", "--file", file, "--output", "csv", stdin="# how many?\nstats count(*) as n\n"
    )

    assert ran.stdout == "n\n2\n"


def test_a_lookup_table_is_given_by_name(file: str, tmp_path: Path):
    table = tmp_path / "owners.csv"
    table.write_text("path,owner\n/todos,ana\n")
    query = "lookup owners path OUTPUT owner | stats count(*) as n by owner"

    ran = logs_insights(query, "--file", file, "--lookup", f"owners={table}", "--output", "csv")

    assert ran.stdout == "owner,n\nana,2\n"


def test_a_field_that_no_event_has_is_told_with_the_nearest(file: str):
    ran = logs_insights("filter statsu = 500 | fields path", "--file", file)

    assert ran.returncode == 0
    assert "Warning: no event has a field statsu; did you mean status?" in ran.stderr


def test_a_word_without_quotes_is_told_to_need_them(file: str):
    ran = logs_insights("filter path = todos", "--file", file)

    assert 'if it is a text, write it in quotes: "todos"' in ran.stderr


def test_a_range_of_time_is_asked_about(file: str):
    ran = logs_insights(
        "fields status", "--file", file, "--from", "2026-11-23T10:00:01Z", "--output", "csv"
    )

    assert ran.stdout == "status\n500\n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["fields a,", "--file", "FILE"], 2, "the query ends too early"),
        (["fields a", "--file", "nowhere.ndjson"], 1, "there is no file nowhere.ndjson"),
        (["fields a"], 2, "give either --file or --aws"),
        (["fields a", "--file", "FILE", "--aws"], 2, "give either --file or --aws"),
        (["fields a", "--file", "FILE", "--since", "ten"], 2, "such as 15m"),
        (["fields a", "--file", "FILE", "--since", "1h", "--to", "2026-01-01"], 2, "together"),
        (["fields a", "--aws", "--log-group", "app"], 1, "AWS_REGION or AWS_DEFAULT_REGION"),
    ],
)
def test_what_cannot_be_answered_says_why_without_a_traceback(file, arguments, code, said):
    ran = logs_insights(*(file if each == "FILE" else each for each in arguments))

    assert ran.returncode == code
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_region_is_taken_from_the_environment(name: str):
    ran = logs_insights("fields a", "--aws", "--log-group", "app", **{name: "eu-west-1"})

    assert ran.returncode == 1
    assert "Unable to locate credentials" in ran.stderr


def test_aws_is_asked_about_the_last_hour(monkeypatch, capsys):
    asked = {}

    def answer(client, text, **options):
        asked.update(options, client=client, text=text)
        return Results(["a"], [[{"field": "a", "value": "1"}]], Statistics(1, 2, 2e9))

    monkeypatch.setattr(command, "run_aws", answer)
    monkeypatch.setattr(command, "logs_client", lambda region: f"client in {region}")
    monkeypatch.setattr(command.time, "time", lambda: 1_795_428_000.0)
    command.command.main(
        ["fields a", "--aws", "--log-group", "app", "--log-group", "web", "--region", "eu-west-1"],
        standalone_mode=False,
    )

    assert asked["client"] == "client in eu-west-1"
    assert asked["log_groups"] == ("app", "web")
    assert asked["time_range"] == TimeRange(1_795_424_400_000, 1_795_428_000_000)
    assert "about $0.0100" in capsys.readouterr().err
