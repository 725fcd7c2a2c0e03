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
}
HEADS = {
    "kept": Head("GET", "/", (1, 1), []),
    "closed": Head("GET", "/", (1, 1), [("Connection", "close")]),
    "HEAD": Head("HEAD", "/", (1, 1), []),
    "old": Head("GET", "/", (1, 0), []),
    "old and kept": Head("GET", "/", (1, 0), [("connection", "Keep-Alive")]),
}


class Socket:
    def __init__(self):
        self.sent = b""

    def sendall(self, data):
        self.sent += data


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_has_the_bytes_of_gunicorns(head, answer):
    assert sent_by(Response, head, answer) == sent_by(GunicornResponse, head, answer)


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
