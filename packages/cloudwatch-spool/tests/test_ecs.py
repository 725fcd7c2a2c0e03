"""The log stream of a task on ECS is the task's own."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from cloudwatch_spool import default_stream

from .harness import GROUP, Delivery

ARN = "arn:aws:ecs:us-east-1:012345678910:task/taskoverflow/158d1c8083dd49d6b527399fd6414f5c"


@pytest.fixture
def metadata():
    """The URL of an endpoint that answers as ECS does, or with what is put in its `answer`."""

    class Endpoint(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/v4/container/task" else 404)
            self.end_headers()
            self.wfile.write(server.answer)

        def log_message(self, *_): ...

    server = HTTPServer(("127.0.0.1", 0), Endpoint)
    server.answer = json.dumps({"TaskARN": ARN}).encode()
    server.url = f"http://127.0.0.1:{server.server_port}/v4/container"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def default_stream_at(monkeypatch, url):
    monkeypatch.setenv("ECS_CONTAINER_METADATA_URI_V4", url)
    return default_stream()


def test_the_task_id_is_the_end_of_its_arn(metadata, monkeypatch):
    assert default_stream_at(monkeypatch, metadata.url) == "158d1c8083dd49d6b527399fd6414f5c"


@pytest.mark.parametrize("answer", [b"", b"no JSON", b"{}", b"[]"])
def test_where_the_endpoint_does_not_say_it_the_host_is_named(metadata, monkeypatch, answer):
    metadata.answer = answer
    assert default_stream_at(monkeypatch, metadata.url) == os.uname().nodename


def test_where_the_endpoint_is_not_there_the_host_is_named(monkeypatch):
    assert default_stream_at(monkeypatch, "http://127.0.0.1:1/v4/x") == os.uname().nodename


def test_the_shipper_names_its_stream_after_the_task(metadata, delivery: Delivery):
    delivery.write(10)
    assert delivery.drain(stream=None, ECS_CONTAINER_METADATA_URI_V4=metadata.url) == 0
    assert delivery.stub.get("groups")[GROUP]["streams"] == [ARN.rpartition("/")[2]]


def test_elsewhere_the_stream_is_named_after_the_host(delivery: Delivery):
    delivery.write(10)
    assert delivery.drain(stream=None) == 0
    assert delivery.stub.get("groups")[GROUP]["streams"] == [os.uname().nodename]
