"""One canonical line for each request, whatever becomes of it, and the id on every answer."""

import logging

import pytest
from flask import Flask, Response
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

import canonical_log


def canonical(lines):
    [line] = lines("request_finished")
    return line


def test_a_success_says_what_was_asked_and_what_came_of_it(hello, lines):
    answer = hello.get("/hello/anna?secret=1")
    line = canonical(lines)
    assert line["correlation_id"] == answer.headers["X-Correlation-ID"]
    assert (line["http_method"], line["http_path"], line["http_route"]) == (
        "GET",
        "/hello/anna",
        "/hello/<name>",
    )
    assert (line["http_status"], line["level"], line["db_query_count"]) == (200, "INFO", 0)
    assert line["response_bytes"] == len(answer.data)
    assert "outcome" not in line
    assert "secret" not in str(line)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nothing", b"", 404),
        ("POST", "/hello/anna", b"", 405),
        ("POST", "/body", b"x" * 200, 413),
        ("GET", "/refused?status=503", b"", 503),
        ("GET", "/crash", b"", 500),
        ("GET", "/stream", b"", 200),
        ("HEAD", "/hello/anna", b"", 200),
        ("OPTIONS", "/hello/anna", b"", 200),
    ],
)
def test_every_answer_has_the_id_of_its_one_line(hello, lines, method, path, body, status):
    answer = hello.open(path, method=method, data=body, headers={"X-Correlation-ID": "sent-along"})
    assert answer.status_code == status
    assert answer.headers.getlist("X-Correlation-ID") == ["sent-along"]
    answer.get_data()
    line = canonical(lines)
    assert (line["correlation_id"], line["http_status"]) == ("sent-along", status)
    assert line["level"] == ("ERROR" if status >= 500 else "INFO")


def test_an_unknown_path_has_no_route(hello, lines):
    hello.get("/nothing")
    assert "http_route" not in canonical(lines)


def test_a_handled_crash_writes_its_exception_with_the_id(hello, lines):
    answer = hello.get("/crash")
    [exception] = lines("exception")
    assert exception["correlation_id"] == answer.headers["X-Correlation-ID"]
    assert (exception["exception_type"], exception["exception_message"]) == (
        "RuntimeError",
        "as asked",
    )
    assert exception["exception_location"].endswith(" crash")


@pytest.mark.parametrize("key", ["PROPAGATE_EXCEPTIONS", "DEBUG", "TESTING"])
def test_an_exception_that_is_raised_again_still_has_one_line_of_each_kind(make_app, lines, key):
    app = make_app(testing=False, PROPAGATE_EXCEPTIONS=None)
    app.config[key] = True
    with pytest.raises(RuntimeError, match="as asked"):
        app.test_client().get("/crash")
    assert len(lines("exception")) == 1
    line = canonical(lines)
    assert (line["outcome"], line["level"], line["http_route"]) == ("exception", "ERROR", "/crash")
    assert "http_status" not in line


def test_a_streamed_body_is_counted_to_its_end(hello, lines):
    hello.get("/stream").get_data()
    assert canonical(lines)["response_bytes"] == len("onetwothree")


def test_the_line_of_a_streamed_body_comes_after_its_last_byte(make_app, lines):
    answer = make_app(testing=False).test_client().get("/stream")
    assert next(answer.response) == b"one"
    assert lines("request_finished") == []
    list(answer.response)
    answer.close()
    assert canonical(lines)["response_bytes"] == 11


def test_a_client_that_leaves_in_the_middle_is_told_so(make_app, lines):
    answer = make_app(testing=False).test_client().get("/stream")
    next(answer.response)
    answer.close()
    line = canonical(lines)
    assert (line["outcome"], line["http_status"], line["level"]) == ("client_gone", 200, "INFO")


def test_a_generator_that_raises_is_an_exception_of_its_request(hello, lines):
    answer = hello.get("/broken-stream")
    with pytest.raises(RuntimeError, match="in the middle"):
        answer.get_data()
    [exception] = lines("exception")
    line = canonical(lines)
    assert exception["correlation_id"] == line["correlation_id"]
    assert (line["outcome"], line["response_bytes"], line["level"]) == ("exception", 3, "ERROR")


def test_a_request_within_a_request_has_lines_of_its_own(make_app, lines):
    inner = make_app().test_client()
    app = make_app()

    @app.get("/outer")
    def outer():
        inner.get("/hello/anna", headers={"X-Correlation-ID": "inner"})
        canonical_log.add_fields(seen=canonical_log.correlation_id())
        return "ok"

    app.test_client().get("/outer", headers={"X-Correlation-ID": "outer"})
    first, second = lines("request_finished")
    assert (first["correlation_id"], first["http_route"]) == ("inner", "/hello/<name>")
    assert (second["correlation_id"], second["http_route"], second["seen"]) == (
        "outer",
        "/outer",
        "outer",
    )


def test_an_app_mounted_in_another_does_not_double_the_lines(make_app, lines):
    outer = Flask("outer")
    outer.testing = True
    outer.wsgi_app = DispatcherMiddleware(outer.wsgi_app, {"/mounted": make_app()})
    canonical_log.init_app(outer)
    answer = Client(outer).get("/mounted/hello/anna")
    line = canonical(lines)
    assert (line["http_path"], line["http_route"]) == ("/mounted/hello/anna", "/hello/<name>")
    assert answer.headers.getlist("X-Correlation-ID") == [line["correlation_id"]]


