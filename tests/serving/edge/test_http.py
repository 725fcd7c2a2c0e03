"""What RFC 9110 and 9112 ask of a server, on a real socket."""

import socket

import pytest
from werkzeug.http import HTTP_STATUS_CODES

from canonical_log.testing import assert_schema

HELLO = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: localhost\r\n"
GET = b"GET /hello?token=secret HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"

REFUSED = {
    "no host": (b"GET /hello?token=secret HTTP/1.1\r\n\r\n", 400),
    "two hosts": (GET + b"Host: other\r\n\r\n", 400),
    "a host with a space": (b"GET /hello HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    "a host with a path": (b"GET /hello HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    "a host with a user": (b"GET /hello HTTP/1.1\r\nHost: me@localhost\r\n\r\n", 400),
    "a line that ends in LF": (b"GET /hello HTTP/1.1\nHost: localhost\n\n", 400),
    "a field that ends in LF": (b"GET /hello HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n", 400),
    "a folded field": (GET + b"X-A: one\r\n two\r\n\r\n", 400),
    "a space before the colon": (GET + b"X-A : one\r\n\r\n", 400),
    "a field without a name": (GET + b": one\r\n\r\n", 400),
    "a field without a colon": (GET + b"X-A\r\n\r\n", 400),
    "a name with a space": (GET + b"X A: one\r\n\r\n", 400),
    "a NUL in a field": (GET + b"X-A: o\x00ne\r\n\r\n", 400),
    "a CR in a field": (GET + b"X-A: o\rne\r\n\r\n", 400),
    "a NUL in the path": (b"GET /he\x00llo HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "no version": (b"GET /hello\r\n\r\n", 400),
    "two spaces": (b"GET  /hello HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "a method in lower case": (b"get /hello HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "HTTP/3.0": (b"GET /hello HTTP/3.0\r\nHost: localhost\r\n\r\n", 505),
    "no HTTP at all": (b"GET /hello SMTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "a tunnel": (b"CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:22\r\n\r\n", 501),
    "a long line": (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
    "an endless line": (b"GET /" + b"a" * 40_000, 414),
    "a long field": (GET + b"X-A: " + b"a" * 9000 + b"\r\n\r\n", 431),
    "many fields": (GET + b"X-A: a\r\n" * 200 + b"\r\n", 431),
    "an endless head": (GET + b"X-A: a\r\n" * 5000, 431),
    "two lengths": (POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
    "one length twice": (POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 400),
    "a list of lengths": (POST + b"Content-Length: 1, 1\r\n\r\na", 400),
    "a negative length": (POST + b"Content-Length: -1\r\n\r\n", 400),
    "a signed length": (POST + b"Content-Length: +1\r\n\r\na", 400),
    "a length in hex": (POST + b"Content-Length: 0x1\r\n\r\na", 400),
    "a superscript length": (POST + b"Content-Length: \xb2\r\n\r\nab", 400),
    "a length with chunks": (
        POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "gzip as transfer coding": (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
    "identity and chunked": (POST + b"Transfer-Encoding: identity, chunked\r\n\r\n", 501),
    "an unknown transfer coding": (POST + b"Transfer-Encoding: xchunked\r\n\r\n", 501),
    "chunked that is not last": (POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n", 400),
    "chunked twice": (POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n", 400),
    "two transfer codings": (
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        400,
    ),
    "chunks in HTTP/1.0": (
        b"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "an encoded body": (POST + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab", 415),
    "an expectation": (POST + b"Expect: the-best\r\nContent-Length: 2\r\n\r\nab", 417),
    "a chunk without a size": (CHUNKED + b"\r\n\r\n", 400),
    "a chunk size that is none": (CHUNKED + b"xyz\r\n", 400),
    "a chunk size with a sign": (CHUNKED + b"+3\r\nabc\r\n0\r\n\r\n", 400),
    "a chunk size with 0x": (CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n", 400),
    "a chunk size that ends in LF": (CHUNKED + b"3\nabc\r\n0\r\n\r\n", 400),
    "a huge chunk size": (CHUNKED + b"f" * 20 + b"\r\n", 400),
    "a chunk that is too long": (CHUNKED + b"3\r\nabcd\r\n0\r\n\r\n", 400),
    "an endless chunk extension": (CHUNKED + b"3;" + b"a" * 1000, 400),
    "a malformed chunk extension": (CHUNKED + b"3;=\r\nabc\r\n0\r\n\r\n", 400),
    "a malformed trailer": (CHUNKED + b"0\r\nno colon\r\n\r\n", 400),
    "a body over a mebibyte": (POST + b"Content-Length: 2000000\r\n\r\n", 413),
    "chunks over a mebibyte": (CHUNKED + b"200000\r\n", 413),
}


@pytest.mark.parametrize(("sent", "status"), REFUSED.values(), ids=REFUSED)
def test_what_is_malformed_is_refused_with_an_id_and_a_line(edge, sent, status):
    with edge.client() as client:
        answer = client.ask(sent)
        assert client.is_closed()

    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Connection"] == "close"
    assert (answer.json["status"], answer.json["title"]) == (status, HTTP_STATUS_CODES[status])
    assert answer.json["detail"]
    assert answer.json["correlation_id"] == answer.headers["X-Correlation-Id"]
    line = edge.line_of(answer)
    assert_schema(line)
    assert (line["http_status"], line["outcome"]) == (status, "refused")
    assert "secret" not in str(line)


def test_the_line_of_a_refusal_says_which_request_it_was(edge):
    answer = edge.ask(
        b"POST /echo?token=secret HTTP/1.1\r\nX-Correlation-ID: mine\r\nContent-Length: 2\r\n\r\n"
    )
    line = edge.line_of(answer)
    assert answer.headers["X-Correlation-Id"] == "mine"
    assert (line["http_method"], line["http_path"]) == ("POST", "/echo")
    assert "secret" not in str(line)


def test_what_comes_after_a_refused_request_is_not_read(edge):
    smuggled = b"GET /hello HTTP/1.1\r\nHost: localhost\r\nX-Correlation-ID: smuggled\r\n\r\n"
    both = b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    with edge.client() as client:
        assert client.ask(POST + both + smuggled).status == 400
        assert client.is_closed()
    assert edge.ask().status == 200
    assert "smuggled" not in [line["correlation_id"] for line in edge.lines()]


@pytest.mark.parametrize(
    ("head", "part"),
    [
        (b"Content-Length: 10\r\n\r\n", b"12345"),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\n12"),
    ],
)
def test_a_body_that_ends_too_soon_is_refused(edge, head, part):
    with edge.client() as client:
        client.send(POST + head + part)
        client.socket.shutdown(socket.SHUT_WR)
        answer = client.answer()
    assert answer.status == 400
    assert edge.line_of(answer)["http_path"] == "/echo"


def test_a_body_in_chunks_reaches_the_app_whole(edge):
    chunks = b'5;name=value;quoted="a;b"\r\nhello\r\n7\r\n, world\r\n0\r\nX-Trailer: x\r\n\r\n'
    with edge.client() as client:
        answer = client.ask(CHUNKED + chunks)
        assert client.ask().body == b"hello"
    expected = {"body": "hello, world", "content_length": "12", "transfer_encoding": None}
    assert answer.json == expected


def test_a_request_may_come_byte_by_byte(edge):
    with edge.client() as client:
        for byte in CHUNKED + b"3\r\nabc\r\n0\r\n\r\n":
            client.send(bytes([byte]))
        assert client.answer().json["body"] == "abc"


def test_requests_that_come_at_once_are_answered_in_their_order(edge):
    with edge.client() as client:
        client.send(b"".join(POST + b"Content-Length: 1\r\n\r\n%d" % n for n in range(10)) + HELLO)
        bodies = [client.answer().json["body"] for _ in range(10)]
        assert client.answer().body == b"hello"
    assert bodies == [str(n) for n in range(10)]


def test_an_empty_line_before_a_request_is_passed_over(edge):
    with edge.client() as client:
        assert client.ask(b"\r\n" + HELLO).status == 200
        assert client.ask(b"\r\n" + HELLO).status == 200


@pytest.mark.parametrize(
    ("request_head", "stays"),
    [
        (b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n", True),
        (b"GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", False),
        (b"GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: TE, Close\r\n\r\n", False),
        (b"GET /hello HTTP/1.0\r\n\r\n", False),
        (b"GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True),
        (b"GET /alive HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", False),
        (b"GET /alive HTTP/1.0\r\n\r\n", False),
    ],
)
def test_a_connection_stays_as_long_as_the_client_wants_it(edge, request_head, stays):
    with edge.client() as client:
        answer = client.ask(request_head)
        assert answer.status == 200
        assert answer.headers["Connection"] == ("keep-alive" if stays else "close")
        if stays:
            assert client.ask(request_head).status == 200
        else:
            assert client.is_closed()


def test_an_answer_in_parts_has_no_chunks_in_http_1_0(edge):
    answer = edge.ask(b"GET /stream?parts=3&bytes=2 HTTP/1.0\r\n\r\n")
    assert "Transfer-Encoding" not in answer.headers
    assert answer.body == b"xxxxxx"


@pytest.mark.parametrize("path", [b"/hello", b"/alive", b"/raw/write", b"/nowhere"])
def test_head_has_the_headers_of_get_and_no_body(edge, path):
    with edge.client() as client:
        got = client.ask(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head = client.ask(b"HEAD " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.ask().body == b"hello"
    assert head.status == got.status
    assert head.headers.get("Content-Type") == got.headers.get("Content-Type")
    assert head.headers.get("Content-Length") == got.headers.get("Content-Length")


def test_a_204_has_no_body(edge):
    with edge.client() as client:
        answer = client.ask(b"GET /nothing-to-say HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (answer.status, answer.headers.get("Content-Length")) == (204, None)


def test_a_client_that_asks_before_it_sends_is_told_to_go_on(edge):
    with edge.client() as client:
        go_on = client.ask(POST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert (go_on.status, go_on.body) == (100, b"")
        assert client.ask(b"abc").json["body"] == "abc"


def test_a_client_that_asks_to_send_too_much_is_refused_before(edge):
    answer = edge.ask(POST + b"Expect: 100-continue\r\nContent-Length: 65537\r\n\r\n")
    assert answer.status == 413


def test_a_body_that_is_too_large_leaves_its_connection_usable(edge):
    body = b"x" * 65_537
    with edge.client() as client:
        assert client.ask(POST + b"Content-Length: 65537\r\n\r\n" + body).status == 413
        chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        assert client.ask(CHUNKED + chunk).status == 413
        assert client.ask().status == 200


def test_the_largest_body_that_is_taken_reaches_the_app(edge):
    answer = edge.ask(POST + b"Content-Length: 65536\r\n\r\n" + b"x" * 65_536)
    assert len(answer.json["body"]) == 65_536


def test_no_header_changes_what_only_the_server_knows(edge):
    answer = edge.ask(
        b"GET /environ?a=b HTTP/1.1\r\nHost: localhost\r\nSCRIPT_NAME: /environ\r\n"
        b"Script-Name: /environ\r\nPATH_INFO: /x\r\nREMOTE_USER: root\r\n"
        b"X_Forwarded_For: 1.2.3.4\r\n"
        b"X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off\r\nX-Forwarded-For: 1.2.3.4\r\n"
        b"Proxy: http://evil\r\nX-Correlation-ID: a\r\nX_Correlation_ID: b\r\n\r\n"
    )
    environ = answer.json
    expected = {
        "SCRIPT_NAME": "",
        "PATH_INFO": "/environ",
        "QUERY_STRING": "a=b",
        "wsgi.url_scheme": "http",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_X_CORRELATION_ID": "a",
        "HTTP_X_FORWARDED_FOR": "1.2.3.4",
    }
    assert expected.items() <= environ.items()
    assert {"REMOTE_USER", "HTTP_PROXY", "HTTP_REMOTE_USER"}.isdisjoint(environ)


def test_a_url_with_a_host_names_the_host(edge):
    answer = edge.ask(b"GET http://one:80/environ HTTP/1.1\r\nHost: two\r\n\r\n")
    assert answer.json["HTTP_HOST"] == "one:80"
    assert answer.json["PATH_INFO"] == "/environ"


def test_a_field_that_comes_twice_is_a_list(edge):
    answer = edge.ask(b"GET /environ HTTP/1.1\r\nHost: localhost\r\nX-A: 1\r\nx-a: 2\r\n\r\n")
    assert answer.json["HTTP_X_A"] == "1,2"


def test_a_request_has_its_own_fields_and_no_other_requests(edge):
    asks = b"GET /environ HTTP/1.1\r\nHost: localhost\r\n"
    with edge.client() as client:
        client.send(asks + b"X-A: 1\r\n\r\n" + asks + b"\r\n" + asks + b"X-A: 1\r\nX-A: 1\r\n\r\n")
        assert client.answer().json["HTTP_X_A"] == "1"
        assert "HTTP_X_A" not in client.answer().json
        assert client.answer().json["HTTP_X_A"] == "1,1"


def test_a_file_is_sent(edge):
    answer = edge.ask(b"GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.body.startswith(b'"""What these tests serve')


def test_what_an_app_writes_comes_before_what_it_returns(edge):
    answer = edge.ask(b"GET /raw/write HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.body == b"written and returned"


@pytest.mark.parametrize("path", [b"/raw/fails", b"/raw/bad-header"])
def test_an_app_that_fails_gives_nothing_away(edge, path):
    answer = edge.ask(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.status == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "secret" not in str(answer)
    assert "X-Injected" not in answer.headers
    assert edge.line_of(answer)["outcome"] == "exception"


@pytest.mark.parametrize("path", [b"/raw/short", b"/raw/fails-late"])
def test_an_answer_that_breaks_off_ends_its_connection(edge, path):
    with edge.client() as client:
        answer = client.ask(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert answer is None or len(answer.body) < int(answer.headers["Content-Length"])
        assert client.is_closed()


def test_the_static_answer_is_the_apps_own(edge):
    own = edge.ask(b"GET /alive HTTP/1.1\r\nHost: localhost\r\nX-Correlation-ID: mine\r\n\r\n")
    assert own.json == {"status": "ok"}
    assert own.headers["Content-Type"] == "application/json"
    assert own.headers["X-Correlation-Id"] == "mine"
    assert edge.ask(b"DELETE /alive HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 405
