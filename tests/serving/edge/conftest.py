"""A gunicorn with the edge for its worker, and clients that say exactly what a test wants said."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

HERE = Path(__file__).parent
HELLO = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """One connection, on which bytes are sent and answers read. It is closed after the test."""

    open = []  # noqa: RUF012  # all that a test has opened

    def __init__(self, port, *, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(120)
        self.socket.connect(("127.0.0.1", port))
        self.file = self.socket.makefile("rb")
        self.open.append(self)

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def ask(self, data=HELLO):
        self.send(data)
        return self.answer(has_body=not data.startswith(b"HEAD"))

    def answer(self, *, has_body=True):
        """The next answer; None when the connection ends before one begins."""
        try:
            line = self.file.readline()
        except ConnectionResetError:
            return None
        if not line:
            return None
        status = int(line.split()[1])
        headers = {}
        while (line := self.file.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.title()] = value.strip()
        return Answer(
            status, headers, self.body(headers) if has_body and status not in (100, 204) else b""
        )

    def body(self, headers):
        if headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.file.readline(), 16):
                parts.append(self.file.read(size))
                self.file.readline()
            self.file.readline()
            return b"".join(parts)
        if "Content-Length" in headers:
            return self.read(int(headers["Content-Length"]))
        return self.read(1 << 40)

    def read(self, most):
        """What there is, until the connection ends in whatever way."""
        data = b""
        try:
            while len(data) < most and (part := self.file.read1(min(most - len(data), 1 << 16))):
                data += part
        except ConnectionResetError:
            pass
        return data

    def is_closed(self):
        """Whether the server ends the connection, without a byte more."""
        try:
            return self.file.read(1) == b""
        except ConnectionResetError:
            return True


@dataclass(frozen=True)
class Edge:
    port: int
    process: subprocess.Popen
    output: Path
    gate: Path

    def client(self, **options):
        return Client(self.port, **options)

    def ask(self, data=HELLO):
        with self.client() as client:
            return client.ask(data)

    def open_gate(self):
        self.gate.touch()

    def worker(self):
        [worker] = psutil.Process(self.process.pid).children()
        return worker

    def lines(self, event="request_finished"):
        """The log's lines of that kind."""
        lines = [json.loads(line) for line in self.output.read_text().splitlines()]
        return [line for line in lines if line["event"] == event]

    def line_of(self, answer):
        """The canonical line of an answer, and that there is no other."""
        [line] = [
            line
            for line in self.lines()
            if line["correlation_id"] == answer.headers["X-Correlation-Id"]
        ]
        return line


@pytest.fixture(scope="session")
def connect():
    """Call it with a port for a client."""
    return Client


@pytest.fixture(autouse=True)
def _close_clients():
    yield
    while Client.open:
        Client.open.pop().close()


@pytest.fixture(scope="session")
def run_edge(tmp_path_factory, wait_until):
    """Call it for a context manager that serves `served_app` with these settings."""

    @contextmanager
    def run(*options, app="served_app:create_app()", **environment):
        folder = tmp_path_factory.mktemp("edge")
        output, gate = folder / "output", folder / "gate"
        settings = {"TODO_THREADS": "2", "TODO_WORKERS": "1", "TODO_PROXY_HOPS": "0"}
        with socket.socket() as listener, output.open("wb") as file:
            listener.bind(("127.0.0.1", 0))
            listener.listen(1024)
            port = listener.getsockname()[1]
            command = [sys.executable, "-m", "gunicorn", "-c"]
            command += ["python:todo.serving.gunicorn_config", app, "--chdir", str(HERE)]
            command += ["--bind", f"fd://{listener.fileno()}", *options]
            process = subprocess.Popen(
                command,
                env=os.environ | settings | {"GATE": str(gate)} | environment,
                stdout=file,
                stderr=file,
                pass_fds=[listener.fileno()],
            )
        edge = Edge(port, process, output, gate)
        try:
            wait_until(lambda: edge.ask().status == 200, within_s=60)
            yield edge
        finally:
            edge.open_gate()
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    return run


@pytest.fixture(scope="module")
def edge(run_edge):
    """One that all tests of a module share."""
    with run_edge() as edge:
        yield edge