def test_an_app_that_gets_a_copy_of_the_environ_does_not_either(make_app, lines):
    outer, inner = Flask("outer"), make_app()
    outer.testing = True
    outer.wsgi_app = lambda environ, start_response: inner(dict(environ), start_response)
    canonical_log.init_app(outer)
    answer = Client(outer).get("/hello/anna")
    assert answer.headers["X-Correlation-ID"] == canonical(lines)["correlation_id"]


def test_two_apps_in_one_process_keep_their_own_settings(make_app, lines):
    make_app(events=()).test_client().get("/hello/anna")
    make_app(events=("request_finished",)).test_client().get("/hello/bert")
    assert [line["http_path"] for line in lines()] == ["/hello/bert"]


def test_an_excluded_path_writes_only_when_it_fails(make_app, lines):
    client = make_app(excluded_paths=["/hello/health", "/refused"]).test_client()
    client.get("/hello/health")
    assert lines() == []
    client.get("/refused?status=503")
    assert canonical(lines)["http_status"] == 503


@pytest.mark.parametrize("events", [(), ("request_started",), ("request_finished",)])
def test_an_event_that_is_switched_off_is_not_written(make_app, lines, events):
    make_app(events=events).test_client().get("/hello/anna")
    assert [line["event"] for line in lines()] == list(events)


def test_nothing_is_written_below_the_level(hello, lines):
    logging.getLogger().setLevel(logging.WARNING)
    hello.get("/hello/anna")
    assert lines() == []


def test_a_field_of_the_app_cannot_overwrite_one_of_the_schema(make_app, lines):
    app = make_app()

    @app.before_request
    def add():
        canonical_log.add_fields(
            http_status=1, event="forged", http_header_host="forged", guest="anna"
        )

    app.test_client().get("/hello/anna")
    line = canonical(lines)
    assert (line["http_status"], line["guest"]) == (200, "anna")
    assert (line["app_http_status"], line["app_event"], line["app_http_header_host"]) == (
        1,
        "forged",
        "forged",
    )


def test_a_secret_among_the_fields_of_the_app_is_redacted(make_app, lines):
    app = make_app()

    @app.before_request
    def add():
        canonical_log.add_fields(password="hunter2", deep={"api_key": "hunter2"})

    app.test_client().get("/hello/anna")
    assert "hunter2" not in str(lines())


def test_constants_are_on_the_canonical_line(make_app, lines):
    make_app(constants={"service": "shop", "team": "blue"}).test_client().get("/hello/anna")
    line = canonical(lines)
    assert (line["service"], line["team"]) == ("shop", "blue")


def test_address_query_and_headers_are_opt_in_and_redacted_by_name(make_app, lines):
    settings = {"client_ip": True, "query_string": True, "headers": ("User-Agent", "Authorization")}
    headers = {"User-Agent": "tests", "Authorization": "Bearer hunter2"}
    make_app(**settings).test_client().get("/hello/anna?page=2&token=hunter2", headers=headers)
    line = canonical(lines)
    assert (line["client_ip"], line["http_query"]) == ("127.0.0.1", "page=2&token=[redacted]")
    assert (line["http_header_user_agent"], line["http_header_authorization"]) == (
        "tests",
        "[redacted]",
    )


def test_the_body_that_came_is_counted(hello, lines):
    hello.post("/body", data=b"12345")
    assert canonical(lines)["request_bytes"] == 5


@pytest.mark.parametrize("length", ["²", "-1", "x", ""])
def test_a_content_length_that_is_no_number_costs_nothing(hello, lines, length):
    hello.get("/hello/anna", environ_overrides={"CONTENT_LENGTH": length})
    assert "request_bytes" not in canonical(lines)


def test_what_the_server_knows_of_the_requests_start_is_on_its_line(hello, lines):
    waited = {
        "canonical_log.queue_ms": 12.3456,
        "canonical_log.threads_busy": 3,
        "canonical_log.threads": 4,
    }
    hello.get("/hello/anna", environ_overrides=waited)
    line = canonical(lines)
    assert (line["queue_ms"], line["threads_busy"], line["threads"]) == (12.35, 3, 4)


@pytest.mark.parametrize("value", [None, "12", float, [1]])
def test_a_server_that_tells_nonsense_costs_no_line(hello, lines, value):
    hello.get("/hello/anna", environ_overrides={"canonical_log.queue_ms": value})
    assert "queue_ms" not in canonical(lines)


def test_a_server_that_does_not_tell_leaves_the_fields_out(hello, lines):
    hello.get("/hello/anna")
    assert not {"queue_ms", "threads_busy", "threads"} & set(canonical(lines))


def test_the_path_is_text_and_bounded(hello, lines):
    hello.get("/hello/grüße%0A" + "x" * 5000)
    path = canonical(lines)["http_path"]
    assert path.startswith("/hello/grüße\nxxx")
    assert len(path) == 1000


def test_an_exception_outside_of_a_request_is_not_lost(make_app, lines):
    app = make_app()
    with app.test_request_context("/"):
        app.log_exception((RuntimeError, RuntimeError("unseen"), None))
    [line] = lines("log")
    assert line["exception_message"] == "unseen"


def test_no_request_is_current_when_its_call_is_over(make_app):
    make_app(testing=False).test_client().get("/stream")
    assert canonical_log.correlation_id() is None


def test_each_part_of_a_streamed_body_is_made_within_its_request(make_app):
    app = make_app()

    @app.get("/ids")
    def ids():
        return Response(canonical_log.correlation_id() for _ in range(2))

    assert app.test_client().get("/ids", headers={"X-Request-ID": "own"}).text == "ownown"
