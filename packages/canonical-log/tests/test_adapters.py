"""Whatever carries an app to its clients, each request has its one canonical line."""

import asyncio
import gc
import importlib
import warnings

import a2wsgi
import apig_wsgi
import awsgi
import pytest
import serverless_wsgi
from asgiref.wsgi import WsgiToAsgi
from werkzeug.test import create_environ

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Starlette's is deprecated, and in many apps
    starlette_wsgi = importlib.import_module("starlette.middleware.wsgi")


def over_asgi(make):
    def get(app, path):
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(b"host", b"localhost"), (b"x-correlation-id", b"mine")],
            "server": ("localhost", 80),
            "client": ("127.0.0.1", 1),
        }
        sent = []

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            sent.append(message)

        asyncio.run(make(app)(scope, receive, send))
        body = b"".join(message.get("body", b"") for message in sent)
        return sent[0]["status"], body.decode()

    return get


def over_gateway(handle):
    def get(app, path):
        event = {
            "httpMethod": "GET",
            "path": path,
            "headers": {"Host": "localhost", "X-Correlation-ID": "mine"},
            "multiValueHeaders": {"Host": ["localhost"], "X-Correlation-ID": ["mine"]},
            "queryStringParameters": {},
            "multiValueQueryStringParameters": {},
            "requestContext": {"stage": "", "identity": {"sourceIp": "127.0.0.1"}},
            "body": "",
            "isBase64Encoded": False,
        }
        answer = handle(app, event)
        return int(answer["statusCode"]), answer["body"]

    return get


def without_an_end(app, path):
    """Takes what is there and lets go, as some servers do with HEAD and when they break."""
    statuses = []
    environ = create_environ(path, headers={"X-Correlation-ID": "mine"})
    body = app(environ, lambda status, _headers, *_: statuses.append(int(status[:3])))
    text = next(iter(body)).decode()
    del body
    gc.collect()
    return statuses[0], text


def with_apig(app, event):
    return apig_wsgi.make_lambda_handler(app)(event, None)


def with_awsgi(app, event):
    return awsgi.response(app, event | {"requestContext": {"elb": False}}, None)


ADAPTERS = {
    "asgiref": over_asgi(WsgiToAsgi),
    "a2wsgi": over_asgi(a2wsgi.WSGIMiddleware),
    "starlette": over_asgi(starlette_wsgi.WSGIMiddleware),
    "serverless-wsgi": over_gateway(lambda *a: serverless_wsgi.handle_request(*a, None)),
    "aws-wsgi": over_gateway(with_awsgi),
    "apig-wsgi": over_gateway(with_apig),
    "none": without_an_end,
}


@pytest.fixture
def app(make_app):
    return make_app(testing=False)


@pytest.mark.parametrize("get", ADAPTERS.values(), ids=ADAPTERS)
@pytest.mark.parametrize(
    ("path", "expected"),
    [("/hello/anna", 200), ("/nothing", 404), ("/crash", 500), ("/stream", 200)],
)
def test_each_request_has_its_line(app, lines, get, path, expected):
    status, body = get(app, path)
    assert status == expected
    [line] = lines("request_finished")
    assert (line["correlation_id"], line["http_status"]) == ("mine", expected)
    assert line["response_bytes"] == len(body)
    assert len(lines("exception")) == (expected == 500)


@pytest.mark.parametrize("get", ADAPTERS.values(), ids=ADAPTERS)
def test_no_request_is_left_over(app, lines, get):
    from canonical_log import wsgi

    before = len(wsgi._in_flight)
    for _ in range(5):
        get(app, "/hello/anna")
    assert len(wsgi._in_flight) == before
    assert len(lines("request_finished")) == 5


@pytest.mark.parametrize("get", [ADAPTERS[name] for name in ADAPTERS if name != "none"])
def test_a_body_that_breaks_is_an_exception_of_its_request(app, lines, get):
    with pytest.raises((RuntimeError, BaseExceptionGroup)):
        get(app, "/broken-stream")
    [line] = lines("request_finished")
    assert (line["outcome"], line["level"], len(lines("exception"))) == ("exception", "ERROR", 1)
