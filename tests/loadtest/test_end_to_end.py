"""k6 against gunicorn, its lines through the shipper into the archive, and the report of both."""

import gzip
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logs_insights import TimeRange, run_local
from todo.loadtest.report import make_report
from todo.loadtest.run import read_run
from todo.views.archive import archive_files

from .recomputed import figures, latency_of

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
def state(tmp_path_factory):
    """What the run leaves behind."""
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="module")
def report(serve, migrated_database, state):
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
    [pages] = [each.n for each in report.statements if "ORDER BY" in each.text]
    others = [each.n for each in report.statements if "ORDER BY" not in each.text]
    assert 1 <= pages <= 20  # a list that is kept sends the question whether it is still right
    assert sorted(others) == [1, 20, 20, 20]


def test_all_figures_are_those_of_the_raw_samples_and_lines(report, state):
    known = figures(state / "load" / RUN_ID / "samples.csv", lines_in(state / "logs"))

    assert of_latency(report.totals) == about(known["totals"])
    assert {route.name for route in report.routes} == set(known["routes"])
    for route in report.routes:
        assert of_latency(route) == about(known["routes"][route.name])
    assert report.sides == known["sides"]
    assert {check.name: check.n for check in report.checks} == known["checks"]
    assert {(each.name, each.status): each.n for each in report.failures} == known["failures"]
    assert sum(moment.ok for moment in report.timeline) == report.totals.n - report.totals.failed
    assert sum(cell.n for cell in report.heat) == known["totals"]["n"]
    for statement in report.statements:
        again = known["statements"].pop(statement.text)
        assert statement.n == again["n"]
        assert statement.total_ms == pytest.approx(again["total_ms"], rel=1e-6)
        assert statement.p95_ms == pytest.approx(again["p95_ms"], rel=0.05, abs=0.05)
    assert known["statements"] == {}


def of_latency(latency):
    return numbers({name: getattr(latency, name) for name in latency_of({"x": NOTHING}, {})})


def about(latency):
    return pytest.approx(numbers(latency), rel=1e-6, abs=1e-6)


def numbers(latency):
    """Without what nobody knows, which is None on both sides."""
    return {name: value for name, value in latency.items() if value is not None}


NOTHING = {"http_req_blocked": 0.0, "http_req_duration": 0.0, "http_req_failed": 0.0}


def lines_in(archive):
    """The run's lines, each once."""
    paths = [file.path for file in archive_files(archive, "taskoverflow", TimeRange(None, None))]
    read = (json.loads(line) for path in paths for line in opened(path))
    unique = {line["event_id"]: line for line in read if line.get("run_id") == RUN_ID}
    return list(unique.values())


def opened(path):
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).splitlines()
