"""`todo report`, as a person runs it."""

import json
import os
import re
import subprocess
import sys

import pytest

from .conftest import RUN_ID


@pytest.fixture
def todo_report(load_run):
    """Call it with arguments for the finished process of `todo report`."""

    def run(*arguments: str) -> subprocess.CompletedProcess:
        settings = {
            "TODO_STATE_DIR": str(load_run.state),
            "TODO_ARCHIVE_DIR": str(load_run.state / "logs"),
        }
        command = [sys.executable, "-m", "todo.cli", "report", *arguments]
        return subprocess.run(
            command, env=os.environ | settings, capture_output=True, text=True, timeout=60
        )

    return run


def test_the_page_is_written_beside_the_samples(chequered, todo_report):
    run = chequered()
    run.write()

    done = todo_report(RUN_ID)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"report: {run.folder / 'report.html'}"
    assert (run.folder / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_terminal_gets_the_verdict_the_routes_and_what_is_missing(chequered, todo_report):
    run = chequered()
    run.write(
        thresholds=[{"metric": "checks", "expression": "rate>0.99", "ok": False, "value": 0.5}]
    )

    printed = todo_report(RUN_ID).stdout

    assert "broken: checks rate>0.99" in printed
    assert re.search(r"GET /todos +23 +1 ", printed)
    assert f"todo trace {run.id(27)}" in printed
    assert "1 answered ones are not in the logs, 1 not in the samples" in printed


def test_the_page_needs_nothing_else(chequered, todo_report):
    run = chequered()
    run.write()
    todo_report(RUN_ID)

    html = (run.folder / "report.html").read_text(encoding="utf-8")

    assert set(re.findall(r"https?://[^\s\"'<]+", html)) == {
        "http://127.0.0.1:6400",
        "http://www.w3.org/2000/svg",
    }
    assert "<script" not in html


def test_what_clients_and_servers_wrote_stays_text(chequered, todo_report):
    run = chequered()
    run.sent(30, name="GET /<img src=x>", total_ms=1000)
    run.write()
    todo_report(RUN_ID)

    html = (run.folder / "report.html").read_text(encoding="utf-8")

    assert "<img" not in html
    assert "<b>no</b>" not in html
    assert "KeyError: &lt;b&gt;no&lt;/b&gt;" in html


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["nothing"], 1, "there is no run nothing: no load test has been run yet"),
        (["../elsewhere"], 2, "a run's ID is 1 to 64 letters"),
    ],
)
def test_a_bad_run_ends_with_one_line_that_says_why(todo_report, arguments, code, text):
    done = todo_report(*arguments)

    assert (done.returncode, text in done.stderr) == (code, True), done.stderr


def test_a_run_without_logs_says_so_at_once_when_it_is_old(load_run, todo_report):
    load_run.sent(1)
    load_run.log(1, 0, load_run.samples[0][1], event="log", message="another line")
    load_run.write()

    done = todo_report(RUN_ID)

    assert done.returncode == 1
    assert "the logs have no request of run" in done.stderr


def test_the_verdict_is_beside_the_page_as_data(chequered, todo_report):
    run = chequered()
    run.write()
    todo_report("latest")

    document = json.loads((run.folder / "report.json").read_text(encoding="utf-8"))

    assert document["run"]["run_id"] == RUN_ID
    assert document["verdict"].keys() >= {"saturated", "offered_per_s", "answered_per_s"}
    assert document["verdict"]["culprits"] == []
    assert document["slowest"][0] == run.id(27)
    assert sum(moment["offered"] for moment in document["timeline"]) > 0
