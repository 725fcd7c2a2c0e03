"""`todo load --on docker`: k6 in several containers is one load test."""

import csv
import json
import os
import re
import subprocess
import sys
from collections import Counter

MACHINE = re.compile(r"machine=(\d)")


def test_three_machines_are_one_run_and_nothing_is_counted_twice(
    serve, database, tmp_path, k6_image
):
    environment = {
        "TODO_STATE_DIR": str(tmp_path),
        "TODO_SPOOL_DIR": str(tmp_path / "spool"),
        "TODO_ARCHIVE_DIR": str(tmp_path / "logs"),
    }
    with serve("--ship", SQLALCHEMY_DATABASE_URI=database, **environment) as server:
        load = [sys.executable, "-m", "todo.cli", "load", "capacity", "--endpoint", server.url]
        shares = ["--on", "docker", "--machines", "3", "--image", k6_image]
        done = subprocess.run(
            [*load, "--scale", "0.01", "--speed", "30", *shares],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=240,
        )

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    assert "0 answered ones are not in the logs, 0 not in the samples" in done.stdout
    [folder] = (tmp_path / "load").iterdir()
    run = json.loads((folder / "run.json").read_text())
    assert [each["name"] for each in run["load_machines"]] == [
        "machine-1",
        "machine-2",
        "machine-3",
    ]
    assert all(threshold["ok"] for threshold in run["thresholds"])
    with (folder / "samples.csv").open() as file:
        rows = list(csv.DictReader(file))
    requests = [each for each in rows if each["metric_name"] == "http_reqs"]
    assert len({each["metadata"] for each in requests}) == len(requests)
    ended = [each["extra_tags"] for each in rows if each["metric_name"] == "iterations"]
    visits = Counter(MACHINE.search(tags)[1] for tags in ended)
    assert sorted(visits) == ["1", "2", "3"]
    assert 250 <= visits.total() <= 276  # of 273, fewer where a step's end cuts them off
