"""The documentation as a site: complete, and the same without a network."""

import importlib
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from .reading import ROOT

# Elements that make a browser fetch something, and the attribute that says what.
FETCHES = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}
NOT_FETCHED = {"canonical", "next", "prev"}


@pytest.fixture(scope="session")
def build(tmp_path_factory):
    """Call it to build a copy of the documentation, with these pages besides; returns the run and
    the site's folder.
    """

    def run(**pages: str) -> tuple[subprocess.CompletedProcess, Path]:
        folder = tmp_path_factory.mktemp("documentation")
        shutil.copytree(ROOT / "docs", folder / "docs")
        shutil.copy(ROOT / "zensical.toml", folder)
        (folder / "packages").symlink_to(ROOT / "packages")
        for name, text in pages.items():
            (folder / "docs/how-to" / f"{name}.md").write_text(text)
        command = [str(Path(sys.executable).with_name("zensical")), "build", "--strict"]
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
        return ran, folder / "var/docs"

    return run


@pytest.fixture(scope="session")
def site(build):
    ran, folder = build()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder


@pytest.mark.parametrize("link", ["nowhere.md", "load-test.md#nowhere", "../../README.md"])
def test_a_link_that_leads_nowhere_is_refused(build, link):
    ran, _ = build(broken=f"# Broken\n\n[A link]({link})\n")

    assert ran.returncode != 0


def test_every_page_is_in_the_navigation(site):
    text = (site / "tutorial/index.html").read_text()
    navigation = re.findall(r'<a href="([^"#]+)[^"]*" class="md-nav__link', text)
    linked = {(site / "tutorial" / link).resolve() for link in navigation}
    written = {page.relative_to(ROOT / "docs") for page in (ROOT / "docs").rglob("*.md")}

    assert {page for page in written if (site / page).with_suffix(".html") not in linked} == set()


@pytest.mark.parametrize("package", ["canonical_log", "cloudwatch_spool", "logs_insights"])
def test_each_public_name_of_a_library_is_in_its_reference(site, package):
    page = (site / f"reference/{package.replace('_', '-')}.html").read_text()
    described = {name.rpartition(".")[2] for name in re.findall(rf'id="({package}[.\w]+)"', page)}

    assert set(importlib.import_module(package).__all__) <= described


def test_nothing_is_fetched_from_another_host(site):
    fetched = {url for page in site.rglob("*.html") for url in fetched_by(page.read_text())}
    for style in site.rglob("*.css"):
        fetched |= set(re.findall(r"(?:url\(|@import\s*)[\"']?([^\"')]+)", style.read_text()))

    assert {url for url in fetched if re.match(r"(https?:)?//", url)} == set()


def test_search_finds_a_page_that_is_opened_as_a_file(site, browser):
    page = browser.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((site / "tutorial/index.html").as_uri())
    page.keyboard.press("/")
    page.keyboard.type("learner lab")
    page.get_by_text(re.compile(r"^\d+ results?$")).wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/how-to/use-a-learner-lab.html*")
    page.close()

    assert said == []
    assert [url for url in asked if not url.startswith("file:")] == []


def fetched_by(html):
    """What a browser fetches for this page."""
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            given = dict(attributes)
            if tag in FETCHES and given.get("rel") not in NOT_FETCHED:
                found.append(given.get(FETCHES[tag]) or "")

    Reader().feed(html)
    return found
