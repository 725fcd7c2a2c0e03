"""The app's own code is told from libraries, wherever either is installed."""

import asyncio
import sys
import sysconfig
import types

import jinja2
import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import create_async_engine

from canonical_log import origin


@pytest.fixture
def forget(monkeypatch):
    monkeypatch.setattr(origin, "_app_folders", set())
    origin.is_app_code.cache_clear()
    yield
    origin.is_app_code.cache_clear()


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("/srv/shop/views.py", True),
        ("/srv/lib/python/views.py", True),
        ("views.py", True),
        ("<string>", True),
        ("<sqlalchemy generated wrapper of flush>", False),
        ("/srv/shop/.venv/lib/python3.12/site-packages/flask/app.py", False),
        ("/usr/lib/python3/dist-packages/flask/app.py", False),
        (sysconfig.get_path("stdlib") + "/json/decoder.py", False),
        ("<frozen importlib._bootstrap>", False),
        (origin.__file__, False),
    ],
)
def test_files_are_told_apart(filename, expected):
    assert origin.is_app_code(filename) is expected


def test_an_app_that_is_installed_among_libraries_is_the_apps(forget, monkeypatch):
    folder = "/opt/lib/python3.12/site-packages/shop"
    package = types.ModuleType("shop")
    package.__path__ = [folder]
    monkeypatch.setitem(sys.modules, "shop", package)
    assert not origin.is_app_code(f"{folder}/models.py")
    origin.add_app_package("shop.web")
    assert origin.is_app_code(f"{folder}/models.py")
    assert not origin.is_app_code(f"{folder}ping/models.py")


def test_the_line_that_called_is_told():
    def here():
        return sorted([1], key=lambda _: called.append(origin.calling_origin()))

    called = []
    here()
    assert called[0].startswith(f"{__file__}:")
    assert called[0].endswith(" <lambda>")


def test_a_templates_line_is_its_own():
    called = []
    environment = jinja2.Environment(
        loader=jinja2.DictLoader({"page": "one\n\n{{ look() }}"}), autoescape=True
    )
    page = environment.get_template("page")
    page.render(look=lambda: called.append(called_from_template()))
    assert ":3 root" in called[0]


def called_from_template():
    """As a lazy load that a template causes: without a frame of the app in between."""
    code = "def look(origin): return origin()"
    names = {}
    exec(compile(code, sysconfig.get_path("stdlib") + "/x.py", "exec"), names)
    frame = sys._getframe(2)
    found = origin._app_frame(frame)
    return f":{origin._line(found)} {found.f_code.co_name}"


def test_code_that_awaits_is_the_origin_of_what_runs_for_it(new_database):
    engine = create_async_engine(new_database().replace("psycopg2", "psycopg"))
    seen = []
    event.listen(
        engine.sync_engine, "after_cursor_execute", lambda *_: seen.append(origin.calling_origin())
    )

    async def ask():
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
        await engine.dispose()

    asyncio.run(ask())
    assert seen[0].startswith(__file__)
