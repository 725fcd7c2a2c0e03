"""Answers that need no thread of the app: problem documents, and copies of the app's own."""

from collections.abc import Callable, Iterable
from typing import Any

import orjson
from gunicorn import SERVER  # type: ignore[import-untyped]  # gunicorn has no type hints
from werkzeug.http import HTTP_STATUS_CODES

from .refused import Refused
from .response import date_now

__all__ = ["CONTINUE", "StaticAnswer", "problem", "render", "static_answer"]

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

Headers = list[tuple[str, str]]
StaticAnswer = tuple[str, Headers, bytes]


def problem(refused: Refused, correlation_id: str) -> StaticAnswer:
    """The RFC 9457 problem document of a refusal, as the app would write it."""
    title = HTTP_STATUS_CODES[refused.status]  # Python's own names change from 3.12 to 3.13
    body = orjson.dumps(
        {
            "type": "about:blank",
            "title": title,
            "status": refused.status.value,
            "detail": refused.detail,
            "correlation_id": correlation_id,
        }
    )
    headers = [("Content-Type", "application/problem+json"), *refused.headers.items()]
    return f"{refused.status.value} {title}", headers, body


def render(
    answer: StaticAnswer, correlation_id: str, *, closes: bool, without_body: bool = False
) -> bytes:
    """The bytes of an answer. Those to HEAD go `without_body`."""
    status, headers, body = answer
    lines = [
        f"HTTP/1.1 {status}\r\nServer: {SERVER}\r\nDate: {date_now()}\r\n",
        "Connection: close\r\n" if closes else "Connection: keep-alive\r\n",
        *(f"{name}: {value}\r\n" for name, value in headers),
        f"Content-Length: {len(body)}\r\nX-Correlation-ID: {correlation_id}\r\n\r\n",
    ]
    head = "".join(lines).encode("latin-1")
    return head if without_body else head + body


def static_answer(wsgi: Callable[..., Iterable[bytes]], environ: dict[str, Any]) -> StaticAnswer:
    """What the app answers to a request, without the headers that each answer has its own of."""
    started: list[tuple[str, Headers]] = []

    def start_response(status: str, headers: Headers, _exc_info: Any = None) -> None:
        started[:] = [(status, headers)]

    body = wsgi(environ, start_response)
    try:
        content = b"".join(body)
    finally:
        if hasattr(body, "close"):
            body.close()
    [(status, headers)] = started
    return status, [item for item in headers if item[0].lower() not in _OWN], content


_OWN = ("content-length", "x-correlation-id")
