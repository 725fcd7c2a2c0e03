"""The errors that people make: each is told in one line, which says what to do."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest
import requests

from .stack import docker, until

CREDENTIALS = """[default]
aws_access_key_id = AKIDEXAMPLE
aws_secret_access_key = example
aws_session_token = {token}
"""


def last_line(text: str) -> str:
    return text.strip().splitlines()[-1]


def test_a_taken_port(new_stack):
    stack = new_stack()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", stack.port))
        taken.listen()
        up = stack.up()

    assert up.returncode == 1
    assert last_line(up.stderr) == (
        f"Error: port {stack.port} is taken. Stop what listens there, or choose another: "
        f"make up PORT={stack.port + 1}"
    )


def test_a_password_that_is_not_the_volumes(new_stack):
    stack = new_stack()
    assert stack.up().returncode == 0
    stack.compose("down")
    stack.environment["POSTGRES_PASSWORD"] = "another"
    up = stack.up()

    assert up.returncode == 1
    assert last_line(up.stderr).startswith("Error: the migration failed: ")
    assert (
        'password authentication failed for user "todo". A database keeps the password'
        in last_line(up.stderr)
    )
    assert "another" not in last_line(up.stderr)


def test_credentials_that_the_container_cannot_read(new_stack):
    stack = new_stack(AWS_ENDPOINT_URL="http://127.0.0.1:9", SHIPPER_GID="1234")
    credentials = stack.folder / "aws" / "credentials"
    credentials.write_text(CREDENTIALS.format(token="x"))
    credentials.chmod(0o600)
    stack.compose("up", "--detach", "shipper")
    said = until(
        lambda: [line for line in stack.lines_of("shipper") if "chmod" in line], within_s=30
    )

    assert said == [
        "aws/credentials cannot be read by the shipper, of the groups 6400 1234: "
        "chmod g+r aws/credentials"
    ]


def test_credentials_where_they_once_were(new_stack):
    stack = new_stack()
    (stack.folder / "credentials").write_text(CREDENTIALS.format(token="x"))
    up = stack.up()

    assert up.returncode == 1
    assert last_line(up.stderr) == (
        "Error: credentials are read from the folder aws: mv credentials aws/"
    )


def test_a_misspelt_region(new_stack):
    stack = new_stack(AWS_REGION="us-est-1")
    (stack.folder / "aws" / "credentials").write_text(CREDENTIALS.format(token="x"))
    assert stack.up().returncode == 0
    stack.get("/api/v1/todos")
    said = until(
        lambda: [line for line in stack.lines_of("shipper") if "waits" in line], within_s=60
    )

    assert len(said) == 1
    assert "https://logs.us-est-1.amazonaws.com" in said[0]
    assert "Is the region (AWS_REGION) spelt right" in said[0]
    assert stack.get("/api/v1/todos").ok


@pytest.fixture
def cloudwatch():
    """CloudWatch's answers on Docker's bridge: a token "expired" is refused, any other is fine."""
    bridge = json.loads(docker("network", "inspect", "bridge"))[0]["IPAM"]["Config"][0]["Subnet"]
    server = ThreadingHTTPServer(
        (str(ip_network(bridge)[1]), 0), _CloudWatch
    )  # the first address is this host's
    server.refused, server.accepted = 0, []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class _CloudWatch(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["X-Amz-Security-Token"] == "expired":
            self.server.refused += 1
            self._answer(
                400, {"__type": "ExpiredTokenException", "message": "The security token is expired"}
            )
            return
        self.server.accepted += [
            json.loads(event["message"]) for event in body.get("logEvents", ())
        ]
        self._answer(200, {})

    def _answer(self, status: int, body: dict) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


def test_an_expired_token_is_told_once_and_nothing_is_lost(new_stack, cloudwatch):
    """The credentials are for the caller and the caller's group alone."""
    host, port = cloudwatch.server_address
    stack = new_stack(AWS_ENDPOINT_URL=f"http://{host}:{port}")
    credentials = stack.folder / "aws" / "credentials"
    credentials.write_text(CREDENTIALS.format(token="expired"))
    credentials.chmod(0o640)
    assert stack.up().returncode == 0
    correlation_id = requests.get(f"{stack.url}/api/v1/todos", timeout=10).headers[
        "X-Correlation-ID"
    ]
    until(lambda: cloudwatch.refused > 3, within_s=60)
    said = [line for line in stack.lines_of("shipper") if "waits" in line]

    assert len(said) == 1
    assert said[0].startswith("delivery to CloudWatch waits: ExpiredTokenException")
    assert said[0].endswith("Paste fresh ones into `credentials`; delivery then goes on by itself.")

    fresh = stack.folder / "aws" / "credentials.new"
    fresh.write_text(CREDENTIALS.format(token="fresh"))
    fresh.chmod(0o640)
    fresh.rename(credentials)  # as editors do it
    until(
        lambda: correlation_id in [e.get("correlation_id") for e in cloudwatch.accepted],
        within_s=90,
    )
