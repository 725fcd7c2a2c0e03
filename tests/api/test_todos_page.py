"""The page at / in a real browser: Chromium, from Debian's package `chromium`."""

import re
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from todo.api.keys import new_key

EXPECTED = {401, 400, 503}  # what the tests provoke: the browser's console tells of each


class Opened:
    """The page in a browser, and what the browser asked for and complained of."""

    def __init__(self, page, url):
        self.page, self.url = page, url
        self.asked, self.said = [], []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def open(self):
        self.page.goto(self.url)
        expect(self.page.locator("#todos li, #empty:visible").first).to_be_visible()
        return self.page

    def complaints(self):
        provoked = re.compile(rf"Failed to load resource.*({'|'.join(map(str, EXPECTED))})")
        return [text for text in self.said if not provoked.search(text)]


@pytest.fixture
def new_page(browser):
    """Call it with a server's URL and options of Playwright for the todos page there."""
    contexts = []

    def make(url, **options):
        context = browser.new_context(timezone_id="America/New_York", locale="en-GB", **options)
        contexts.append(context)
        context.set_default_timeout(15_000)
        return Opened(context.new_page(), url)

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def opened(new_page, server):
    opened = new_page(server.url)
    opened.open()
    yield opened
    assert opened.complaints() == []
    assert {urlsplit(url).netloc for url in opened.asked} == {urlsplit(server.url).netloc}


def todos_of(server):
    return server.get("/api/v1/todos").json()


def make(server, count, **values):
    for number in range(1, count + 1):
        server.post("/api/v1/todos", {"title": f"Todo {number}", **values})


def titles(page):
    return page.locator("#todos label").all_text_contents()


def test_the_first_todo_is_added_by_keyboard_alone(opened, server):
    page = opened.page
    assert page.locator("#empty").text_content() == "Nothing to do yet. Add the first todo above."
    page.get_by_label("New todo", exact=True).focus()
    page.keyboard.type("Water the plants")
    page.keyboard.press("Enter")

    expect(page.locator("#todos label")).to_have_text(["Water the plants"])
    expect(page.get_by_label("New todo", exact=True)).to_be_focused()
    assert page.locator("#said").text_content() == "“Water the plants” is added."
    assert [todo["title"] for todo in todos_of(server)] == ["Water the plants"]


def test_a_deadline_is_given_in_local_time_and_kept_in_utc(opened, server):
    page = opened.page
    page.get_by_label("New todo", exact=True).fill("Renew the passport")
    page.get_by_text("Description and deadline").click()
    page.get_by_label("Description").fill("Bring a photo")
    page.get_by_label("Deadline").nth(0).fill("2027-07-01T20:00")
    page.get_by_role("button", name="Add").click()

    expect(page.locator("#todos time")).to_have_text("1 Jul 2027, 20:00")
    [todo] = todos_of(server)
    assert (todo["deadline_at"], todo["description"]) == ("2027-07-02T00:00:00", "Bring a photo")


def test_a_todo_is_ticked_edited_and_deleted(opened, server):
    make(server, 2)
    page = opened.open()
    page.get_by_label("Todo 1", exact=True).check()
    expect(page.locator("#said")).to_have_text("“Todo 1” is done.")
    assert [todo["completed"] for todo in todos_of(server)] == [False, True]

    page.get_by_role("button", name="Edit “Todo 2”").click()
    page.get_by_label("Title").fill("Another title")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Edit “Another title”")).to_be_focused()

    page.get_by_role("button", name="Delete “Todo 1”").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("#todos label")).to_have_text(["Another title"])
    assert [todo["title"] for todo in todos_of(server)] == ["Another title"]


def test_escape_deletes_nothing_and_leaves_an_edit_as_it_was(opened, server):
    make(server, 1)
    page = opened.open()
    page.get_by_role("button", name="Delete “Todo 1”").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Edit “Todo 1”").click()
    page.get_by_label("Title").fill("Something else")
    page.keyboard.press("Escape")

    expect(page.locator("#todos label")).to_have_text(["Todo 1"])
    assert [todo["title"] for todo in todos_of(server)] == ["Todo 1"]


def test_pages_go_on_by_the_link_header_and_back_again(opened, server):
    make(server, 60)
    page = opened.open()
    shown = [titles(page)]
    for _ in range(2):
        page.get_by_role("button", name="Next page").click()
        expect(page.locator("#todos label").first).not_to_have_text(shown[-1][0])
        shown.append(titles(page))
    assert [title for some in shown for title in some] == [f"Todo {n}" for n in range(60, 0, -1)]
    assert page.get_by_role("button", name="Next page").is_disabled()

    page.get_by_role("button", name="Previous page").click()
    expect(page.locator("#todos label").first).to_have_text(shown[1][0])


