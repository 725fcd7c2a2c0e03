"""The HTTP API, under /api/v1."""

from flask import Flask
from werkzeug.exceptions import NotFound
from werkzeug.routing import IntegerConverter

from ..models.todo import MAX_ID
from . import docs_page, errors, health, keys, openapi, todos, todos_page
from .kept_lists import keep_lists

__all__ = ["HEALTH_PATHS", "init_app", "keep_lists"]

HEALTH_PATHS = ("/api/v1/health", "/api/v1/health/ready")

_DOCS_PATHS = ("/api/v1/openapi.json", "/api/docs", "/api/docs/")
OPEN_PATHS = ("/", "/page/", *_DOCS_PATHS, *HEALTH_PATHS)

MAX_BODY_BYTES = 64 * 1024


class _TodoId(IntegerConverter):
    """ASCII digits, and not more of them than Python likes to convert."""

    regex = "[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        """The number. A 404 for an id that no todo can have, before the database would refuse it;
        a ValidationError would have other routes tried, and end as a 405.
        """
        todo_id = int(value)
        if todo_id > MAX_ID:
            raise NotFound
        return todo_id


def init_app(app: Flask, api_keys: str | None = None, console_port: int | None = None) -> None:
    """Registers the routes, and makes problem documents of every error.

    With `api_keys`, as the setting has them, a request needs one of them, but for health, the
    pages and the API's description. Raises ConfigError when they cannot be read. The page at /
    links to the console on `console_port` of this machine.
    """
    if app.config["MAX_CONTENT_LENGTH"] is None:
        app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    # A server may answer these from a copy, without a thread of the app.
    app.extensions["edge_static_paths"] = ("/api/v1/health",)
    # A redirect to a tidier path would lead to whatever Host the client names.
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False
    app.url_map.converters["int"] = _TodoId
    for module in (todos, health, openapi, docs_page, todos_page):
        app.register_blueprint(module.blueprint)
    errors.init_app(app)
    app.extensions[todos_page.CONSOLE_PORT] = console_port
    if api_keys:
        keys.require_keys(app, keys.read_keys(api_keys), OPEN_PATHS)
        app.extensions[openapi.HAS_KEYS] = True
