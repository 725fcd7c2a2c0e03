"""The stream of requests for the page Live: server-sent events."""

import queue
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack

import orjson
from flask import Blueprint, Response, abort, request

from .live import Filter, Live, TooManyListeners, chosen

__all__ = ["blueprint_of"]

_RATES_EVERY_S = 2.0
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def blueprint_of(live: Live) -> Blueprint:
    """GET /api/live: `requests` as they end, and `rates` every two seconds, with what is to be said
    besides.
    """
    blueprint = Blueprint("stream", __name__)

    @blueprint.get("/api/live")
    def follow() -> Response:
        wanted = _filter()
        stack = ExitStack()
        try:
            messages = stack.enter_context(live.listening())
        except TooManyListeners:
            abort(503, "Too many pages follow the requests: close some.")
        response = Response(_events(live, messages, wanted), mimetype="text/event-stream")
        response.call_on_close(stack.close)
        return response

    return blueprint


def _filter() -> Filter:
    given = request.args.get("least_ms") or "0"
    if not _NUMBER.fullmatch(given):
        abort(400, "least_ms must be a number of milliseconds.")
    return Filter(request.args.get("text", ""), request.args.get("status", ""), float(given))


def _events(
    live: Live, messages: "queue.Queue[list[dict[str, object]]]", wanted: Filter
) -> Iterator[bytes]:
    rates_at = 0.0
    while True:
        if time.monotonic() >= rates_at:
            rates_at = time.monotonic() + _RATES_EVERY_S
            yield _event("rates", {"routes": live.rates(), "notice": live.notice})
        try:
            requests = messages.get(timeout=max(rates_at - time.monotonic(), 0))
        except queue.Empty:
            continue
        message = chosen(requests, wanted)
        if message["requests"]:
            yield _event("requests", message)


def _event(name: str, data: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(data))
