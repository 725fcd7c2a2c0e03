"""A Redis of the tests' own, and an app that puts jobs into its queues."""

import json
import os
import subprocess
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

import pytest
import redis


@pytest.fixture(scope="session")
def redis_socket(wait_until):
    """The path of a Redis server's socket; short, since a socket's has at most 107 bytes."""
    with TemporaryDirectory(prefix="canonical-") as folder:
        path = f"{folder}/redis.sock"
        command = [
            "redis-server",
            "--port",
            "0",
            "--unixsocket",
            path,
            "--save",
            "",
            "--dir",
            folder,
        ]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
            client = redis.Redis(unix_socket_path=path)
            wait_until(lambda: Path(path).exists() and client.ping(), 60)
            yield path
            client.close()
            server.terminate()


@pytest.fixture
def serve(serve_view):
    """Call it with a view for the answer of a request to it, whose id is `sender-1`."""

    def get(view, **headers):
        return serve_view(view, **{"X-Correlation-ID": "sender-1", **headers})

    return get


class Worker:
    """A worker's process, and the lines that it has written."""

    def __init__(self, output, command, **variables):
        self._output = output
        self.process = subprocess.Popen(
            command,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            cwd=Path(__file__).parent,
            env={**os.environ, **variables},
        )

    def text(self):
        """All that it wrote."""
        self._output.seek(0)
        return self._output.read()

    def lines(self, event=None, job_id=None):
        """Its whole lines, of one event, of one job."""
        whole = [line for line in self.text().splitlines(keepends=True) if line.endswith("}\n")]
        lines = [json.loads(line) for line in whole if line.startswith("{")]
        return [
            line
            for line in lines
            if event in (None, line["event"]) and job_id in (None, line.get("job_id"))
        ]

    def stop(self):
        """As a user does."""
        self.process.terminate()
        self.process.wait(60)


@pytest.fixture(scope="session")
def start_worker():
    """Call it for a Worker."""
    with ExitStack() as stack:

        def start(command, **variables):
            worker = Worker(stack.enter_context(TemporaryFile("w+")), command, **variables)
            stack.callback(worker.stop)
            return worker

        yield start
