"""The README is short, and what it shows is so."""

import json
import re

import pytest

from .reading import ROOT

README = (ROOT / "README.md").read_text()
MOST_BYTES = 9_000
WAITS = {"db_commit_ms", "db_connect_ms", "db_pool_wait_ms"}
ENOUGH_TO_CONNECT = 20  # a worker's first requests have a line about their connection, too


def test_it_fits_two_screens():
    assert len(README.encode()) <= MOST_BYTES


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)", README))))
def test_what_it_links_to_exists(target):
    assert target.startswith("http") or (ROOT / target).exists()


def test_the_log_lines_at_the_top_are_what_make_run_prints(serve, database, tmp_path, wait_until):
    top = README.partition("<!-- after -->")[2].partition("<!-- /after -->")[0]
    shown = [json.loads(line) for line in top.splitlines() if line.startswith("{")]
    paths = {"TODO_SPOOL_DIR": str(tmp_path / "spool"), "TODO_ARCHIVE_DIR": str(tmp_path / "logs")}
    with serve("--ship", SQLALCHEMY_DATABASE_URI=database, **paths) as server:
        server.post("/api/v1/todos", {"title": "Write the report"})
        for _ in range(ENOUGH_TO_CONNECT):
            correlation_id = server.get("/api/v1/todos/1").headers["X-Correlation-ID"]

        def lines():
            return [
                json.loads(line)
                for line in server.output.read_text().splitlines()
                if correlation_id in line
            ]

        wait_until(lambda: len(lines()) == 3, within_s=10)
    assert [always(line) for line in lines()] == [always(line) for line in shown]
    assert lines()[1]["db_statement"] == shown[1]["db_statement"]


def always(line):
    """The line's fields, without those that are there only when something was waited for."""
    return [name for name in line if name not in WAITS]
