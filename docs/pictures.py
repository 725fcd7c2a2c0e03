"""The pictures of the pages in docs/images: `python -m docs.pictures` takes them again.

They are of a server that is started for it, with a few todos.
"""

import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from playwright.sync_api import sync_playwright

from todo.serving.temporary import environment_in, temporary_server

__all__ = ["main"]

IMAGES = Path(__file__).parent / "images"
SIZE = {"width": 1000, "height": 640}
TITLES = ("Write the report", "Water the plants", "Renew the passport", "Find the bottleneck")
ID = "my-request-1"


def main() -> None:
    """Takes them all."""
    IMAGES.mkdir(exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with _served() as (todos, console), sync_playwright() as playwright:
        _send(todos)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        query = "stats+count(*)+as+n+by+bin(1s)"
        for name, url, ready in (
            ("todos", todos, "#todos li"),
            ("live", f"{console}/live", "tbody tr"),
            ("trace", f"{console}/trace/{ID}", "tbody tr"),
            ("query", f"{console}/query#minutes=15&text={query}", "svg.chart"),
        ):
            page = browser.new_page(viewport=SIZE, color_scheme="light")
            page.goto(url)
            page.wait_for_selector(ready)
            page.wait_for_timeout(500)
            page.screenshot(path=IMAGES / f"{name}.png")
            page.close()
        browser.close()


@contextmanager
def _served() -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder:
        environment, log = environment_in(Path(folder)), Path(folder) / "server.log"
        with temporary_server(environment, log):
            yield _said(log, "serving on"), _said(log, "the console is on")


def _said(output: Path, what: str) -> str:
    give_up = time.monotonic() + 120
    while not (found := re.search(rf"{what} (http://\S+)", output.read_text())):
        if time.monotonic() > give_up:
            sys.exit(output.read_text())
        time.sleep(0.1)
    return found[1]


def _send(todos: str) -> None:
    url = f"{todos}/api/v1/todos"
    for number in range(40):
        requests.get(url, params={"limit": number % 9 + 1}, timeout=10)
        time.sleep(0.1)
    for title in TITLES:
        headers = {"X-Correlation-ID": ID} if title == TITLES[-1] else {}
        requests.post(url, json={"title": title}, headers=headers, timeout=10)
    requests.patch(f"{url}/1", json={"completed": True}, timeout=10)
    requests.post(url, json={"title": "x" * 81}, timeout=10)
    time.sleep(2)


if __name__ == "__main__":
    main()
