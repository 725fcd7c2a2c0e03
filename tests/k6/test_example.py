"""The example of a slow route: the load test notices it, and its report names the cause."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import pytest

from ..conftest import free_port

EXAMPLES = Path(__file__).parents[2] / "k6" / "examples"


@pytest.fixture
def slow(wait_until):
    """The environment of a running slow_app.py."""
    state = Path(tempfile.mkdtemp(prefix="todo-slow-"))  # not pytest's: PostgreSQL must get into it
    environment = os.environ | {
        "TODO_PORT": str(free_port()),
        "TODO_STATE_DIR": str(state),
        "TODO_SPOOL_DIR": str(state / "spool"),
        "TODO_ARCHIVE_DIR": str(state / "logs"),
    }
    with (state / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, EXAMPLES / "slow_app.py"],
            env=environment,
            stdout=output,
            stderr=output,
        )
    wait_until(lambda: _answers(environment["TODO_PORT"]), within_s=60)
    yield environment
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    shutil.rmtree(state)


def _answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/health", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def test_the_report_leads_to_the_cause(slow):
    todo = [sys.executable, "-m", "todo.cli"]
    load = [*todo, "load", str(EXAMPLES / "slow.js"), "--seed"]
    loaded = subprocess.run(load, env=slow, capture_output=True, text=True, timeout=120)
    bottlenecks = subprocess.check_output([*todo, "bottlenecks"], env=slow, text=True)

    assert loaded.returncode == 99
    assert "http_req_duration{name:GET /overview" in loaded.stdout
    assert "slowest: GET /overview" in loaded.stdout
    worst = bottlenecks.splitlines()[1:4]
    assert worst[0] == "GET /api/v1/overview"
    assert "51.0 queries a request" in worst[2]
    assert "N+1" in " ".join(worst)
    [report] = Path(slow["TODO_STATE_DIR"]).glob("load/*/report.json")
    culprit = json.loads(report.read_text())["verdict"]["culprits"][0]
    assert (culprit["layer"], culprit["route"]) == ("database", "GET /api/v1/overview")
    assert "pg_sleep" in culprit["statement"]
    assert culprit["location"].endswith("overview")
