"""The page in a real browser: Chromium, from Debian's package `chromium`."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from todo.loadtest.page import page as draw

SECTIONS = [
    "words",
    "culprits",
    "thresholds",
    "time",
    "routes",
    "split",
    "stacks",
    "slowest",
    "failed",
    "statements",
    "n-plus-one",
    "join",
]

# The contrast of a text with what is behind it, by WCAG 2.2, of every element that has a text of
# its own.
CONTRASTS = """() => {
  const parse = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const own = e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  const shown = e => own(e) && !e.closest('defs, title, desc');
  return [...document.body.querySelectorAll('*')].filter(shown).map(e => {
    const style = getComputedStyle(e);
    const [a, b] = [light(parse(e.closest('svg') ? style.fill : style.color)), light(behind(e))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return [contrast, e.tagName, e.textContent.trim().slice(0, 40)];
  });
}"""


@pytest.fixture
def opened(chequered, browser) -> Iterator[dict]:
    """The page of a run in which everything has happened, and what the browser said about it."""
    run = chequered()
    thresholds = [
        {"metric": "checks", "expression": "rate>0.99", "ok": False, "value": 0.5},
        {"metric": "http_req_duration", "expression": "p(95)<500", "ok": True, "value": None},
    ]
    html = draw(run.report(thresholds=thresholds))
    path = run.folder / "report.html"
    path.write_text(html, encoding="utf-8")
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    yield {"page": page, "said": said, "asked": asked, "path": path}
    page.close()


@pytest.fixture
def page(opened) -> Page:
    return opened["page"]


def test_the_browser_asks_for_nothing_else_and_complains_of_nothing(opened):
    opened["page"].wait_for_load_state("networkidle")

    assert opened["asked"] == [opened["path"].as_uri()]
    assert opened["said"] == []


def test_every_section_is_there_and_in_the_navigation(page):
    sections = page.eval_on_selector_all(
        "main section", "all => all.map(e => e.getAttribute('aria-labelledby'))"
    )
    links = page.eval_on_selector_all(
        "nav a", "all => all.map(e => e.getAttribute('href').slice(1))"
    )

    assert sections == links == SECTIONS
    assert all(page.locator(f"h2[id='{name}']").is_visible() for name in SECTIONS)


def test_ids_are_unique_and_links_lead_somewhere(page):
    ids = page.eval_on_selector_all("[id]", "all => all.map(e => e.id)")
    targets = page.eval_on_selector_all(
        "a[href^='#']", "all => all.map(e => e.getAttribute('href').slice(1))"
    )

    assert len(ids) == len(set(ids))
    assert set(targets) <= set(ids)


def test_charts_are_drawn_and_each_has_its_figures_in_a_table(page):
    charts = page.eval_on_selector_all(
        "figure",
        """all => all.map(e => ({named: !!e.getAttribute('aria-label'),
            tables: (e.className === 'load' ? document.querySelector('#time') : e)
                .closest('section').querySelectorAll('table').length,
            hidden: e.querySelector('svg').getAttribute('aria-hidden'),
            shapes: e.querySelectorAll('svg :is(rect, path, circle, polygon)').length}))""",
    )

    assert len(charts) == 6
    assert all(chart["named"] and chart["hidden"] == "true" and chart["tables"] for chart in charts)
    assert all(chart["shapes"] > 2 for chart in charts)


def test_tables_have_captions_and_their_headers_a_scope(page):
    assert page.locator("table:not(:has(caption))").count() == 0
    assert page.locator("th:not([scope])").count() == 0


def test_the_keyboard_reaches_everything_in_the_order_of_the_page(page):
    reached = []
    for _ in range(80):
        page.keyboard.press("Tab")
        position = page.evaluate(
            """() => document.activeElement === document.body ? null
                : [...document.querySelectorAll('*')].indexOf(document.activeElement)"""
        )
        if position is None or position in reached:
            break
        reached.append(position)

    visible = "all => all.filter(e => e.checkVisibility({contentVisibilityAuto: true})).length"
    assert reached == sorted(reached)
    assert len(reached) == page.eval_on_selector_all("a, summary, [tabindex='0']", visible)


def test_a_slow_request_opens_by_keyboard_and_shows_its_statements(page):
    request = page.locator("#slowest ~ details").nth(1)
    request.locator("summary").focus()
    page.keyboard.press("Enter")

    assert request.locator(".waterfall .query").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_contrast_with_what_is_behind_them(page, scheme):
    """WCAG 2.2, success criterion 1.4.3: 4.5 to 1."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(
        "() => document.getAnimations().every(each => each.playState !== 'running')"
    )

    faint = [found for found in page.evaluate(CONTRASTS) if found[0] < 4.5]

    assert faint == []


@pytest.mark.parametrize("width", [320, 390, 768, 1600])
def test_the_page_itself_never_scrolls_sideways(page, width):
    page.set_viewport_size({"width": width, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_run_in_which_k6_finished_nothing_has_a_page_too(load_run):
    load_run.begun(1)

    assert "k6 finished no request" in draw(load_run.report())


def test_a_route_with_a_long_name_has_a_page_too(load_run):
    load_run.sent(1, name=f"GET /{'long/' * 40}")
    load_run.logged(1)

    assert "GET /long/long" in draw(load_run.report())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_verdict_and_its_picture_are_above_the_fold(page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 1280, "height": 800})

    ends = [
        page.locator(each).first.evaluate("e => e.getBoundingClientRect().bottom")
        for each in (".words p", "figure.load")
    ]

    assert page.locator(".words p").first.is_visible()
    assert max(ends) <= 800
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_stacks_are_drawn_as_a_flame_graph_with_their_places_in_a_table(load_run):
    load_run.sent(1)
    load_run.logged(1)
    load_run.sampled(1, "cpu", 60, "app.py:7 <view>")
    load_run.sampled(1, "sleep", 40, "app.py:9 rest")

    html = draw(load_run.report())

    assert "<title>app.py:7 &lt;view&gt;: 60.0%</title>" in html
    assert "<td>40.0 %</td>" in html


@pytest.mark.parametrize("hostile", ["\u202e", "\x1b[2J", "\x9b2J", "\u2066", "\u200b"])
def test_what_a_stranger_sent_is_neither_markup_nor_out_of_sight(load_run, hostile):
    text = f"<script>alert(1)</script>{hostile}\"'"
    for number in (1, 2):
        load_run.sent(number, name=f"GET /{text}", status=500)
        load_run.logged(number, status=500, outcome="exception", http_path=text, exception=text)
    load_run.sampled(1, "cpu", 60, f"app.py:7 {text}")

    html = draw(load_run.report())

    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html
    assert hostile not in html
