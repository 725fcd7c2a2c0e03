"""An app of the tests' own, and what its requests wrote: each line is held to the schema."""

import pytest
from flask import Flask, Response, abort, request

import canonical_log
from canonical_log import testing
from canonical_log.testing import assert_schema

captured = testing.log_lines


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
