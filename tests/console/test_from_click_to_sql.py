"""What all of it is for: from a click in the todos page to the SQL that it caused."""

import re
import socket

import pytest
from playwright.sync_api import expect


@pytest.fixture
def made(serve, database, tmp_path):
    """What `make run` starts."""
    state = {"TODO_STATE_DIR": str(tmp_path), "TODO_ARCHIVE_DIR": str(tmp_path / "logs")}
    settings = {"SQLALCHEMY_DATABASE_URI": database, "TODO_SPOOL_DIR": str(tmp_path / "spool")}
    with serve("--ship", **settings, **state) as server:
        yield server


def console_of(server, wait_until):
    said = re.compile(r"the console is on (\S+)")
    wait_until(lambda: said.search(server.output.read_text()), within_s=30)
    return said.search(server.output.read_text())[1]


class Clicks:
    """Counts the clicks, which it makes."""

    def __init__(self):
        self.count = 0

    def __call__(self, locator):
        self.count += 1
        locator.click()


def test_three_clicks_lead_from_the_todos_page_over_live_to_the_sql(made, new_page, wait_until):
    console_of(made, wait_until)
    click = Clicks()
    page = new_page()
    page.goto(made.url)
    page.get_by_label("New todo", exact=True).fill("Find the bottleneck")

    click(page.get_by_role("button", name="Add"))
    expect(page.locator("#todos label")).to_have_text("Find the bottleneck")
    click(page.get_by_role("link", name="Console"))
    request = page.locator("tbody tr", has_text="POST").filter(has_text="/api/v1/todos").first
    expect(request).to_be_visible(timeout=20_000)  # a new server's first request may be alone
    click(request.get_by_role("link"))
    expect(page.locator("tbody")).to_contain_text("INSERT INTO todos", timeout=20_000)
    assert click.count == 3


def test_the_last_call_of_the_todos_page_leads_to_its_trace(made, new_page, wait_until):
    console = console_of(made, wait_until)
    page = new_page()
    page.goto(made.url)
    page.get_by_role("link", name="What happened").click()

    expect(page.locator("tbody")).to_contain_text("SELECT", timeout=20_000)
    assert page.url.startswith(f"{console}/trace/")


def test_without_a_console_the_page_has_no_link_to_one(serve, database, tmp_path, new_page):
    state = {"TODO_STATE_DIR": str(tmp_path), "TODO_CONSOLE_PORT": "0"}
    folders = {"TODO_SPOOL_DIR": str(tmp_path / "s"), "TODO_ARCHIVE_DIR": str(tmp_path / "a")}
    with serve("--ship", SQLALCHEMY_DATABASE_URI=database, **state, **folders) as server:
        page = new_page()
        page.goto(server.url)
        expect(page.locator("#call-command")).to_be_visible()
        assert page.get_by_role("link", name="Console").count() == 0
        assert "console" not in server.output.read_text()


def test_a_port_that_is_taken_keeps_nothing_from_serving(serve, database, tmp_path):
    folders = {"TODO_SPOOL_DIR": str(tmp_path / "s"), "TODO_ARCHIVE_DIR": str(tmp_path / "a")}
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = {"TODO_CONSOLE_PORT": str(other.getsockname()[1])}
        with serve("--ship", SQLALCHEMY_DATABASE_URI=database, **folders, **port) as server:
            assert server.get("/api/v1/todos").status_code == 200
            assert "choose another port with TODO_CONSOLE_PORT" in server.output.read_text()
