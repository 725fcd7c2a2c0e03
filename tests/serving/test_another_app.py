"""`todo serve --app` serves another app with all that the own one has."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLAGS = re.MULTILINE | re.DOTALL
LOAD = [sys.executable, "-m", "todo.cli", "load"]

APP = """
import logging
import os

from flask import Flask
from neighbour import GREETING
from sqlalchemy import create_engine, text


def plain():
    app = Flask(__name__)
    uri = os.environ["SQLALCHEMY_DATABASE_URI"]
    engine = create_engine(uri.replace("postgresql", "postgresql+psycopg2", 1))

    @app.get("/hello")
    def hello():
        with engine.connect() as connection:
            return {GREETING: connection.execute(text("SELECT 40 + 2")).scalar()}

    return app
"""

SCRIPT = """
import { begin, common, send } from "./lib/client.js";

export const options = { ...common, iterations: 5 };
export const setup = () => begin("hello");
export default (run) => send(run, "GET", "/hello", { name: "GET /hello" });
"""


@pytest.fixture
def app_file(tmp_path):
    path = tmp_path / "other.py"
    path.write_text(APP)
    (tmp_path / "neighbour.py").write_text('GREETING = "hello"\n')
    return path


def test_a_plain_flask_app_is_served_with_a_database_and_canonical_lines(
    serve, app_file, migrated_database
):
    with serve("--app", f"{app_file}:plain", SQLALCHEMY_DATABASE_URI=migrated_database) as server:
        answer = server.get("/hello")

    assert answer.json() == {"hello": 42}
    lines = [
        json.loads(line) for line in server.output.read_text().splitlines() if line.startswith("{")
    ]
    finished = [line for line in lines if line.get("http_route") == "/hello"]
    assert [line["correlation_id"] for line in finished] == [answer.headers["X-Correlation-ID"]]


@pytest.fixture
def load(serve, migrated_database, tmp_path):
    """Call it with an app and a script for what `todo load` says of the one by the other."""

    def run(app, script):
        environment = {
            "TODO_STATE_DIR": str(tmp_path / "state"),
            "TODO_SPOOL_DIR": str(tmp_path / "spool"),
            "TODO_ARCHIVE_DIR": str(tmp_path / "logs"),
        }
        options = {"SQLALCHEMY_DATABASE_URI": migrated_database, **environment}
        with serve("--ship", "--app", app, **options) as server:
            return subprocess.run(
                [*LOAD, str(script), "--endpoint", server.url],
                env=os.environ | environment,
                capture_output=True,
                text=True,
                timeout=120,
            )

    return run


def test_it_is_loaded_by_a_script_that_uses_k6_lib(load, app_file, tmp_path):
    (tmp_path / "lib").symlink_to(ROOT / "k6/lib")
    (tmp_path / "hello.js").write_text(SCRIPT)

    done = load(f"{app_file}:plain", tmp_path / "hello.js")

    assert done.returncode == 0, done.stderr[-2000:]
    assert "6 requests are in k6's samples and in the logs; 0 answered ones are not" in done.stdout
    assert "No request failed" in done.stdout


def test_the_app_and_the_script_of_the_page_are_served_and_loaded(load, tmp_path):
    page = (ROOT / "docs/how-to/serve-another-app.md").read_text()
    for title in ("shop.py", "my-script.js"):
        (tmp_path / title).write_text(re.search(rf'title="{title}"\n(.*?)^```', page, FLAGS)[1])

    done = load(f"{tmp_path / 'shop.py'}:factory", tmp_path / "my-script.js")

    assert done.returncode == 0, done.stderr[-2000:]
    assert re.search(r"GET /orders +[\d,]+ +0 ", done.stdout)
    assert "; 0 answered ones are not in the logs, 0 not in the samples" in done.stdout


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("nothing.py:create_app", "there is no file nothing.py"),
        ("nothing", "there is no factory 'nothing'"),
    ],
)
def test_an_app_that_there_is_not_is_said_before_anything_starts(environment, spec, said):
    done = subprocess.run(
        [sys.executable, "-m", "todo.cli", "serve", "--app", spec],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 2
    assert said in done.stderr
