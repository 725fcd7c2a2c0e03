"""The app with other ways to log the same three events: a request's start, its query and its end.

Each is what its library's own documentation shows, and logs fewer fields than `canonical_log` does.
"""

import logging
import sys
import time
import uuid
from typing import Any, Protocol

import orjson
import structlog
from aws_lambda_powertools import Logger
from flask import Flask, Response, g, request
from pythonjsonlogger.json import JsonFormatter
from sqlalchemy import Connection, Engine, event

from canonical_log import configure
from todo import create_app
from todo.models import db

__all__ = ["obvious", "opentelemetry", "ours", "powertools", "with_structlog"]


class Write(Protocol):
    """Writes one event with its fields."""

    def __call__(self, message: str, **fields: Any) -> object:
        """Writes it."""


def ours() -> Flask:
    """The app as it is."""
    configure()
    return create_app()


def obvious() -> Flask:
    """python-json-logger, and calls of `info` with `extra`."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter("{asctime}{levelname}{name}{message}", style="{"))
    logger = logging.getLogger("obvious")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    return _logging_app(
        lambda message, **fields: logger.info(message, extra={"correlation_id": _id(), **fields})
    )


def with_structlog() -> Flask:
    """structlog as its page on performance has it: no logging module, orjson, context variables."""
    structlog.configure(
        cache_logger_on_first_use=True,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        logger_factory=structlog.BytesLoggerFactory(file=sys.stdout.buffer),
    )
    logger = structlog.get_logger()

    def write(message: str, **fields: Any) -> None:
        if message == "request_started":
            structlog.contextvars.clear_contextvars()
            structlog.contextvars.bind_contextvars(correlation_id=_id())
        logger.info(message, **fields)

    return _logging_app(write)


def powertools() -> Flask:
    """AWS Lambda Powertools' Logger."""
    logger = Logger(service="taskoverflow", level="INFO", stream=sys.stdout)

    def write(message: str, **fields: Any) -> None:
        if message == "request_started":
            logger.set_correlation_id(_id())
        logger.info(message, extra=fields)

    return _logging_app(write)


def opentelemetry() -> Flask:
    """OpenTelemetry's instrumentation of Flask, SQLAlchemy and logging: a span for a request, one
    for its statement, as JSON by a thread of its own, and a line at the end.
    """
    from opentelemetry import trace
    from opentelemetry.instrumentation.flask import FlaskInstrumentor
    from opentelemetry.instrumentation.logging import LoggingInstrumentor
    from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

    provider = TracerProvider()
    exporter = ConsoleSpanExporter(formatter=lambda span: span.to_json(indent=None) + "\n")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    logging.basicConfig(stream=sys.stdout, level=logging.INFO)
    LoggingInstrumentor().instrument(set_logging_format=True)
    app = create_app({"TODO_LOG_EVENTS": "none"})
    FlaskInstrumentor().instrument_app(app)
    with app.app_context():
        SQLAlchemyInstrumentor().instrument(engine=db.engine)
    logger = logging.getLogger("opentelemetry_app")

    @app.after_request
    def finished(response: Response) -> Response:
        logger.info("%s %s %d", request.method, request.path, response.status_code)
        return response

    return app


def _id() -> str:
    return str(g.correlation_id) if request else ""


def _logging_app(write: Write) -> Flask:
    app = create_app({"TODO_LOG_EVENTS": "none"})
    with app.app_context():
        _log_queries(db.engine, write)

    @app.before_request
    def started() -> None:
        g.started_s = time.perf_counter()
        g.correlation_id = request.headers.get("X-Correlation-ID") or uuid.uuid4().hex
        write("request_started", http_method=request.method, http_path=request.path)

    @app.after_request
    def finished(response: Response) -> Response:
        write(
            "request_finished",
            http_method=request.method,
            http_route=request.url_rule.rule if request.url_rule else None,
            http_path=request.path,
            http_status=response.status_code,
            duration_ms=round((time.perf_counter() - g.started_s) * 1000, 2),
            response_bytes=response.content_length,
        )
        return response

    return app


def _log_queries(engine: Engine, write: Write) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def before(connection: Connection, *_arguments: Any) -> None:
        connection.info["started_s"] = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def after(connection: Connection, cursor: Any, statement: str, *_arguments: Any) -> None:
        duration_ms = round((time.perf_counter() - connection.info["started_s"]) * 1000, 2)
        write(
            "query", db_statement=statement, db_rowcount=cursor.rowcount, db_duration_ms=duration_ms
        )
