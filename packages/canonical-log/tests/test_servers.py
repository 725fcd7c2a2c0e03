"""In real servers of each kind, requests at the same time keep their ids and statements apart."""

import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from canonical_log.testing import assert_schema

HERE = Path(__file__).parent
GUNICORN = ["gunicorn", "served:app", "--chdir", str(HERE), "--log-level", "error"]
SERVERS = {
    "gunicorn gthread": [*GUNICORN, "--worker-class", "gthread", "--threads", "8", "--bind"],
    "gunicorn gevent": [*GUNICORN, "--worker-class", "gevent", "--bind"],
    "uvicorn asgiref": ["uvicorn", "served:by_asgiref", "--app-dir", str(HERE), "--fd"],
    "uvicorn a2wsgi": ["uvicorn", "served:by_a2wsgi", "--app-dir", str(HERE), "--fd"],
}
REQUESTS = 60


@pytest.fixture(params=SERVERS.values(), ids=SERVERS)
def server(request, tmp_path):
    """The URL of a running server, and the file that its lines go to."""
    output = tmp_path / "output"
    with socket.socket() as listener, output.open("wb") as file:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        number = listener.fileno()
        command = [sys.executable, "-m", *request.param]
        command.append(f"fd://{number}" if "gunicorn" in command else str(number))
        environment = os.environ | {"DATABASE": str(tmp_path / "database")}
        process = subprocess.Popen(command, env=environment, stdout=file, pass_fds=[number])
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", output
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def test_no_request_has_anothers_id_or_statements(server, wait_until):
    url, output = server

    def get(number):
        times = number % 4
        answer = requests.get(
            f"{url}/ask/{times}", headers={"X-Correlation-ID": f"id-{number}"}, timeout=60
        )
        assert (answer.text, answer.headers["X-Correlation-ID"]) == (f"id-{number}",) * 2
        return f"id-{number}", times

    with ThreadPoolExecutor(8) as clients:
        asked = dict(clients.map(get, range(REQUESTS)))

    def finished():
        lines = [json.loads(line) for line in output.read_text().splitlines() if line[:1] == "{"]
        return [line for line in lines if line["event"] == "request_finished"]

    wait_until(lambda: len(finished()) >= REQUESTS, within_s=30)
    assert {line["correlation_id"]: line["db_query_count"] for line in finished()} == asked
    assert len(finished()) == REQUESTS
    statements = [json.loads(line) for line in output.read_text().splitlines() if '"query"' in line]
    for line in [*finished(), *statements]:
        assert_schema(line)
    counted = dict.fromkeys(asked, 0)
    for line in statements:
        counted[line["correlation_id"]] += 1
    assert counted == asked
