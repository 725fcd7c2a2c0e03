"""In a real gunicorn, whatever happens to a request: one valid canonical line with the id that the
client saw.
"""

import json
import os
import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from canonical_log.testing import assert_schema

HERE = Path(__file__).parent


@pytest.fixture
def gunicorn(new_database, tmp_path):
    """The URL of the served app, and a function for the lines that it has written."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        port = listener.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "gunicorn_app:create_app()",
            "--chdir",
            str(HERE),
        ]
        command += ["-c", str(HERE / "gunicorn_conf.py"), "--bind", f"fd://{listener.fileno()}"]
        with running(
            command,
            os.environ | {"DATABASE": new_database()},
            tmp_path / "out",
            [listener.fileno()],
        ) as written:
            yield f"http://127.0.0.1:{port}", written


@contextmanager
def running(command, environment, output, descriptors):
    with output.open("wb") as file:
        process = subprocess.Popen(
            command, env=environment, stdout=file, stderr=file, pass_fds=descriptors
        )
    try:
        yield lambda: [json.loads(line) for line in output.read_text().splitlines()]
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def test_one_canonical_line_whatever_happens(gunicorn, wait_until):
    url, written = gunicorn
    seen = {}
    for path in ("/good", "/nothing", "/crash", "/stream", "/n-plus-one"):
        seen[path] = requests.get(url + path, timeout=30).headers["X-Correlation-ID"]
    malformed = requests.get(
        url + "/good?malformed", headers={"traceparent": "00-zero-01"}, timeout=30
    )
    hang_up(url, "/endless")
    assert not requests.get(url + "/hang", headers={"X-Correlation-ID": "hung"}, timeout=30).ok
    assert requests.get(url + "/good", headers={"X-Correlation-ID": "last"}, timeout=30).ok

    wait_until(
        lambda: len([line for line in written() if line["event"] == "request_finished"]) >= 9,
        within_s=20,
    )
    lines = written()
    for line in lines:
        assert_schema(line)
    canonical = {
        line["correlation_id"]: line for line in lines if line["event"] == "request_finished"
    }
    assert (
        len(canonical) == len([line for line in lines if line["event"] == "request_finished"]) == 9
    )

    def told(request_id):
        line = canonical[request_id]
        return line["http_path"], line.get("http_status"), line["level"], line.get("outcome")

    assert told(seen["/good"]) == ("/good", 200, "INFO", None)
    assert told(seen["/nothing"]) == ("/nothing", 404, "INFO", None)
    assert told(seen["/crash"]) == ("/crash", 500, "ERROR", None)
    assert told(seen["/stream"]) == ("/stream", 200, "INFO", None)
    assert canonical[seen["/stream"]]["response_bytes"] == 12
    assert told("gone") == ("/endless", 200, "INFO", "client_gone")
    assert told("hung") == ("/hang", None, "ERROR", "timeout")
    assert canonical["hung"]["duration_ms"] > 1000
    assert told("last") == ("/good", 200, "INFO", None)
    assert canonical[seen["/n-plus-one"]]["db_n_plus_one"] is True
    replaced = canonical[malformed.headers["X-Correlation-ID"]]
    assert replaced["correlation_id_replaced"] is True
    assert re.fullmatch("[0-9a-f]{32}", replaced["correlation_id"])

    exceptions = {
        line["correlation_id"]: line["exception_type"]
        for line in lines
        if line["event"] == "exception"
    }
    assert exceptions[seen["/crash"]] == "RuntimeError"
    assert [line["message"] for line in lines if line.get("logger") == "app"][:1] == ["all is well"]
    from_gunicorn = [line["message"] for line in lines if line.get("logger") == "gunicorn.error"]
    assert any("WORKER TIMEOUT" in message for message in from_gunicorn)
    assert not [line for line in lines if line.get("logger") == "gunicorn.access"]


def hang_up(url, path):
    """Asks for an endless answer, and leaves after its beginning."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as client:
        client.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nX-Correlation-ID: gone\r\n\r\n".encode()
        )
        assert b"X-Correlation-ID: gone" in client.recv(4096)
        client.shutdown(socket.SHUT_RDWR)
