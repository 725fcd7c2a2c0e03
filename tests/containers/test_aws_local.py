"""The profile aws-local: CloudWatch Logs on this machine."""

import os
import subprocess
import sys

from .stack import free_port, until


def test_lines_go_to_ministack_and_are_found_there(new_stack):
    port = free_port()
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
    settings = {
        "COMPOSE_PROFILES": "aws-local",
        "AWS_ENDPOINT_URL": "http://aws:4566",
        "AWS_LOCAL_PORT": str(port),
    }
    stack = new_stack()
    (stack.folder / ".env").write_text(
        "".join(f"{name}={value}\n" for name, value in (keys | settings).items())
    )
    assert stack.up().returncode == 0
    correlation_id = stack.get("/api/v1/todos").headers["X-Correlation-ID"]

    here = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_DEFAULT_REGION": "us-east-1"}
    query = f"fields @message | filter @message like /{correlation_id}/"
    command = [sys.executable, "-m", "todo.cli", "insights", "--aws", "--output", "json", query]

    def found() -> bool:
        done = subprocess.run(
            command, env=os.environ | keys | here, capture_output=True, text=True, check=False
        )
        return correlation_id in done.stdout

    until(found, within_s=60)
