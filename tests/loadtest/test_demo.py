"""`todo demo` does the whole exercise and leaves nothing running."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest


@pytest.fixture
def state():
    """A folder for the data. Not pytest's: as root, PostgreSQL is another user, whom pytest locks
    out of its own.
    """
    path = Path(tempfile.mkdtemp(prefix="todo-demo-"))
    yield path
    shutil.rmtree(path)


def test_it_serves_loads_reports_traces_and_stops(state, environment):
    done = subprocess.run(
        [sys.executable, "-m", "todo.cli", "demo", "--scale", "0.02", "--speed", "60"],
        env=environment | {"TODO_STATE_DIR": str(state)},
        capture_output=True,
        text=True,
        timeout=180,
    )

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    [run] = (state / "demo" / "load").iterdir()
    assert (run / "report.html").stat().st_size > 10_000
    assert "0 answered ones are not in the logs" in done.stdout
    trace = done.stdout.rpartition("started ")[2]
    assert "finished: status 20" in trace
    assert [
        process.pid
        for process in psutil.process_iter()
        if str(state) in " ".join(_command(process))
    ] == []


def _command(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []
