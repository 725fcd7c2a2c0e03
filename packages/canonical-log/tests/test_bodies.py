"""The canonical line comes when an answer is read, closed or let go of, whichever is first."""

import gc
import io
import itertools
import logging
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.util import FileWrapper

import pytest
from flask import Flask, Response, send_file
from werkzeug.test import create_environ

import canonical_log
from canonical_log import Settings
from canonical_log.wsgi import RequestLayer


def call(app, path="/", **environ):
    """The body of a call as a server makes it, and the status and headers."""
    begun = []
    body = app(
        create_environ(path) | environ,
        lambda status, headers, *_: begun.append((status, dict(headers))) or written.append,
    )
    return body, begun


written = []


def count(lines):
    return len(lines("request_finished"))


@pytest.fixture
def app(make_app):
    """Not in testing, as in production and in many test suites."""
    return make_app(testing=False)


def test_it_comes_when_the_body_is_read_to_its_end(app, lines):
    body, _ = call(app, "/stream")
    assert (list(body), count(lines)) == ([b"one", b"two", b"three"], 1)
    body.close()
    assert count(lines) == 1
    assert "outcome" not in lines("request_finished")[0]


def test_it_comes_when_the_body_is_closed_before_its_end(app, lines):
    body, _ = call(app, "/stream")
    next(body)
    assert count(lines) == 0
    body.close()
    del body
    assert [line["outcome"] for line in lines("request_finished")] == ["client_gone"]


@pytest.mark.parametrize("is_read", [True, False])
def test_it_comes_when_the_body_is_let_go_of(app, lines, is_read):
    body, _ = call(app, "/stream")
    if is_read:
        next(body)
    assert count(lines) == 0
    del body
    gc.collect()
    [line] = lines("request_finished")
    assert (line["outcome"], line["response_bytes"]) == ("client_gone", 3 * is_read)


def test_a_whole_answer_that_is_let_go_of_was_not_cut_short(app, lines):
    body, _ = call(app, "/hello/anna")
    next(body)
    del body
    gc.collect()
    assert "outcome" not in lines("request_finished")[0]


def test_a_body_in_a_circle_of_objects_is_let_go_of_too(app, lines):
    body, _ = call(app, "/stream")
    circle = [body]
    circle.append(circle)
    del body, circle
    gc.collect()
    assert count(lines) == 1


def test_a_body_that_fails_to_close_has_its_line_and_its_exception(lines):
    class Stubborn(list):
        def close(self):
            raise RuntimeError("as asked")

    def app(_environ, start_response):
        start_response("200 OK", [])
        return Stubborn([b"x"])

    body, _ = call(RequestLayer(app, Settings()))
    list(body)
    with pytest.raises(RuntimeError, match="as asked"):
        body.close()
    assert (count(lines), len(lines("exception"))) == (1, 1)


def test_in_tests_the_line_of_a_whole_answer_is_there_when_the_call_returns(make_app, lines):
    make_app().test_client().get("/hello/anna")
    assert count(lines) == 1


def test_in_tests_an_endless_stream_is_not_read_to_its_end(make_app, lines):
    app = make_app()

    @app.get("/endless")
    def endless():
        return Response("x" for _ in itertools.count())

    answer = app.test_client().get("/endless")
    assert next(answer.response) == b"x"
    answer.close()
    assert lines("request_finished")[0]["outcome"] == "client_gone"


def test_a_test_client_inside_of_a_view_leaves_the_views_own_request_alone(app, lines):
    @app.get("/outer")
    def outer():
        for _ in range(3):
            app.test_client().get("/stream", headers={"X-Correlation-ID": "inner"})
        return canonical_log.correlation_id()

    with app.test_client().get("/outer", headers={"X-Correlation-ID": "outer"}) as answer:
        assert answer.text == "outer"
    gc.collect()
    ids = [line["correlation_id"] for line in lines("request_finished")]
    assert ids == ["inner"] * 3 + ["outer"]


def test_the_length_of_a_list_is_told_to_the_server(lines):
    def app(_environ, start_response):
        start_response("200 OK", [])
        return [b"whole"]

    body, _ = call(RequestLayer(app, Settings()))
    assert (len(body), list(body)) == (1, [b"whole"])


def test_a_list_of_the_apps_own_class_is_read_and_closed_within_its_request(lines):
    closed = []

    class Parts(list):
        def __iter__(self):
            yield canonical_log.correlation_id().encode()

        def close(self):
            closed.append(canonical_log.correlation_id())

    def own(_environ, start_response):
        start_response("200 OK", [])
        return Parts()

    body, [(_, headers)] = call(RequestLayer(own, Settings()))
    read = b"".join(body).decode()
    body.close()
    assert [read, *closed] == [headers["X-Correlation-ID"]] * 2
    assert count(lines) == 1


