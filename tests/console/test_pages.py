"""The pages in a real browser: Chromium, from Debian's package `chromium`."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

HOSTILE = "\u202e<img src=x onerror=alert(1)>\x1b[2J</script>"
PAGES = [
    "live",
    "trace",
    "trace/slow-1",
    "trace/hostile-1",
    "query",
    "routes",
    "statements",
    "loads",
    "delivery",
]


@pytest.fixture(scope="module")
def logs(log_file):
    file = log_file()
    file.request("slow-1", "/slow", queries=12, duration_ms=900.0, db_n_plus_one=1)
    file.line("exception", "failed-1", exception_type="ValueError", exception_message="no number")
    origin = {"db_n_plus_one_fingerprint": "f1", "own_field": 1}
    root = {"xray_trace_id": "1-5759e988-bd862e3fe1be46a994272793"}
    slow = {"db_fingerprint": "f1", "db_origin": "views.py:7 list_all", "db_duration_ms": 2.0}
    file.line("query", "repeats-1", db_statement="SELECT a FROM b WHERE c = %(c)s", **slow)
    plan = {"db_plan": "Limit > Seq Scan on todos", "db_finding": "reads every row"}
    file.line("profile_plan", "load-1", db_fingerprint="f1", **plan)
    file.request("repeats-1", "/repeats", **origin, **root)
    file.request("failed-1", "/fails", http_status=500, exception_type="ValueError")
    file.request("hostile-1", HOSTILE)
    file.line("log", "hostile-1", logger=HOSTILE, message=HOSTILE)
    for number in range(40):
        file.request(f"quick-{number}")
    return file


@pytest.fixture(scope="module")
def console(new_console, logs, tmp_path_factory):
    state = tmp_path_factory.mktemp("state")
    for name, sentence in (("smoke-1", "Nothing is wrong."), ("smoke-2", "The database.")):
        folder = state / "load" / name
        folder.mkdir(parents=True)
        run = {"run_id": name, "script": "smoke", "endpoint": "http://127.0.0.1:6400"}
        times = {"started_at": "2026-11-25T10:00:00Z", "ended_at": "2026-11-25T10:01:00Z"}
        (folder / "run.json").write_text(json.dumps(run | times | {"exit_code": 0}))
        (folder / "report.json").write_text(json.dumps({"verdict": {"sentence": sentence}}))
        (folder / "report.html").write_text(
            f"<title>Report</title><style>p {{ color: red }}</style><p>of {name}</p>"
            "<script>parent.document.title = 'taken'</script>"
        )
    spool = {"TODO_SPOOL_DIR": str(state / "spool")}
    with new_console("--file", str(logs.path), state=state, **spool) as console:
        yield console


@pytest.fixture
def opened(new_page, console):
    """Call it with a page's path and options of Playwright."""

    def run(path, **options):
        page = new_page(**options)
        page.goto(f"{console.url}/{path}")
        expect(page.locator("h1")).to_be_visible()
        page.wait_for_load_state("load")
        return page

    return run


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_in_light_and_dark(opened, path):
    for scheme in ("light", "dark"):
        page = opened(path, color_scheme=scheme)
        page.wait_for_timeout(500)  # whatever comes later is looked at, too
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("path", PAGES)
def test_no_page_scrolls_sideways_on_a_phone(opened, path):
    page = opened(path, viewport={"width": 320, "height": 700})
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_trace_shows_each_statement_and_folds_those_that_repeat(opened):
    page = opened("trace/slow-1")
    rows = page.locator("tbody tr", has_text="SELECT a FROM b")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("12 times, 24.0 ms in all")
    page.get_by_label("Fold statements").uncheck()
    expect(rows).to_have_count(12)
    expect(
        page.get_by_text("status 200, queries: 12, 24.0 ms in the database, N+1")
    ).to_be_visible()
    page.get_by_text("All 14 lines").click()
    expect(page.locator("pre")).to_contain_text('"event": "request_started"')


def test_a_statement_has_its_code_and_its_plan(opened):
    page = opened("trace/repeats-1")
    statement = page.locator("tbody tr", has_text="SELECT a FROM b").first
    expect(statement).to_contain_text("at views.py:7 list_all")
    statement.get_by_text("reads every row").click()
    expect(statement.get_by_text("Limit > Seq Scan on todos")).to_be_visible()
    page.goto(page.url.replace("trace/repeats-1", "statements"))
    row = page.locator("tbody tr", has_text="SELECT a FROM b")
    expect(row).to_contain_text("at views.py:7 list_all")
    expect(row).to_contain_text("reads every row")
    head = page.locator("thead th").all_text_contents().index("N+1 in")
    expect(row.locator("td").nth(head)).to_have_text("1")


