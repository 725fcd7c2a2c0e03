"""k6 against gunicorn, its lines through the shipper into the archive, and the report of both."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logs_insights import run_local
from todo.loadtest.report import make_report
from todo.loadtest.run import read_run
from todo.views.archive import archive_files

RUN_ID = "short-20261123-100000"
K6 = Path(sys.executable).with_name("k6")


def load(url: str, folder: Path) -> int:
    """Runs k6 as `todo load` does; its exit code."""
    folder.mkdir(parents=True)
    started_at = datetime.now(UTC).isoformat()
    done = subprocess.run(
        [
            K6,
            "run",
            "--quiet",
            "--out",
            f"csv={folder / 'samples.csv'}",
            Path(__file__).with_name("short.js"),
        ],
        env=os.environ
        | {
            "ENDPOINT": url,
            "RUN_ID": RUN_ID,
            "K6_CSV_TIME_FORMAT": "unix_milli",
            "K6_NO_USAGE_REPORT": "true",
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    described = {"run_id": RUN_ID, "script": "short", "endpoint": url, "started_at": started_at}
    threshold = {
        "metric": "checks",
        "expression": "rate==1",
        "ok": done.returncode == 0,
        "value": None,
    }
    described |= {
        "ended_at": datetime.now(UTC).isoformat(),
        "exit_code": done.returncode,
        "thresholds": [threshold],
    }
    (folder / "run.json").write_text(json.dumps(described), encoding="utf-8")
    return done.returncode


@pytest.fixture(scope="module")
def report(serve, migrated_database, tmp_path_factory):
    state = tmp_path_factory.mktemp("report")
    folder = state / "load" / RUN_ID
    paths = {"TODO_SPOOL_DIR": str(state / "spool"), "TODO_ARCHIVE_DIR": str(state / "logs")}
    with serve("--ship", SQLALCHEMY_DATABASE_URI=migrated_database, **paths) as server:
        assert load(server.url, folder) == 99  # k6's code for a threshold that broke

        def ask(text, span):
            return run_local(
                text, archive_files(state / "logs", "taskoverflow", span), time_range=span
            )

        return make_report(
            read_run(folder), folder / "samples.csv", ask, logs="the archive", wait_s=30
        )


def test_every_request_is_found_on_both_sides(report):
    """Lines that are on their way when k6 ends are waited for; the health check of the setup is not
    logged.
    """
    assert report.sides == {"both": 61, "quiet": 1}


def test_the_parts_of_the_time_add_up_to_what_the_client_waited(report):
    routes = [route for route in report.routes if route.n_both]
    assert len(routes) == 4
    for route in routes:
        parts = route.queue_ms, route.application_ms, route.database_ms
        assert min(parts) >= 0
        assert sum(parts) * route.n_both == pytest.approx(route.waited_ms, rel=0.01)


def test_the_waterfalls_have_the_statements(report):
    kinds = [{bar.kind for bar in shown.bars} for shown in report.slowest if shown.request.queries]

    assert kinds
    assert all({"client", "server", "query"} <= each for each in kinds)


def test_the_failed_request_is_told_with_its_status(report):
    assert [(row.name, row.status, row.n) for row in report.failures] == [
        ("GET /todos/:id", 404, 1)
    ]
    assert not report.run.thresholds[0].ok


def test_statements_are_ranked_over_this_run_alone(report):
    assert sorted(statement.n for statement in report.statements) == [1, 20, 20, 20]
