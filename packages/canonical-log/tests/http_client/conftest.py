"""Another service, which answers as a path says and notes what it was asked; the libraries that ask
it; and an app that does so in its view.
"""

import asyncio
import json
import logging
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import botocore.httpsession
import botocore.session
import httpx
import pytest
import requests
import urllib3
from botocore.config import Config
from flask import Flask
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool

import canonical_log
from canonical_log import http_client
from canonical_log.http_client import urllib3 as by_urllib3

PART = b"x" * 10_000


class Upstream(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def headers_of(self, path):
        return [headers for asked, headers in self.asked if asked.partition("?")[0] == path]


@contextmanager
def upstream():
    server = Upstream()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.partition("?")[0]
        self.server.asked.append((self.path, dict(self.headers)))
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        name = path.split("/")[1]
        getattr(self, f"answer_{name}", self.answer_ok)(path)

    do_POST = do_PUT = do_GET

    def answer_ok(self, _path):
        self.answer(200, json.dumps({"Tables": []}).encode())

    def answer_status(self, path):
        self.answer(int(path.rpartition("/")[2]), b"as asked")

    def answer_redirect(self, _path):
        self.answer(302, b"", Location="/ok")

    def answer_flaky(self, path):
        times = len(self.server.headers_of(path))
        self.answer(200 if times > 2 else 503, b"flaky")

    def answer_hangs(self, _path):
        time.sleep(0.5)
        self.answer(200, b"late")

    def answer_cut(self, _path):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"half")
        self.close_connection = True

    def answer_parts(self, _path):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(3):
            time.sleep(0.05)
            self.wfile.write(b"%x\r\n%s\r\n" % (len(PART), PART))
        self.wfile.write(b"0\r\n\r\n")

    def answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


METHODS = [
    (HTTPConnectionPool, "urlopen"),
    (HTTPAdapter, "send"),
    (botocore.httpsession.URLLib3Session, "send"),
    (httpx.HTTPTransport, "handle_request"),
    (httpx.AsyncHTTPTransport, "handle_async_request"),
]


@pytest.fixture
def service():
    with upstream() as service:
        yield service


@pytest.fixture(autouse=True)
def _as_before(monkeypatch):
    """No test's libraries are watched in another."""
    for owner, name in METHODS:
        monkeypatch.setattr(owner, name, getattr(owner, name))
    monkeypatch.setattr(logging.getLogger("httpx"), "level", logging.NOTSET)
    monkeypatch.setattr(by_urllib3, "_is_urllib3_watched", False)


@pytest.fixture
def serve():
    """Call it with a view for the answer of a request to it."""

    def get(view, **settings):
        app = Flask("caller")
        app.testing = True
        app.config.from_mapping(
            {f"CANONICAL_LOG_{name.upper()}": value for name, value in settings.items()}
        )
        canonical_log.init_app(app)
        app.add_url_rule("/", view_func=view, endpoint="view")
        return app.test_client().get("/", headers={"X-Correlation-ID": "caller-1"})

    return get


def aws(url):
    session = botocore.session.Session()
    session.set_credentials("access", "none")
    return session.create_client(
        "dynamodb",
        region_name="eu-west-1",
        endpoint_url=url,
        config=Config(retries={"total_max_attempts": 3, "mode": "standard"}, read_timeout=0.2),
    )


async def ask_async(url):
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).text


CALLS = {
    "requests": lambda url: requests.get(url, timeout=5).text,
    "urllib3": lambda url: urllib3.PoolManager().request("GET", url).data.decode(),
    "httpx": lambda url: httpx.get(url).text,
    "httpx of asyncio": lambda url: asyncio.run(ask_async(url)),
    "botocore": lambda url: str(aws(url).list_tables()),
}


@pytest.fixture(params=CALLS)
def library(request):
    """A library that is watched, and what calls a URL through it."""
    name = request.param.partition(" ")[0]
    http_client.watch(name)
    return name, CALLS[request.param]


@pytest.fixture
def calls():
    """What calls a URL through each library, by its name."""
    return CALLS