def test_the_root_of_a_balancer_leads_to_its_requests(console):
    root = "Root=1-5759e988-bd862e3fe1be46a994272793"
    [trace] = console.get(f"/api/trace/{root}").json()["traces"]
    assert trace["correlation_id"] == "repeats-1"


def test_a_trace_shows_the_exception(opened):
    page = opened("trace/failed-1")
    expect(page.get_by_role("alert")).to_contain_text("ValueError: no number")


def test_the_trace_of_an_id_is_found_by_typing_it(opened):
    page = opened("trace")
    page.get_by_label("Correlation ID").fill(" slow-1 ")
    page.keyboard.press("Enter")
    page.wait_for_url("**/trace/slow-1")
    expect(page.locator("h2").first).to_have_text("GET /slow")


def test_a_trace_that_is_not_there_yet_comes_by_itself(opened, logs):
    page = opened("trace/later-1")
    expect(page.get_by_text("No event has this ID yet")).to_be_visible()
    logs.request("later-1", "/later")
    expect(page.locator("h2").first).to_have_text("GET /later")


def test_what_can_be_no_id_is_said_so(opened):
    expect(opened("trace/a%20b").get_by_role("alert")).to_contain_text("neither a correlation ID")


@pytest.mark.parametrize("path", ["trace/hostile-1", "live", "routes", "query#text=limit+500"])
def test_a_hostile_log_line_is_text(opened, path):
    page = opened(path)
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    shown = page.get_by_text("<img src=x onerror=alert(1)>").first
    expect(shown).to_be_attached()
    assert page.locator("main img").count() == 0
    text = page.locator("main").text_content()
    assert "\\u202e" in text
    assert not {"\u202e", "\x1b"} & set(text)
    assert dialogs == []


def test_requests_are_there_as_they_end_the_newest_first(opened, logs):
    page = opened("live")
    logs.request("live-1", "/first", duration_ms=3.0)
    logs.request("live-2", "/second", duration_ms=500.0)
    expect(page.locator("tbody tr").first).to_contain_text("/second")
    expect(page.locator("tbody tr").nth(1)).to_contain_text("/first")
    card = page.locator(".cards li", has_text="GET /second")
    expect(card).to_contain_text(re.compile(r"p95 (4[789]|5[012])\d\.\d"))


def test_filters_choose_and_a_pause_holds(opened, logs):
    page = opened("live")
    logs.request("filter-1", "/quick", duration_ms=1.0)
    logs.request("filter-2", "/broken", duration_ms=700.0, http_status=503)
    rows = page.locator("tbody tr")
    expect(rows.first).to_contain_text("/broken")
    page.get_by_label("Slower than").fill("600")
    page.get_by_label("Status").select_option("5xx")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Pause").click()
    logs.request("filter-3", "/broken-too", duration_ms=800.0, http_status=503)
    page.wait_for_timeout(1500)  # more than it takes to come
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Go on").click()
    expect(rows.first).to_contain_text("/broken-too")


def test_the_editor_colours_completes_and_answers(opened):
    page = opened("query")
    page.get_by_role("textbox", name="Query").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("stats count(*) as n by http_ro")
    expect(page.locator(".cm-tooltip-autocomplete")).to_contain_text("http_route")
    page.wait_for_timeout(200)  # an Enter at once would be meant for the text
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("cell", name="/slow", exact=True)).to_be_visible()
    keyword = page.locator(".cm-line span", has_text="stats")
    plain = page.locator(".cm-line").evaluate("e => getComputedStyle(e).color")
    assert keyword.evaluate("e => getComputedStyle(e).color") != plain


def test_fields_that_only_the_lines_have_are_completed(opened):
    page = opened("query")
    page.get_by_role("textbox", name="Query").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("fields own_f")
    expect(page.locator(".cm-tooltip-autocomplete")).to_contain_text("own_field")


def test_an_error_is_shown_at_its_place(opened):
    page = opened("query#text=fields+@timestamp+|+sorrt+@timestamp")
    expect(page.get_by_role("alert")).to_contain_text("sorrt")
    expect(page.locator(".cm-lintRange-error")).to_have_text("s")


