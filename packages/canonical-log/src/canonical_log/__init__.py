"""Correlation IDs and one good JSON line per request, with its queries, for any Flask app.

import logging
from flask import Flask
import canonical_log

app = Flask(__name__)
canonical_log.configure()
canonical_log.init_app(app)

@app.get("/hello/<name>")
def hello(name):
    canonical_log.add_fields(guest=name)
    logging.getLogger("greeter").info("greeting %s", name)
    return {"hello": name, "id": canonical_log.correlation_id()}
"""

import logging
import sys

from flask import Flask

from .capture import capture_everything
from .context import ContextExecutor, add_fields, bind, correlation_id, current_request
from .correlation import outgoing_headers as _outgoing_headers
from .formatter import JsonFormatter
from .queries import instrument
from .requests import RequestLogging
from .settings import Settings

__all__ = [
    "ContextExecutor",
    "JsonFormatter",
    "Settings",
    "add_fields",
    "bind",
    "configure",
    "correlation_id",
    "init_app",
    "instrument",
    "outgoing_headers",
]


def configure(level: int | str = "INFO", handler: logging.Handler | None = None) -> None:
    """Makes the root logger write JSON lines of at least `level`, to standard output or to
    `handler`.

    Warnings and uncaught exceptions become lines too. What handled the root logger before is taken
    off it, so that calling this again replaces the handler.
    """
    handler = handler or logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    capture_everything()


def init_app(app: Flask) -> Settings:
    """Gives every request of `app` its id and its lines, and returns the settings, for
    `instrument`.

    Reads the keys `CANONICAL_LOG_*` of the app's configuration, once: they are the fields of
    `Settings`. The engines of a Flask-SQLAlchemy that was initialised before are instrumented;
    others take `instrument`.
    """
    settings = Settings.from_config(app.config)
    RequestLogging(app, settings)
    if "sqlalchemy" in app.extensions:
        with app.app_context():
            for engine in app.extensions["sqlalchemy"].engines.values():
                instrument(engine, settings)
    return settings


def outgoing_headers() -> dict[str, str]:
    """The headers that carry the current request's ids on to another service; empty outside of a
    request.

    They are `X-Correlation-ID` and a W3C `traceparent` for a child span.
    """
    state = current_request()
    return _outgoing_headers(state.identity) if state else {}
