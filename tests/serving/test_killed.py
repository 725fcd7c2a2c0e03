"""`kill -9` of any process of `todo serve --ship`: no orphan, nothing lost, and the service comes
back where the parent lives. `make test-faults` kills ten times as often.
"""

import json
import os
import signal
import threading

import psutil
import pytest
import requests

ROUNDS = 10 if os.environ.get("FAULT_TESTS") == "full" else 1
BACK_WITHIN_S = 60  # on a busy machine; see docs/explanation/processes.md for what it takes


@pytest.fixture
def whole(serve, data_folder):
    """Call it for a server with all that `make run` has, with its state in `data_folder`."""

    def start():
        return serve(
            "--ship",
            TODO_STATE_DIR=str(data_folder / "var"),
            TODO_SPOOL_DIR=str(data_folder / "spool"),
            TODO_ARCHIVE_DIR=str(data_folder / "logs"),
        )

    return start


class Clients(threading.Thread):
    """One that asks without a pause, and keeps the ID of what was answered."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url = url
        self.answered = []
        self.statuses = set()
        self.stop = threading.Event()

    def run(self):
        while not self.stop.is_set():
            try:
                answer = requests.get(self.url + "/api/v1/todos", timeout=30)
            except requests.RequestException:
                continue  # it was being served by what was killed
            self.statuses.add(answer.status_code)
            self.answered.append(answer.headers["X-Correlation-ID"])

    def end(self):
        self.stop.set()
        self.join()


@pytest.fixture
def clients():
    """Call it for clients under way; they are ended at the end of the test."""
    started = []

    def start(server, count=3):
        new = [Clients(server.url) for _ in range(count)]
        for client in new:
            client.start()
        started.extend(new)
        return new

    yield start
    for client in started:
        client.end()


def family_of(server, data_folder):
    """Every process that belongs to the server."""
    parent = psutil.Process(server.process.pid)
    return [*parent.children(recursive=True), *postgres_of(data_folder)]


def is_alive(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def postgres_of(data_folder):
    """The first process of the PostgreSQL in the folder, in a list, or an empty one."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if "postgres" in (process.info["cmdline"] or [""])[0]
        and any(str(data_folder) in part for part in process.info["cmdline"])
    ]


def child_with(server, *words):
    """The child of `todo serve` whose command line has these words."""
    children = psutil.Process(server.process.pid).children()
    return next(
        (
            child
            for child in children
            if is_alive(child) and all(word in " ".join(child.cmdline()) for word in words)
        ),
        None,
    )


TARGETS = {
    "gunicorn": lambda server, _: child_with(server, "gunicorn"),
    "a worker": lambda server, _: (child_with(server, "gunicorn").children() or [None])[0],
    "the shipper": lambda server, _: child_with(server, "todo.cli", "ship"),
    "the console": lambda server, _: child_with(server, "todo.cli", "console"),
    "the keeper": lambda server, _: child_with(server, "postgres_keeper"),
    "PostgreSQL": lambda _, data_folder: (postgres_of(data_folder) or [None])[0],
    "a PostgreSQL backend": lambda _, data_folder: next(
        (
            child
            for child in postgres_of(data_folder)[0].children()
            if "127.0.0.1" in " ".join(child.cmdline()) or "[local]" in " ".join(child.cmdline())
        ),
        None,
    ),
}


def lines_of(data_folder):
    return [
        json.loads(line)
        for path in (data_folder / "logs").rglob("*.ndjson")
        for line in path.read_text().splitlines()
    ]


def logged_ids(data_folder):
    return {line["correlation_id"] for line in lines_of(data_folder) if line["event"] == "query"}


def is_ready(server):
    try:
        return requests.get(server.url + "/api/v1/health/ready", timeout=5).ok
    except requests.RequestException:
        return False


def is_whole(server, data_folder):
    return is_ready(server) and all(target(server, data_folder) for target in TARGETS.values())


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_killed_comes_back_and_nothing_is_lost(
    whole, data_folder, clients, target, wait_until
):
    with whole() as server:
        under_way = clients(server)
        for _ in range(ROUNDS):
            wait_until(lambda: is_whole(server, data_folder), within_s=BACK_WITHIN_S)
            killed = TARGETS[target](server, data_folder)
            killed.kill()
            wait_until(lambda: not is_alive(killed), within_s=10)  # noqa: B023  # called at once
            answered_before = sum(len(client.answered) for client in under_way)
            wait_until(lambda: is_whole(server, data_folder), within_s=BACK_WITHIN_S)
            wait_until(
                lambda: sum(len(client.answered) for client in under_way) > answered_before + 10,  # noqa: B023
                within_s=BACK_WITHIN_S,
            )
        for client in under_way:
            client.end()
        family = family_of(server, data_folder)
        assert server.stop() == 0
        assert [process for process in family if is_alive(process)] == []

    answered = {answer for client in under_way for answer in client.answered}
    refused = {
        line["correlation_id"]
        for line in lines_of(data_folder)
        if line["event"] == "request_finished" and line["http_status"] == 503
    }
    assert answered - refused <= logged_ids(data_folder)
    assert {status for client in under_way for status in client.statuses} <= {200, 503}


def test_a_killed_server_leaves_no_process_and_loses_no_line(
    whole, data_folder, clients, wait_until
):
    for _ in range(ROUNDS):
        with whole() as server:
            under_way = clients(server)
            wait_until(lambda: all(len(client.answered) > 20 for client in under_way), within_s=60)  # noqa: B023
            family = family_of(server, data_folder)
            assert len(family) >= 6
            server.process.kill()
            for client in under_way:
                client.stop.set()
            wait_until(lambda: not any(map(is_alive, family)), within_s=30)  # noqa: B023
            for client in under_way:
                client.end()
    with whole() as server:
        answered = {answer for client in under_way for answer in client.answered}
        wait_until(lambda: answered <= logged_ids(data_folder), within_s=30)
        assert server.stop() == 0


def test_a_start_right_after_a_kill_waits_for_what_is_left_and_serves(whole, data_folder):
    for _ in range(ROUNDS):
        with whole() as server:
            server.process.kill()
        with whole() as server:
            assert server.get("/api/v1/health/ready").status_code == 200
            assert server.stop() == 0


def test_a_postgres_whose_every_keeper_was_killed_is_taken_over(whole, data_folder, wait_until):
    with whole() as server:
        [postgres] = postgres_of(data_folder)
        keeper = child_with(server, "postgres_keeper")
        os.kill(server.process.pid, signal.SIGSTOP)  # or it would start the keeper again
        keeper.kill()
        server.process.kill()
        wait_until(lambda: not is_alive(keeper), within_s=10)
        assert is_alive(postgres)
    with whole() as server:
        assert server.get("/api/v1/health/ready").status_code == 200
        assert postgres_of(data_folder) == [postgres]
        assert server.stop() == 0
    assert not is_alive(postgres)
