"""The console's pages and the data that they draw."""

import secrets
from pathlib import Path

import orjson
from flask import Flask, Response, redirect
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from logs_insights import InsightsError, QueryError

from . import api, loads, runner, stream, volume
from .follower import Follower
from .guard import POLICY, guard
from .live import Live
from .runner import Runner
from .sources import Sources

__all__ = ["create_console"]

_STATIC = Path(__file__).parent / "static"
PAGES = ("live", "trace", "query", "routes", "statements", "loads", "delivery")


def create_console(
    sources: Sources,
    live: Live,
    follower: Follower | None,
    hosts: list[str],
    load_tests: Runner | None = None,
) -> Flask:
    """The app that answers under these hosts, each with its port. It changes nothing, and starts
    load tests only by `load_tests`.
    """
    app = Flask(__name__, static_folder=str(_STATIC), static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    guard(app, hosts)
    app.register_blueprint(api.blueprint_of(sources, follower))
    app.register_blueprint(loads.blueprint_of(sources.loads, load_tests))
    token = secrets.token_urlsafe(32)
    if load_tests is not None:
        app.register_blueprint(runner.blueprint_of(load_tests, token))
    app.register_blueprint(stream.blueprint_of(live))
    if sources.is_aws:
        app.register_blueprint(volume.blueprint_of(sources))
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(QueryError, _bad_query)
    app.register_error_handler(InsightsError, _no_answer)
    shell = (_STATIC / "index.html").read_text(encoding="utf-8").replace("{{ token }}", token)

    @app.get("/")
    def start() -> AnyResponse:
        return redirect("/live")

    for page in PAGES:

        @app.get(f"/{page}", endpoint=page)
        @app.get(f"/{page}/<_name>", endpoint=page)
        def show(_name: str = "") -> Response:
            nonce = secrets.token_urlsafe(16)
            response = Response(shell.replace("{{ nonce }}", nonce), mimetype="text/html")
            response.headers["Content-Security-Policy"] = POLICY.format(nonce=nonce)
            return response

    return app


def _refused(error: HTTPException) -> Response:
    return _problem(error.description or error.name, error.code or 500)


def _bad_query(error: QueryError) -> Response:
    return _problem(error.reason, 400, position=error.position, line=error.line)


def _no_answer(error: InsightsError) -> Response:
    return _problem(str(error), 503)


def _problem(detail: str, status: int, **more: str | int) -> Response:
    body = orjson.dumps({"detail": detail} | more)
    return Response(body, status, content_type="application/problem+json")