def test_an_answer_over_time_is_a_picture_and_can_be_saved(opened):
    page = opened("query#text=stats+count(*)+as+n,+avg(duration_ms)+as+mean+by+bin(100ms)")
    expect(page.locator("svg.chart rect").first).to_be_attached()
    page.locator("[name=kind]").select_option("a line")
    page.get_by_label("Picture of").select_option("mean")
    expect(page.locator("svg.chart polyline")).to_be_attached()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as CSV").click()
    head, first, *_ = saved.value.path().read_text().splitlines()
    assert (head, len(first.split(","))) == ("bin(100ms),n,mean", 3)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as JSON").click()
    assert {"bin(100ms)", "n"} <= set(json.loads(saved.value.path().read_text())[0])


def test_a_query_is_saved_and_shipped_ones_are_there(opened):
    page = opened("query#text=limit+1")
    page.get_by_label("Name").fill("mine")
    page.get_by_role("button", name="Save in this browser").click()
    ready = page.get_by_label("Ready-made")
    ready.select_option("bottleneck_statements")
    expect(page.get_by_role("cell", name="SELECT a FROM b").first).to_be_visible()
    ready.select_option("mine")
    expect(page.get_by_role("textbox", name="Query")).to_have_text("limit 1")


def test_routes_and_statements_are_ranked_with_an_example(opened):
    page = opened("routes")
    first = page.locator("tbody tr").first
    for text in ("GET /slow", "900 ms", "12.0"):
        expect(first).to_contain_text(text)
    page.goto(page.url.replace("routes", "statements"))
    expect(page.locator("tbody tr").first).to_contain_text("SELECT a FROM b")
    page.get_by_role("link", name="an example").first.click()
    expect(page.locator("h1")).to_have_text("Trace")


def test_load_tests_are_listed_and_a_report_runs_nothing(opened):
    page = opened("loads")
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody tr", has_text="smoke-2")).to_contain_text("The database.")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("alert")).to_contain_text("smoke-")
    page.get_by_role("link", name="smoke-1").click()
    expect(page.frame_locator("iframe").get_by_text("of smoke-1")).to_be_visible()
    assert page.title() == "Load test smoke-1"


def test_delivery_says_what_waits_and_what_to_do(opened):
    page = opened("delivery")
    expect(page.get_by_role("status").last).to_contain_text("No shipper runs")
    expect(page.get_by_text("Events that wait")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("live", "No request yet. Send one"),
        ("routes", "None were logged in this time"),
        ("loads", "make load"),
        ("query#text=limit+5", "no log lines of the group"),
    ],
)
def test_an_empty_console_says_what_to_do(new_console, new_page, tmp_path, path, says):
    with new_console("--archive", str(tmp_path), state=tmp_path) as console:
        page = new_page()
        page.goto(f"{console.url}/{path}")
        expect(page.locator("main")).to_contain_text(says)


@pytest.mark.parametrize(
    ("path", "says"), [("statements", "p95 "), ("routes", "Queries "), ("loads", "Took ")]
)
def test_on_a_phone_a_row_has_all_its_figures_in_sight_with_their_names(opened, path, says):
    page = opened(path, viewport={"width": 390, "height": 800})
    labelled = "(e, says) => getComputedStyle(e, '::before').content.includes(says)"
    cells = page.locator("tbody tr").first.locator("td.number")
    expect(cells.first).to_be_visible()
    assert any(cell.evaluate(labelled, says) for cell in cells.all())
    assert page.evaluate("document.querySelector('.wide').scrollWidth") <= 390


def test_the_keyboard_goes_past_the_navigation(opened):
    page = opened("routes")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("path", PAGES)
def test_on_paper_no_control_is_left_and_nothing_is_cut_off(opened, path):
    page = opened(path, color_scheme="dark", viewport={"width": 720, "height": 1000})
    shown = {"trace": "form", "query": ".cm-line", "delivery": "dd"}.get(path, "tbody tr")
    expect(page.locator(shown).first).to_be_visible()
    page.emulate_media(media="print")
    for control in ("header", "button", "input", "select", "iframe"):
        assert page.locator(f"{control}:visible").count() == 0, control
    assert page.locator("h1").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    hidden = "all => all.filter(e => !e.checkVisibility({contentVisibilityAuto: true})).length"
    assert page.eval_on_selector_all("main td, main pre", hidden) == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 720
