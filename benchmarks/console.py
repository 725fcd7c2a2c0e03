"""`python -m benchmarks.console`: how soon the console's pages are there on 1,000,000 events, what
its index takes, and what it costs: while nobody looks, and the API's workers.

The first paint is that of Chromium, and a page is there when it shows a row. The requests of the
archive are days old, so Live has them from the end of the newest file. What the API's workers pay
is their CPU time for the same requests while the console reads along, with a page that listens, and
while its process is stopped, in turns.
"""

import argparse
import http.client
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import requests
from playwright.sync_api import Page, sync_playwright

from todo.serving.temporary import environment_in, temporary_server

from .harness import cpu_s, median_ratio, progress
from .insights_events import write_archive

EVENTS = 1_000_000
ROUNDS = 5
GOAL_PAGE_S = 1.0
GOAL_IDLE_PERCENT = 1.0
GOAL_RATIO = 1.02
COST_ROUNDS = 15
COST_REQUESTS = 1000
IDLE_S = 20.0
ROW = "tbody tr"


def main() -> int:
    """Write the events, open each page in turns, print it; exit code 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="console-"))
    try:
        progress(f"writing {options.events:,} events")
        correlation_id = write_archive(folder / "logs" / "taskoverflow", options.events)
        with _console(folder) as (url, process):
            missed = _indexed(folder, url, process) + _idle(process)
            missed += _pages(url, process, correlation_id, options.rounds)
            print(f"memory: {process.memory_info().rss / 1e6:,.0f} MB")
        missed += _cost_to_the_api(folder / "served")
    finally:
        shutil.rmtree(folder)
    print("every goal met" if not missed else f"goals missed: {missed}")
    return 1 if missed else 0


@contextmanager
def _console(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    command = [sys.executable, "-m", "todo.cli", "console", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--archive", str(folder / "logs")],
        env=os.environ | {"TODO_STATE_DIR": str(folder / "state")},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        said = re.search(r"http://\S+:\d+", process.stderr.readline())
        assert said is not None
        yield said[0], psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def _indexed(folder: Path, url: str, process: psutil.Process) -> int:
    begun = time.monotonic()
    while not requests.get(f"{url}/api/state", timeout=60).json()["is_current"]:
        time.sleep(0.2)
    took_s = time.monotonic() - begun
    sizes = [path.stat().st_size for path in (folder / "state" / "console").iterdir()]
    read = sum(path.stat().st_size for path in (folder / "logs").rglob("*.ndjson"))
    print(
        f"index: {took_s:.1f} s and {sum(process.cpu_times()[:2]):.1f} s of CPU the first time,"
        f" {sum(sizes) / 1e6:,.0f} MB for {read / 1e6:,.0f} MB"
    )
    return 0


def _idle(process: psutil.Process) -> int:
    before = sum(process.cpu_times()[:2])
    time.sleep(IDLE_S)
    percent = 100 * (sum(process.cpu_times()[:2]) - before) / IDLE_S
    print(f"idle: {percent:.2f} % of a core (goal: below {GOAL_IDLE_PERCENT:.0f} %)")
    return int(percent >= GOAL_IDLE_PERCENT)


def _pages(url: str, process: psutil.Process, correlation_id: str, rounds: int) -> int:
    paths = {
        "Live": "live",
        "Trace": f"trace/{correlation_id}",
        "Routes": "routes",
        "Statements": "statements",
        "Query, 20 events": "query#minutes=&text=limit+20",
        "Query, routes": "query#minutes=&text=filter+event+%3D+%22request_finished%22"
        "+|+stats+count(*),+pct(duration_ms,+95)+by+http_route",
    }
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    took: dict[str, list[tuple[float, float, float]]] = {name: [] for name in paths}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for number in range(rounds):
            progress(f"round {number + 1} of {rounds}")
            for name, path in paths.items():
                page = browser.new_page()
                before = sum(process.cpu_times()[:2])
                paint_s, whole_s = _opened(page, f"{url}/{path}")
                took[name].append((paint_s, whole_s, sum(process.cpu_times()[:2]) - before))
                page.close()
        browser.close()
    return sum(_printed(name, times) for name, times in took.items())


def _cost_to_the_api(folder: Path) -> int:
    folder.mkdir()
    log, environment = folder / "server.log", environment_in(folder) | {"TODO_CONSOLE_PORT": "0"}
    spent: dict[bool, list[float]] = {True: [], False: []}
    with temporary_server(environment, log), _console(folder) as (url, console):
        workers = re.findall(r"Booting worker with pid: (\d+)", log.read_text())
        processes = [psutil.Process(int(pid)) for pid in workers]
        with requests.get(f"{url}/api/live", stream=True, timeout=60):
            for number in range(2 * COST_ROUNDS + 1):
                is_there = number % 2 == 0
                (console.resume if is_there else console.suspend)()
                before_s = sum(map(cpu_s, processes))
                _send(int(environment["TODO_PORT"]))
                if number:  # the first is for what is done only once
                    spent[is_there].append(sum(map(cpu_s, processes)) - before_s)
            console.resume()
    ratio = median_ratio(spent[True], spent[False])
    with_it, without = (
        statistics.median(spent[each]) / COST_REQUESTS * 1e6 for each in (True, False)
    )
    print(
        f"the API's workers: {with_it:,.0f} µs of CPU a request beside the console,"
        f" {without:,.0f} without; ratio {ratio:.3f} (goal: at most {GOAL_RATIO})"
    )
    return int(ratio > GOAL_RATIO)


def _send(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for number in range(COST_REQUESTS):
        connection.request("GET", f"/api/v1/todos?limit={number % 50 + 1}")
        connection.getresponse().read()
    connection.close()


def _opened(page: Page, url: str) -> tuple[float, float]:
    """Seconds until the first paint, and until there is a row."""
    begun = time.monotonic()
    page.goto(url)
    page.wait_for_selector(ROW)
    whole_s = time.monotonic() - begun
    paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    return page.evaluate(paint) / 1000, whole_s


def _printed(name: str, times: list[tuple[float, float, float]]) -> int:
    paint_s, whole_s, cpu_s = (statistics.median(each) for each in zip(*times, strict=True))
    is_query = name.startswith("Query")
    goal = "" if is_query else f" (goal: below {GOAL_PAGE_S:.0f} s)"
    print(
        f"{name}: first paint {paint_s:.2f} s, all of it {whole_s:.2f} s{goal}, CPU {cpu_s:.2f} s"
    )
    return int(paint_s >= GOAL_PAGE_S or (not is_query and whole_s >= GOAL_PAGE_S))


if __name__ == "__main__":
    sys.exit(main())
