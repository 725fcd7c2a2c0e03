"""The app is killed while it answers requests."""

import os
import threading
from contextlib import contextmanager

import pytest
import requests

from .stack import Stack, docker, until

CLIENTS = 4
# From a container in the host's process namespace: a process is safe from SIGKILL of its own
# namespace.
KILL = (
    "run",
    "--rm",
    "--pid",
    "host",
    "--user",
    "0",
    "--entrypoint",
    "python",
    "taskoverflow",
    "-c",
)


@contextmanager
def load(stack: Stack):
    """Yields lists of the IDs that were answered, one list a connection, in order; stops when the
    block ends.
    """
    answered = []
    stop = threading.Event()
    name = os.urandom(4).hex()

    def ask(client: int) -> None:
        number = 0
        while not stop.is_set():
            with requests.Session() as session:
                ids = []
                answered.append(ids)
                while not stop.is_set():
                    number += 1
                    correlation_id = f"{name}-{client}-{number}"
                    try:
                        answer = session.get(
                            f"{stack.url}/api/v1/todos",
                            headers={"X-Correlation-ID": correlation_id},
                            timeout=5,
                        )
                    except requests.RequestException:
                        stop.wait(0.05)
                        break
                    if answer.status_code == 200:
                        ids.append(correlation_id)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield answered
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def count(answered: list[list[str]]) -> int:
    return sum(map(len, answered))


def assert_nothing_is_lost(stack: Stack, answered: list[list[str]]) -> None:
    """The last line of a request comes after its answer: the last answer before a kill may be
    without it.
    """
    started = {connection[-1] for connection in answered if connection}
    finished = {correlation_id for connection in answered for correlation_id in connection[:-1]}
    until(lambda: stack.behind_events() == 0, within_s=60)
    events = stack.archived()

    assert len(finished) > 50
    assert started <= {e.get("correlation_id") for e in events if e["event"] == "request_started"}
    assert finished <= {e.get("correlation_id") for e in events if e["event"] == "request_finished"}
    assert finished <= {e.get("correlation_id") for e in events if e["event"] == "query"}


def test_killed_by_the_kernel_it_comes_back_and_no_line_is_lost(stack):
    before = stack.inspect("app")
    with load(stack) as answered:
        until(lambda: count(answered) > 100, within_s=60)
        docker(*KILL, f"import os; os.kill({before['State']['Pid']}, 9)")
        until(lambda: stack.inspect("app")["RestartCount"] > before["RestartCount"], within_s=60)
        at_restart = count(answered)
        until(lambda: count(answered) > at_restart + 20, within_s=60)

    assert_nothing_is_lost(stack, answered)


def test_killed_by_docker_no_line_is_lost(stack):
    """Docker takes `docker kill` for a wish to stop, and leaves the app down until it is started
    again.
    """
    with load(stack) as answered:
        until(lambda: count(answered) > 100, within_s=60)
        docker("kill", "--signal", "KILL", stack.container("app"))
        until(lambda: not stack.is_up(), within_s=30)
        at_kill = count(answered)
        assert stack.up().returncode == 0
        until(lambda: count(answered) > at_kill + 20, within_s=60)

    assert_nothing_is_lost(stack, answered)


@pytest.mark.parametrize("service", ["app", "shipper"])
def test_a_restart_loses_no_line(stack, service):
    with load(stack) as answered:
        until(lambda: count(answered) > 60, within_s=60)
        stack.compose("restart", service)
        at_restart = count(answered)
        until(lambda: count(answered) > at_restart + 20, within_s=60)

    assert_nothing_is_lost(stack, answered)
