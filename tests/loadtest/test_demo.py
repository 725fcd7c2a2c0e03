"""`todo demo` does the whole exercise and leaves nothing running."""

import subprocess
import sys

import psutil


def test_it_serves_loads_reports_traces_and_stops(data_folder, environment):
    done = subprocess.run(
        [sys.executable, "-m", "todo.cli", "demo", "--scale", "0.02", "--speed", "60"],
        env=environment | {"TODO_STATE_DIR": str(data_folder)},
        capture_output=True,
        text=True,
        timeout=180,
    )

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    [run] = (data_folder / "demo" / "load").iterdir()
    assert (run / "report.html").stat().st_size > 10_000
    assert "0 answered ones are not in the logs" in done.stdout
    trace = done.stdout.rpartition("started ")[2]
    assert "finished: status 20" in trace
    assert [
        process.pid
        for process in psutil.process_iter()
        if str(data_folder) in " ".join(_command(process))
    ] == []


def _command(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []
