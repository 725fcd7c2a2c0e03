"""The course, as a learner types it, and as a script goes through it."""

import json
import re
import subprocess
import sys

import pytest


@pytest.fixture
def practice(data_folder, environment):
    """Call it with the arguments of `todo practice`, for its output and its exit code."""

    def typed(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "todo.cli", "practice", *arguments],
            env=environment | {"TODO_STATE_DIR": str(data_folder)},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert "Traceback" not in done.stderr
        return done.stdout, done.returncode

    return typed


def test_lines_first_say_nothing_then_have_fields_and_then_an_id(practice, data_folder):
    story, _ = practice()
    named = len(re.findall(r"HTTP/1\.1", story))
    assert practice("check", str(named + 1))[1] == 1
    assert practice("check", str(named))[1] == 0

    lines = (data_folder / "practice" / "lines" / "structured.ndjson").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    queries = [event for event in events if event["event"] == "query"]
    assert practice("check", str(len(queries)))[1] == 0

    deleted = [event for event in events if event.get("http_method") == "DELETE"][-1]
    assert practice("check")[1] == 1
    assert practice("check", deleted["correlation_id"])[1] == 0
    assert "Step 4 of 9" in practice()[0]
    assert practice("list")[0].count("done ") == 3


def test_a_load_is_read_in_its_report(practice):
    practice("go", "loaded")
    assert "todo practice run" in practice("check", "GET /todos")[0]

    learned, code = practice("solve")

    assert code == 0
    assert "percentile" in learned


def test_an_exercise_is_found_and_repaired(practice, data_folder):
    practice("go", "slow_upstream")
    copy = data_folder / "practice" / "slow_upstream" / "exercise_3_slow_upstream.py"
    practice()
    assert "LAYER" not in copy.read_text()
    practice("run")
    assert practice("check", "database")[1] == 1
    assert "Now repair it" in practice("check", "upstream")[0]
    assert "Change " in practice("check")[0]

    learned, code = practice("solve")

    assert code == 0
    assert re.search(r"faster .*GET /weather", learned)
    assert "known" in copy.read_text()


def test_an_unknown_step_is_said(practice):
    said, code = practice("go", "nowhere")

    assert code == 1
    assert "no step nowhere" in said


def test_an_exercise_of_a_teachers_own_is_a_step(practice, tmp_path):
    (tmp_path / "one.py").write_text('"""A lesson\n\nSlow."""\nRATES = {}\n')

    assert "A lesson" in practice("list", "--exercises", str(tmp_path))[0]
