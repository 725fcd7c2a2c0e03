"""Beside OpenTelemetry's SDK and its instrumentation: the lines have its ids, in either order of
set-up, and nothing comes twice.
"""

import gc
import logging
from contextlib import suppress

import pytest
from flask import Flask, Response
from opentelemetry import baggage, context
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.logging import LoggingInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import create_engine, text
from werkzeug.test import create_environ

import canonical_log
from canonical_log import outgoing_headers, work
from canonical_log.correlation import parse_traceparent

LOGGER = logging.getLogger("own")
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def exporter():
    return InMemorySpanExporter()


@pytest.fixture
def provider(exporter):
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider


@pytest.fixture(params=["ours first", "theirs first"])
def client(request, provider):
    """Of an app on a database of which both tell."""
    app = Flask("own")
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    engine = create_engine("sqlite://", connect_args={"check_same_thread": False})

    def ours():
        canonical_log.init_app(app)
        canonical_log.instrument(engine)

    def theirs():
        FlaskInstrumentor().instrument_app(app, tracer_provider=provider)
        # It promises SQLAlchemy up to 2.0, and works with 2.1.
        by = {"tracer_provider": provider, "skip_dep_check": True}
        SQLAlchemyInstrumentor().instrument(engine=engine, **by)

    for set_up in (ours, theirs) if request.param == "ours first" else (theirs, ours):
        set_up()

    @app.get("/")
    def view():
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        LOGGER.info("inside")
        return outgoing_headers()

    @app.get("/fails")
    def fail():
        raise ValueError("as asked")

    yield app.test_client()
    SQLAlchemyInstrumentor().uninstrument()
    FlaskInstrumentor().uninstrument_app(app)


def server_span(exporter):
    [span] = [span for span in exporter.get_finished_spans() if span.name.startswith("GET ")]
    return f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}"


def ids(line):
    assert line["trace_id"] == line["traceId"]
    return line["trace_id"], line["span_id"]


def test_lines_have_the_ids_of_the_span(client, exporter, lines):
    client.get("/")
    server = server_span(exporter)
    [own], [query], [finished] = lines("log"), lines("query"), lines("request_finished")
    assert ids(own) == ids(finished) == server
    assert query["trace_id"] == server[0]


def test_nothing_comes_twice(client, exporter, lines):
    answer = client.get("/")
    assert answer.headers.getlist("X-Correlation-ID") == [answer.json["X-Correlation-ID"]]
    events = [line["event"] for line in lines() if line["event"] != "connection"]
    assert events == ["request_started", "query", "log", "request_finished"]
    assert lines("request_finished")[0]["db_query_count"] == 1
    names = [span.name.split()[0] for span in exporter.get_finished_spans()]
    assert sorted(set(names) - {"connect"}) == ["GET", "SELECT"]
    assert (names.count("GET"), names.count("SELECT")) == (1, 1)


def test_outgoing_headers_are_the_spans_own(client, exporter):
    sent = {"traceparent": TRACEPARENT, "tracestate": "rojo=1", "baggage": "user=alice"}
    headers = client.get("/", headers=sent).json
    trace_id, span_id = server_span(exporter)
    assert trace_id == TRACEPARENT.split("-")[1]
    assert parse_traceparent(headers["traceparent"]) == (trace_id, span_id, 1)
    assert (headers["tracestate"], headers["baggage"]) == ("rojo=1", "user=alice")


def test_the_callers_span_is_the_parent(client, exporter, lines):
    client.get("/", headers={"traceparent": TRACEPARENT})
    [finished] = lines("request_finished")
    assert ids(finished) == server_span(exporter)
    assert finished["parent_span_id"] == TRACEPARENT.split("-")[2]


@pytest.mark.parametrize("propagates", [False, True])
def test_a_request_that_fails_has_the_ids_too(client, exporter, lines, propagates):
    client.application.config["PROPAGATE_EXCEPTIONS"] = propagates
    with suppress(ValueError):
        client.get("/fails")
    assert ids(lines("exception")[0]) == server_span(exporter)
    assert ids(lines("request_finished")[0]) == server_span(exporter)


def test_work_has_the_ids_of_the_span_around_it(provider, lines):
    with provider.get_tracer("own").start_as_current_span("outer") as span:
        expected = f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}"
        with work("import", headers={"traceparent": TRACEPARENT}):
            pass
    assert [ids(line) for line in lines()] == [expected, expected]


def test_a_line_outside_of_any_work_has_them(provider, lines):
    with provider.get_tracer("own").start_as_current_span("outer") as span:
        LOGGER.info("inside")
    LOGGER.info("outside")
    inside, outside = lines("log")
    assert ids(inside) == (f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}")
    assert "trace_id" not in outside


def test_baggage_of_the_app_goes_along(provider):
    with provider.get_tracer("own").start_as_current_span("outer"), work("import"):
        token = context.attach(baggage.set_baggage("tenant", "a"))
        try:
            assert outgoing_headers()["baggage"] == "tenant=a"
        finally:
            context.detach(token)


def test_what_its_logging_adds_to_a_record_is_not_there_again(provider, lines):
    LoggingInstrumentor().instrument(tracer_provider=provider, inject_trace_context=True)
    try:
        with provider.get_tracer("own").start_as_current_span("outer"):
            LOGGER.info("inside")
    finally:
        LoggingInstrumentor().uninstrument()
    [line] = lines("log")
    assert not [name for name in line if name.startswith("otel")]


def test_a_request_that_is_let_go_of_within_another_has_the_ids_of_its_own_span(provider, lines):
    app = Flask("streaming")
    app.add_url_rule("/", view_func=lambda: Response(part for part in "abc"))
    canonical_log.init_app(app)
    with provider.get_tracer("own").start_as_current_span("its own") as span:
        body = app(create_environ("/"), lambda *_: None)
        next(body)
    with provider.get_tracer("own").start_as_current_span("another"):
        del body
        gc.collect()
    assert ids(lines("request_finished")[0])[0] == f"{span.context.trace_id:032x}"
