"""A load test that is started in the console: by its own page only, watched, and stopped."""

import json
import os
import re
import signal

import psutil
import pytest
import requests
from playwright.sync_api import expect

TOKEN = re.compile(r'<meta name="token" content="([\w-]+)">')
SOAK = {"script": "soak", "scale": 0.05}


@pytest.fixture(scope="module")
def made(serve, migrated_database, tmp_path_factory):
    """What `make run` starts, and its folder."""
    folder = tmp_path_factory.mktemp("made")
    state = {"TODO_STATE_DIR": str(folder), "TODO_ARCHIVE_DIR": str(folder / "logs")}
    settings = {
        "SQLALCHEMY_DATABASE_URI": migrated_database,
        "TODO_SPOOL_DIR": str(folder / "spool"),
    }
    with serve("--ship", **settings, **state) as server:
        yield server, folder


@pytest.fixture
def url(made, wait_until):
    """The address of the console that came along."""
    said = re.compile(r"the console is on (\S+)")
    wait_until(lambda: said.search(made[0].output.read_text()), within_s=30)
    return said.search(made[0].output.read_text())[1]


def post(url, path, body, **headers):
    token = TOKEN.search(requests.get(f"{url}/loads", timeout=30).text)[1]
    sent = {"Origin": url, "X-Console-Token": token} | headers
    kept = {name: value for name, value in sent.items() if value is not None}
    return requests.post(f"{url}/api/loads{path}", json=body, headers=kept, timeout=30)


def processes_of(server, command):
    found = []
    for child in psutil.Process(server.process.pid).children(recursive=True):
        try:
            words = child.cmdline()
        except psutil.NoSuchProcess:
            continue
        if command in " ".join(words):
            found.append(child)
    return found


def test_it_is_started_watched_and_stopped_and_its_report_comes(made, url, new_page):
    page = new_page()
    page.goto(f"{url}/loads")
    page.get_by_label("Script").select_option("soak")
    expect(page.get_by_text("Does it stay as it is?")).to_be_visible()
    page.get_by_label("Scale").fill("0.05")
    page.get_by_role("button", name="Run", exact=True).click()

    page.wait_for_url("**/loads/soak-*", timeout=60_000)
    expect(page.get_by_text("It runs: soak")).to_be_visible(timeout=60_000)
    expect(page.locator(".cards li", has_text="In all")).to_contain_text("p95", timeout=60_000)
    again = post(url, "", SOAK)
    assert (again.status_code, "runs already" in again.json()["detail"]) == (409, True)
    page.get_by_role("button", name="Stop").click()

    verdict = page.frame_locator("iframe").locator("h1")
    expect(verdict).to_be_visible(timeout=120_000)
    [folder] = (made[1] / "load").glob("soak-*")
    run = json.loads((folder / "run.json").read_text())
    assert (run["endpoint"], run["scale"], run["interrupted"]) == (made[0].url, 0.05, True)


def test_it_ends_with_the_console_however_that_ends(made, url, wait_until):
    server = made[0]
    wait_until(lambda: post(url, "", SOAK).status_code == 202, within_s=60)  # the last one ends
    wait_until(lambda: processes_of(server, "k6 run"), within_s=60)
    [load], [k6] = processes_of(server, "todo.cli load"), processes_of(server, "k6 run")
    [console] = processes_of(server, "todo.cli console")
    os.kill(console.pid, signal.SIGKILL)
    wait_until(lambda: not k6.is_running() and not load.is_running(), within_s=60)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Console-Token": None},
        {"X-Console-Token": "another"},
        {"Origin": None},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
@pytest.mark.parametrize("path", ["", "/stop"])
def test_nobody_else_starts_or_stops_one(url, wait_until, headers, path):
    wait_until(lambda: answers(url), within_s=30)
    assert post(url, path, SOAK, **headers).status_code == 403


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_stops_one(url, method):
    answer = requests.request(method, f"{url}/api/loads/stop", timeout=30)
    assert answer.status_code in (404, 405)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"script": "../benchmarks/x"}, 409),
        ({"script": "lib/client"}, 409),
        ({"script": "soak.js"}, 409),
        ({"script": "soak", "scale": 0}, 409),
        ({"script": "soak", "scale": 1000}, 409),
        ({"script": "soak", "scale": True}, 400),
        ({"script": "soak", "scale": "1"}, 400),
        ({"script": ["soak"]}, 400),
        ([], 400),
    ],
)
def test_only_scripts_that_ship_are_run_and_not_at_any_scale(url, body, status):
    assert post(url, "", body).status_code == status


def answers(url):
    try:
        return requests.get(f"{url}/api/state", timeout=5).ok
    except requests.RequestException:
        return False