def test_what_is_written_the_old_way_is_counted(lines):
    def app(_environ, start_response):
        write = start_response("200 OK", [])
        write(b"one")
        return [b"two"]

    written.clear()
    body, _ = call(RequestLayer(app, Settings()))
    assert (list(body), written) == ([b"two"], [b"one"])
    assert lines("request_finished")[0]["response_bytes"] == 6


def file_app(lines_app):
    app = Flask("files")
    canonical_log.init_app(app)

    @app.get("/")
    def file():
        return send_file(io.BytesIO(b"content" * 10_000), mimetype="text/plain")

    return app


def test_a_file_goes_through_the_servers_own_wrapper(lines):
    body, _ = call(file_app(lines), **{"wsgi.file_wrapper": FileWrapper})
    assert isinstance(body, FileWrapper)
    assert b"".join(body) == b"content" * 10_000
    body.close()
    [line] = lines("request_finished")
    assert (line["response_bytes"], line["http_status"]) == (70_000, 200)
    assert "outcome" not in line


def test_a_file_that_the_kernel_sends_is_counted(lines):
    body, _ = call(file_app(lines), **{"wsgi.file_wrapper": FileWrapper})
    assert body.filelike.seek(0, 2) == 70_000  # as a server that asks for the file's size
    body.close()
    assert lines("request_finished")[0]["response_bytes"] == 70_000


def test_a_file_that_is_let_go_of_has_its_line(lines):
    body, _ = call(file_app(lines), **{"wsgi.file_wrapper": FileWrapper})
    next(body)
    del body
    gc.collect()
    assert lines("request_finished")[0]["outcome"] == "client_gone"


def test_a_servers_wrapper_that_is_no_class_is_left_out(lines):
    """uWSGI's is a function whose result is of use to itself alone."""
    body, _ = call(file_app(lines), **{"wsgi.file_wrapper": lambda *_: pytest.fail("used")})
    assert b"".join(body) == b"content" * 10_000
    body.close()
    assert lines("request_finished")[0]["response_bytes"] == 70_000


def test_a_file_over_a_real_server_that_sends_files_itself(lines):
    class Quiet(WSGIRequestHandler):
        def log_message(self, *_):
            pass

    with make_server("127.0.0.1", 0, file_app(lines), handler_class=Quiet) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/") as answer:
            assert answer.read() == b"content" * 10_000
            assert answer.headers["X-Correlation-ID"]
        thread.join()
    assert lines("request_finished")[0]["response_bytes"] == 70_000


def test_a_request_that_is_never_finished_does_not_disturb_the_end_of_the_process():
    code = "\n".join(
        [
            "import canonical_log; from flask import Flask",
            "app = Flask('x'); canonical_log.configure(); canonical_log.init_app(app)",
            "from werkzeug.test import create_environ",
            "body = app(create_environ('/'), lambda *_: None); circle = [body]",
            "circle.append(circle)",
        ]
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path.cwd()
    )
    assert (process.returncode, process.stderr) == (0, "")


def test_a_websocket_that_ends_under_gunicorn_is_no_failure(lines):
    """Its server's convention: the connection is over, and there is no answer to send."""

    def app(_environ, _start_response):
        raise StopIteration

    with pytest.raises(StopIteration):
        call(RequestLayer(app, Settings()))
    [line] = lines("request_finished")
    assert (line["outcome"], line["level"], lines("exception")) == ("handed_over", "INFO", [])


def test_an_app_may_name_the_arguments_of_start_response(lines):
    def app(_environ, start_response):
        start_response(status="200 OK", headers=[], exc_info=None)
        return []

    _, [(status, _)] = call(RequestLayer(app, Settings()))
    assert status == "200 OK"


def test_work_that_a_stream_begins_lasts_until_the_stream_ends_it(app, lines):
    @app.get("/export")
    def export():
        def parts():
            with canonical_log.work("export", id="inner"):
                yield "one"
                yield canonical_log.correlation_id()
            yield canonical_log.correlation_id()

        return Response(parts())

    body, _ = call(app, "/export", HTTP_X_CORRELATION_ID="outer")
    parts = []
    for part in body:
        assert canonical_log.correlation_id() is None
        parts.append(part)
    assert parts == [b"one", b"inner", b"outer"]


def test_a_stream_that_is_let_go_of_ends_within_its_request(app, lines):
    @app.get("/cleaning")
    def cleaning():
        def parts():
            try:
                yield "one"
            finally:
                logging.getLogger("own").info("cleaned")

        return Response(parts())

    body, _ = call(app, "/cleaning", HTTP_X_CORRELATION_ID="own")
    next(body)
    del body
    gc.collect()
    assert [line["correlation_id"] for line in lines("log")] == ["own"]
