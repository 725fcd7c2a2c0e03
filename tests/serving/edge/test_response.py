"""Answers are those of gunicorn's own Response, byte for byte but for the date's second."""

import re

import pytest
from gunicorn.config import Config
from gunicorn.http.wsgi import Response as GunicornResponse

from todo.serving.edge.heads import Head
from todo.serving.edge.response import Response

ANSWERS = {
    "usual": ("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")], [b"hi"]),
    "chunked": ("200 OK", [("Content-Type", "text/plain")], [b"h", b"i"]),
    "without a body": ("204 No Content", [("Content-Length", "0")], []),
    "hop by hop": ("200 OK", [("Connection", "close"), ("Keep-Alive", "5")], [b"hi"]),
    "an upgrade": ("101 Switching", [("Connection", "upgrade"), ("Upgrade", "websocket")], []),
    "spaces around": ("200 OK", [("X-A", " \tb "), ("Content-Length", "0")], []),
    "a name twice": ("200 OK", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")], [b""]),
    "a line feed in a value": ("200 OK", [("X-A", "b\r\nX-C: d")], []),
    "a space in a name": ("200 OK", [("X A", "b")], []),
    "a value that is no text": ("200 OK", [("X-A", 1)], []),
    "a name that is no text": ("200 OK", [(b"X-A", "b")], []),
    "a length that is none": ("200 OK", [("Content-Length", "many")], []),
    "a signed length": ("200 OK", [("Content-Length", "+2")], [b"hi"]),
    "two lengths": ("200 OK", [("Content-Length", "1"), ("content-length", "2")], [b"hi"]),
    "in two parts": ("200 OK", [("Content-Length", "2")], [b"h", b"i"]),
    "too long": ("200 OK", [("Content-Length", "1")], [b"hi"]),
    "too short": ("200 OK", [("Content-Length", "3")], [b"hi"]),
    "more after the whole": ("200 OK", [("Content-Length", "2")], [b"hi", b"you"]),
    "text for a body": ("200 OK", [("Content-Length", "2")], ["hi"]),
    "a body that changes": ("200 OK", [("Content-Length", "2")], [bytearray(b"hi")]),
    "not modified": ("304 Not Modified", [("ETag", '"a"')], []),
    "not modified, with a length": ("304 Not Modified", [("Content-Length", "2")], [b""]),
    "not modified, with a body": ("304 Not Modified", [("ETag", '"a"')], [b"hi"]),
    "a body without room": ("204 No Content", [("ETag", '"a"')], [b"hi"]),
    "no headers": ("200 OK", [], [b"hi"]),
    "a CR": ("200 OK", [("X-A", "b\rc"), ("Content-Length", "0")], []),
    "a NUL": ("200 OK", [("X-A", "b\x00c"), ("Content-Length", "0")], []),
    "hop by hop, with a length": ("200 OK", [("Connection", "x"), ("Content-Length", "0")], []),
    "a space before": ("200 OK", [("X-A", " b"), ("Content-Length", "0")], []),
    "a space behind": ("200 OK", [("X-A", "b "), ("Content-Length", "0")], []),
    "an empty value": ("200 OK", [("X-A", ""), ("Content-Length", "0")], []),
    "a space at the end": ("200 OK", [("Content-Length", "0"), ("X-A", "b ")], []),
    "beyond ASCII": ("200 OK", [("X-A", "caf\xe9"), ("Content-Length", "0")], []),
    "beyond Latin-1": ("200 OK", [("X-A", "\u20ac"), ("Content-Length", "0")], []),
    "a line end": ("200 OK", [("X-A", "b\r\n"), ("Content-Length", "0")], []),
    "a line end at last": ("200 OK", [("Content-Length", "0"), ("X-A", "b\r\n")], []),
    "a line end in another": ("200 OK", [("Content-Length", "0"), ("X-A", "\r\r\n\n")], []),
    "a line end in a name": ("200 OK", [("X-A\r\nX-B", "c"), ("Content-Length", "0")], []),
    "a header of three": ("200 OK", [("X-A", "b", "c"), ("Content-Length", "0")], []),
    "headers of three": ("200 OK", [("Content-Length", "0", "c")], []),
    "headers in a tuple": ("200 OK", (("Content-Length", "2"),), [b"hi"]),
    "no reason": ("200", [("Content-Length", "2")], [b"hi"]),
    "a long status": ("2000 OK", [("Content-Length", "2")], [b"hi"]),
    "a line in the status": ("200 OK\r\nX-A: b", [("Content-Length", "2")], [b"hi"]),
    "a status that is no text": (200, [("Content-Length", "2")], [b"hi"]),
}
HEADS = {
    "kept": Head("GET", (1, 1), ""),
    "closed": Head("GET", (1, 1), "close"),
    "HEAD": Head("HEAD", (1, 1), ""),
    "old": Head("GET", (1, 0), ""),
    "old and kept": Head("GET", (1, 0), "Keep-Alive"),
}


class Socket:
    def __init__(self):
        self.sent = b""
        self.pieces = 0

    def sendall(self, data):
        self.sent += data
        self.pieces += 1


class Own(Response):
    def __init__(self, head, client, cfg):
        super().__init__(head, client, cfg, lambda: False)


class OwnLast(Response):
    def __init__(self, head, client, cfg):
        super().__init__(head, client, cfg, lambda: True)


class GunicornLast(GunicornResponse):
    def __init__(self, head, client, cfg):
        super().__init__(head, client, cfg)
        self.force_close()


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize(
    ("own", "gunicorn"), [(Own, GunicornResponse), (OwnLast, GunicornLast)], ids=["", "last"]
)
def test_an_answer_has_the_bytes_of_gunicorns(head, answer, own, gunicorn):
    assert sent_by(own, head, answer) == sent_by(gunicorn, head, answer)


def test_a_plain_answer_goes_in_one_piece():
    client = Socket()
    response = Own(HEADS["kept"], client, Config())
    response.start_response(*ANSWERS["usual"][:2])
    response.write(b"hi")
    response.close()
    assert client.pieces == 1


def test_an_answer_that_another_replaces_leaves_nothing():
    client = Socket()
    response = Own(HEADS["kept"], client, Config())
    response.start_response("200 OK", [("X-A", "b"), ("Content-Length", "2")])
    error = (ValueError, ValueError(), None)
    response.start_response("500 Error", [("Content-Length", "3")], error)
    response.write(b"bad")
    assert client.sent.startswith(b"HTTP/1.1 500 Error\r\n")
    assert client.sent.endswith(b"\r\nContent-Length: 3\r\n\r\nbad")
    assert b"X-A" not in client.sent


def test_an_answer_that_has_begun_is_not_replaced():
    response = Own(HEADS["kept"], Socket(), Config())
    response.start_response(*ANSWERS["usual"][:2])
    response.write(b"hi")
    with pytest.raises(ValueError, match="late"):
        response.start_response("500 Error", [], (ValueError, ValueError("late"), None))


def sent_by(kind, head, answer):
    """What goes to the client, or what is raised."""
    status, headers, parts = answer
    client = Socket()
    response = kind(head, client, Config())
    try:
        response.start_response(status, headers)
        for part in parts:
            response.write(part)
        response.close()
    except Exception as error:
        return type(error)
    return re.sub(rb"Date: [^\r]+", b"Date: now", client.sent), response.should_close()
