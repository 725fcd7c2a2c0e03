"""`todo serve --ship`, which `make run` is: log lines go through the spool to the archive and the
terminal.
"""

import json
import signal
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

FINISHED = {"request_started", "query", "request_finished"}


@pytest.fixture
def environment_of(tmp_path, database):
    """The environment that keeps spool and archive in this test's folder."""
    return {
        "SQLALCHEMY_DATABASE_URI": database,
        "TODO_SPOOL_DIR": str(tmp_path / "spool"),
        "TODO_ARCHIVE_DIR": str(tmp_path / "logs"),
    }


def archived(tmp_path):
    paths = (tmp_path / "logs" / "taskoverflow").rglob("*.ndjson")
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


def archived_ids(tmp_path, event="request_finished"):
    """The correlation IDs of the lines of an event in the archive."""
    return {line["correlation_id"] for line in archived(tmp_path) if line["event"] == event}


def shipper_of(server):
    children = psutil.Process(server.process.pid).children()
    return next(child for child in children if "ship" in child.cmdline())


def events_of(server, correlation_id):
    """The events of a request that are on the terminal; its first line may bring a connection's."""
    shown = server.output.read_text().splitlines()
    return {json.loads(line)["event"] for line in shown if f'"{correlation_id}"' in line}


def ask(server, count):
    """The correlation IDs of this many answers."""
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: server.get("/api/v1/todos"), range(count)))
    return {answer.headers["X-Correlation-ID"] for answer in answers}


def test_the_lines_are_on_the_terminal_while_it_runs(serve, environment_of, wait_until):
    with serve("--ship", **environment_of) as server:
        [asked] = ask(server, 1)
        wait_until(lambda: events_of(server, asked) >= FINISHED, within_s=30)
        assert server.stop() == 0


def test_a_stop_leaves_nothing_in_the_spool(serve, environment_of, tmp_path):
    with serve("--ship", **environment_of) as server:
        asked = ask(server, 200)
        assert server.stop(signal.SIGINT) == 0
    assert archived_ids(tmp_path) == asked
    assert list((tmp_path / "spool").glob("*.segment")) == []


def test_a_shipper_that_was_killed_is_started_again_and_nothing_is_lost(
    serve, environment_of, tmp_path, wait_until
):
    with serve("--ship", **environment_of) as server:
        asked = ask(server, 20)
        first = shipper_of(server)
        first.kill()
        asked |= ask(server, 20)
        wait_until(lambda: archived_ids(tmp_path) == asked, within_s=20)
        assert shipper_of(server).pid != first.pid
        assert "the shipper ended (by signal 9)" in server.output.read_text()


def test_what_killed_workers_wrote_is_delivered(serve, environment_of, tmp_path, wait_until):
    with serve("--ship", **environment_of) as server:
        asked = ask(server, 50)
        children = psutil.Process(server.process.pid).children()
        workers = [grandchild for child in children for grandchild in child.children()]
        assert len(workers) >= 2
        for worker in workers:
            worker.kill()
        # Canonical lines are written when the last byte is out, so a worker may be killed before
        # its last one.
        wait_until(lambda: archived_ids(tmp_path, "query") == asked, within_s=20)


def test_without_it_the_lines_are_on_standard_output(serve, environment_of, tmp_path, wait_until):
    with serve(**environment_of) as server:
        [asked] = ask(server, 1)
        wait_until(lambda: events_of(server, asked) >= FINISHED, within_s=30)
    assert not (tmp_path / "spool").exists()
