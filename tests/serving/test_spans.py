"""A request's lines as spans: of real lines, delivered to a receiver of OTLP."""

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from cloudwatch_spool import Kind, trace_id_of
from todo.serving.spans import spans_of

NOW_NS = 1_795_392_000_000_000_000
FINISHED = {
    "event": "request_finished",
    "event_id": "w-3",
    "correlation_id": "0af7651916cd43dd8448eb211c80319c",
    "http_method": "GET",
    "http_route": "/api/v1/todos",
    "http_status": 200,
    "duration_ms": 12.5,
}


def span_of(**fields):
    (span,) = spans_of(FINISHED | fields, NOW_NS)
    return span


def test_a_request_is_a_span_of_its_duration():
    span = span_of()

    assert (span.name, span.kind, span.error) == ("GET /api/v1/todos", Kind.SERVER, None)
    assert (span.start_ns, span.end_ns) == (NOW_NS - 12_500_000, NOW_NS)
    assert span.attributes["http.response.status_code"] == 200


def test_a_request_that_has_queued_begins_when_it_arrived():
    queue, request = spans_of(FINISHED | {"queue_ms": 3}, NOW_NS)

    assert (queue.name, queue.parent_span_id) == ("queue", request.span_id)
    assert queue.start_ns == request.start_ns == NOW_NS - 15_500_000
    assert queue.end_ns == NOW_NS - 12_500_000


@pytest.mark.parametrize(
    ("correlation_id", "trace_id"),
    [
        ("0af7651916cd43dd8448eb211c80319c", "0af7651916cd43dd8448eb211c80319c"),
        ("order-7", trace_id_of("order-7")),
        ("0" * 32, trace_id_of("0" * 32)),
    ],
)
def test_the_correlation_id_decides_the_trace(correlation_id, trace_id):
    assert span_of(correlation_id=correlation_id).trace_id == trace_id


def test_a_request_of_a_callers_trace_is_the_child_of_its_span():
    span = span_of(trace_id=FINISHED["correlation_id"], parent_span_id="00f067aa0ba902b7")

    assert (span.parent_span_id, span.link) == ("00f067aa0ba902b7", None)


def test_a_request_with_an_id_of_its_own_is_linked_to_the_callers_trace():
    caller = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
    span = span_of(correlation_id="order-7", trace_id=caller[0], parent_span_id=caller[1])

    assert (span.parent_span_id, span.link) == (None, caller)


@pytest.mark.parametrize(
    ("fields", "error"), [({"http_status": 503}, "HTTP 503"), ({"outcome": "timeout"}, "timeout")]
)
def test_a_request_that_failed_says_why(fields, error):
    assert span_of(**fields).error == error


def test_a_statement_is_a_client_span_under_its_request():
    line = {
        "event": "query",
        "event_id": "w-2",
        "correlation_id": FINISHED["correlation_id"],
        "db_operation": "SELECT",
        "db_table": "todos",
        "db_statement": "SELECT 1",
        "db_duration_ms": 2,
    }
    (span,) = spans_of(line, NOW_NS)

    assert (span.name, span.kind) == ("SELECT todos", Kind.CLIENT)
    assert (span.trace_id, span.parent_span_id) == (span_of().trace_id, span_of().span_id)
    assert span.attributes["db.query.text"] == "SELECT 1"


@pytest.mark.parametrize("line", [{}, {"event": "log"}, FINISHED | {"correlation_id": None}])
def test_other_lines_are_no_spans(line):
    assert list(spans_of(line, NOW_NS)) == []


@pytest.fixture
def receiver():
    """A receiver whose `spans` are those that it was sent."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            (resource,) = json.loads(gzip.decompress(body))["resourceSpans"]
            server.spans += resource["scopeSpans"][0]["spans"]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_): ...

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.spans = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_a_server_logs_arrives_as_one_trace(serve, database, tmp_path, receiver, wait_until):
    settings = {
        "SQLALCHEMY_DATABASE_URI": database,
        "TODO_SPOOL_DIR": str(tmp_path / "spool"),
        "TODO_ARCHIVE_DIR": str(tmp_path / "logs"),
        "TODO_TRACES_ENDPOINT": f"http://127.0.0.1:{receiver.server_port}/v1/traces",
    }
    with serve("--ship", **settings) as server:
        answer = server.get("/api/v1/todos")
        correlation_id = answer.headers["X-Correlation-ID"]
        wait_until(lambda: "GET /api/v1/todos" in [s["name"] for s in receiver.spans], within_s=20)

    trace = [span for span in receiver.spans if span["traceId"] == correlation_id]
    [root] = [span for span in trace if span["kind"] == Kind.SERVER]
    statements = [span for span in trace if span["kind"] == Kind.CLIENT]
    assert statements
    assert {span["parentSpanId"] for span in statements} == {root["spanId"]}
    assert all(int(root["startTimeUnixNano"]) <= int(s["startTimeUnixNano"]) for s in statements)
