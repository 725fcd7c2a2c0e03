"""A user's app, for type checkers: they find no fault in it, and see the types of what it calls."""

import logging
from concurrent.futures import Future
from typing import assert_type

from flask import Flask
from sqlalchemy import create_engine

import canonical_log
from canonical_log.formatter import JsonFormatter


def create_app() -> Flask:
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    canonical_log.configure("DEBUG", handler)
    app = Flask(__name__)
    settings = canonical_log.init_app(app)
    assert_type(settings, canonical_log.Settings)
    assert_type(settings.slow_query_ms, float)
    canonical_log.instrument(create_engine("sqlite://"), settings)
    return app


def script() -> None:
    with canonical_log.work("import", id="order-7") as own_id:
        assert_type(own_id, str)


def view() -> dict[str, str]:
    canonical_log.add_fields(guest="anna", visits=3)
    with canonical_log.bind(step="greeting"):
        assert_type(canonical_log.correlation_id(), str | None)
    with canonical_log.ContextExecutor() as pool:
        assert_type(pool.submit(len, "abc"), Future[int])
    return canonical_log.outgoing_headers()
