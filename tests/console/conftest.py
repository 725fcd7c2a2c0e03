"""A console on log files of a test's own, and browsers in which its pages are open."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page

SAID = re.compile(r"the console is on (http://127\.0\.0\.1:\d+)")


@dataclass
class Console:
    """A running `todo console`."""

    url: str
    process: subprocess.Popen

    def get(self, path: str, **headers: str) -> requests.Response:
        return requests.get(self.url + path, headers=headers, timeout=30)

    def query(self, text: str, **headers: str) -> requests.Response:
        return requests.post(
            f"{self.url}/api/query", json={"text": text}, headers=headers, timeout=60
        )


@pytest.fixture(scope="session")
def new_console(tmp_path_factory, wait_until) -> Callable[..., object]:
    """Call it with options for a context manager that runs `todo console` until it has read all."""

    @contextmanager
    def run(*options: str, state: Path | None = None, **environment: str) -> Iterator[Console]:
        folder = state or tmp_path_factory.mktemp("state")
        said = folder / "said"
        with said.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "todo.cli", "console", "--port", "0", *options],
                env={**os.environ, "TODO_STATE_DIR": str(folder), **environment},
                stderr=file,
            )
        try:
            wait_until(lambda: SAID.search(said.read_text()) or process.poll() is not None, 60)
            found = SAID.search(said.read_text())
            assert found, said.read_text()
            console = Console(found[1], process)
            wait_until(lambda: console.get("/api/state").json()["is_current"], within_s=60)
            yield console
        finally:
            process.terminate()
            process.wait(20)

    return run


class LogFile:
    """A file of log lines as the app writes them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sequence = 0
        self._at = time.time() - 30
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def line(self, event: str, correlation_id: str, **fields: object) -> None:
        self._sequence += 1
        self._at += 0.005
        stamp = datetime.fromtimestamp(self._at, UTC).isoformat(timespec="milliseconds")
        line = {
            "event_id": f"aa-{self._sequence}",
            "timestamp": stamp.replace("+00:00", "Z"),
            "level": "INFO",
            "event": event,
            "correlation_id": correlation_id,
        }
        with self.path.open("a") as file:
            file.write(json.dumps(line | fields) + "\n")

    def request(
        self, correlation_id: str, path: str = "/todos", *, queries: int = 1, **fields: object
    ) -> None:
        """A request with its statements: 2 ms each."""
        what = {"http_method": "GET", "http_path": path}
        self.line("request_started", correlation_id, **what)
        for _ in range(queries):
            self.line(
                "query",
                correlation_id,
                db_statement="SELECT a FROM b WHERE c = %(c)s",
                db_fingerprint="f1",
                db_duration_ms=2.0,
            )
        ended = {"http_route": path, "http_status": 200, "duration_ms": 10.0}
        counted = {"db_query_count": queries, "db_time_ms": 2.0 * queries}
        self.line("request_finished", correlation_id, **what, **ended | counted | fields)


@pytest.fixture(scope="session")
def log_file(tmp_path_factory) -> Callable[[], LogFile]:
    """Call it for a new and empty file of log lines."""
    return lambda: LogFile(tmp_path_factory.mktemp("logs") / "group" / "app.ndjson")


@pytest.fixture
def new_page(browser) -> Iterator[Callable[..., Page]]:
    """Call it with options of Playwright for a page; it must not complain, nor ask another host."""
    contexts, said, asked = [], [], []

    def make(**options: object) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        return page

    yield make
    for context in contexts:
        context.close()
    # By tests that provoke it; the last by Chromium, for text that is typed over a selection.
    expected = ("Failed to load resource", "Blocked script execution", "Applying inline style")
    assert [text for text in said if not text.startswith(expected)] == []
    assert {url for url in asked if not url.startswith(("http://127.0.0.1:", "blob:"))} == set()
