"""The whole path against an AWS emulator: a request's lines are shipped to a log group, and asked
for there.
"""

import json
import os
import subprocess
import sys
import urllib.request

import pytest

from .conftest import free_port


@pytest.fixture(scope="module")
def aws(tmp_path_factory, wait_until):
    """The environment in which boto3 talks to MiniStack."""
    port = free_port()
    output = (tmp_path_factory.mktemp("ministack") / "output").open("wb")
    settings = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "PERSIST_STATE": "0"}
    command = [sys.executable, "-c", "from ministack.app import main; main()"]
    emulator = subprocess.Popen(command, env=os.environ | settings, stdout=output, stderr=output)
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: _answers(url), within_s=60)
    yield {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    emulator.terminate()
    try:
        emulator.wait(10)
    except subprocess.TimeoutExpired:
        emulator.kill()
        emulator.wait()
    output.close()


def _answers(url):
    try:
        with urllib.request.urlopen(f"{url}/_ministack/health", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def test_a_requests_lines_are_found_in_cloudwatch(aws, serve, database, tmp_path):
    settings = {
        "TODO_LOG_DESTINATION": "cloudwatch",
        "TODO_LOG_GROUP": "todos",
        "TODO_LOG_STREAM": "task-1",
    }
    paths = {"SQLALCHEMY_DATABASE_URI": database, "TODO_SPOOL_DIR": str(tmp_path / "spool")}
    with serve("--ship", **aws, **settings, **paths) as server:
        correlation_id = server.get("/api/v1/todos/1").headers["X-Correlation-ID"]
        assert server.stop() == 0

    command = [sys.executable, "-m", "todo.cli", "insights", "--aws", "--output", "json"]
    query = (
        f"fields @message, @logStream | filter @message like /{correlation_id}/"
        " | sort @timestamp asc"
    )
    asked = subprocess.run(
        [*command, query],
        env=os.environ | aws | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    rows = [
        {field["field"]: field["value"] for field in row}
        for row in json.loads(asked.stdout)["results"]
    ]
    events = [
        json.loads(row["@message"])["event"] for row in rows if correlation_id in row["@message"]
    ]
    of_request = [event for event in events if event != "connection"]  # the worker's first one
    assert of_request == ["request_started", "query", "request_finished"]