def test_filters_are_those_of_the_api(opened, server):
    make(server, 1, completed=True)
    make(server, 1, deadline_at="2020-01-01T00:00:00", completed=False)
    page = opened.open()
    page.get_by_label("Show").select_option("done")
    expect(page.locator("#todos label")).to_have_count(1)
    page.get_by_label("Show").select_option("all")
    page.get_by_label("Deadline").last.select_option("has passed")
    expect(page.locator("#todos .late")).to_contain_text("Was due")
    page.get_by_label("Show").select_option("done")
    expect(page.locator("#empty")).to_have_text("No todo is like that.")


def test_what_the_api_has_against_it_is_said_at_the_field_in_its_words(opened):
    page = opened.page
    page.get_by_label("New todo", exact=True).fill("x" * 81)
    page.get_by_role("button", name="Add").click()

    field = page.get_by_label("New todo", exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    wrong = page.locator(f"#{field.get_attribute('aria-describedby')}")
    assert wrong.text_content() == "String should have at most 80 characters"
    assert "breaks the API's contract" in page.get_by_role("alert").text_content()
    field.fill("short")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("[aria-invalid]")).to_have_count(0)


def test_a_server_that_is_away_is_said_so(opened):
    page = opened.page
    page.route("**/api/v1/todos*", lambda route: route.abort())
    page.get_by_label("Show").select_option("done")
    expect(page.get_by_role("alert")).to_have_text("The server does not answer. Is it running?")
    opened.said.clear()  # the browser tells of it, too


def test_html_in_a_todo_is_text(opened, server):
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    server.post("/api/v1/todos", {"title": hostile, "description": "</li><b>"})
    page = opened.open()
    assert titles(page) == [hostile]
    assert page.locator("#todos img, #todos script, #todos b").count() == 0


def test_the_last_call_has_the_id_that_its_answer_had_and_the_command_for_it(opened):
    page = opened.page
    with page.expect_response("**/api/v1/todos*") as answered:
        page.get_by_label("Show").select_option("done")
    given = answered.value.headers["x-correlation-id"]
    expect(page.locator("#call-command")).to_have_text(f"todo trace {given}")
    expect(page.locator("#call-text")).to_contain_text("200 in")
    assert not page.locator("#call-trace").is_visible()


def test_a_key_is_asked_for_and_kept_in_the_tab(serve, database, new_page):
    key, known = new_key("page", is_read_only=False)
    settings = {"SQLALCHEMY_DATABASE_URI": database, "TODO_API_KEYS": known.entry()}
    with serve(**settings) as server:
        opened = new_page(server.url)
        page = opened.page
        page.goto(server.url)
        for given, why in (("wrong", "Send a key"), (key, "This key is not known here.")):
            expect(page.locator("#ask-key-why")).to_contain_text(why)
            page.get_by_label("Key", exact=True).fill(given)
            page.keyboard.press("Enter")
        expect(page.locator("#empty")).to_be_visible()
        opened.open()  # the tab still has it
        assert page.evaluate("Object.values(sessionStorage)") == [key]
        assert page.evaluate("localStorage.length") == 0
        page.get_by_role("button", name="Forget the key").click()
        expect(page.locator("#ask-key-why")).to_contain_text("Send a key")
        assert opened.complaints() == []


@pytest.mark.parametrize("width", [320, 390, 768, 1600])
def test_the_page_never_scrolls_sideways(opened, server, width):
    make(server, 1, description="w" * 120, deadline_at="2020-01-01T00:00:00")
    page = opened.open()
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Edit").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["list", "editing", "problem", "dialog"])
def test_axe_finds_nothing(new_page, server, scheme, state):
    make(server, 30, deadline_at="2020-01-01T00:00:00")
    page = new_page(server.url, color_scheme=scheme).open()
    if state == "editing":
        page.get_by_role("button", name="Edit").first.click()
    if state == "problem":
        page.get_by_role("button", name="Add").click()
        expect(page.locator("[aria-invalid]")).to_be_visible()
    if state == "dialog":
        page.get_by_role("button", name="Delete").first.click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_the_page_may_load_nothing_from_another_host_and_be_in_no_frame(client):
    answer = client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", ["..%2ftodos.py", "nothing.js"])
def test_no_other_file_is_served(client, name):
    assert client.get(f"/page/{name}", buffered=True).status_code == 404
