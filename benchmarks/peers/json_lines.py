"""A line of JSON for each request, by python-json-logger: what the others are run with."""

import logging
import sys
import time
import uuid
from typing import Any

from pythonjsonlogger.orjson import OrjsonFormatter  # type: ignore[import-not-found]  # in var/

__all__ = ["AsgiLog", "WsgiLog"]

_logger = logging.getLogger("request")
_handler = logging.StreamHandler(sys.stdout)
_handler.setFormatter(OrjsonFormatter("{asctime}{levelname}{message}", style="{"))
_logger.addHandler(_handler)
_logger.setLevel(logging.INFO)
_logger.propagate = False


def _write(correlation_id: str, method: str, path: str, status: int, started_s: float) -> None:
    fields = {
        "correlation_id": correlation_id,
        "http_method": method,
        "http_path": path,
        "http_status": status,
        "duration_ms": round((time.perf_counter() - started_s) * 1000, 2),
    }
    _logger.info("request_finished", extra=fields)


class AsgiLog:
    """Around an ASGI app."""

    def __init__(self, app: Any) -> None:
        """Takes the app."""
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers, and writes the line."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_s, status = time.perf_counter(), 500
        given = dict(scope["headers"]).get(b"x-correlation-id")
        correlation_id = given.decode() if given else uuid.uuid4().hex

        async def tagged(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-correlation-id", correlation_id.encode()))
            await send(message)

        try:
            await self._app(scope, receive, tagged)
        finally:
            _write(correlation_id, scope["method"], scope["path"], status, started_s)


class WsgiLog:
    """Around a WSGI app."""

    def __init__(self, app: Any) -> None:
        """Takes the app."""
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answers, and writes the line."""
        started_s, status = time.perf_counter(), "500"
        correlation_id = environ.get("HTTP_X_CORRELATION_ID") or uuid.uuid4().hex

        def start(line: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            nonlocal status
            status = line
            return start_response(line, [*headers, ("X-Correlation-ID", correlation_id)], *exc_info)

        try:
            return self._app(environ, start)
        finally:
            path = environ["PATH_INFO"]
            _write(correlation_id, environ["REQUEST_METHOD"], path, int(status[:3]), started_s)
