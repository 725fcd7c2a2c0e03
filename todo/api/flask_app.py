"""Flask without what this API has no use for, by the ways that it has for that: a request takes
fewer instructions.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, cast

from flask import (
    Flask,
    Request,
    Response,
    appcontext_tearing_down,
    request,
    request_finished,
    request_tearing_down,
)
from flask.sessions import NullSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, MapAdapter, Rule

__all__ = ["LONGEST_REMEMBERED", "App"]

LONGEST_REMEMBERED = 200
"""Characters of a path or a query. Who sends a longer one may want the memory full."""

_APP_ALONE = {None}
_UNKNOWN: Any = object()


class _NoSessions(SecureCookieSessionInterface):
    """One session for all requests, which can be read and not written."""

    _session = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return self._session

    def is_null_session(self, obj: object) -> bool:
        return True


_BLUEPRINTS: dict[str, list[str]] = {}  # by endpoint


class _Request(Request):
    """Knows the blueprints of an endpoint, and has nothing to close when no form was read."""

    @property
    def blueprints(self) -> list[str]:
        if self.url_rule is None:
            return []
        endpoint: str = self.url_rule.endpoint
        if endpoint not in _BLUEPRINTS:
            _BLUEPRINTS[endpoint] = super().blueprints
        return _BLUEPRINTS[endpoint]

    def close(self) -> None:
        if "files" in vars(self):
            super().close()


class _Adapter(MapAdapter):
    """Knows where the paths lead that were asked for before."""

    def match(self, *arguments: Any, **options: Any) -> Any:
        """As Werkzeug's."""
        is_usual = not arguments and options == {"return_rule": True}
        if not is_usual or len(self.path_info) > LONGEST_REMEMBERED:
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

    request_class = _Request
    session_interface = _NoSessions()

    answer_first: Callable[..., Iterable[bytes] | None] | None = None
    """A WSGI app that is asked before Flask, and returns None for what it leaves to Flask."""

    def wsgi_app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """The body of the answer."""
        answer = self.answer_first(environ, start_response) if self.answer_first else None
        return super().wsgi_app(environ, start_response) if answer is None else answer

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is, without a look whether it is a coroutine's."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """What finds the route. The request's host has no part in it, and is not looked at."""
        if request is None:
            return super().create_url_adapter(None) if self.config["SERVER_NAME"] else None
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

    # Flask looks each time for what the request's blueprint has to add, and calls each signal. So
    # do these, where any blueprint has something or anybody waits for the signal.

    def preprocess_request(self) -> ResponseReturnValue | None:
        """Flask's, straight to the app's own functions where there are no others."""
        if self.url_value_preprocessors or self.before_request_funcs.keys() != _APP_ALONE:
            return super().preprocess_request()
        for function in self.before_request_funcs[None]:
            answer = function()
            if answer is not None:
                return cast(ResponseReturnValue, answer)
        return None

    def dispatch_request(self) -> ResponseReturnValue:
        """Flask's, straight to the view where there is one."""
        asked = request._get_current_object()  # type: ignore[attr-defined]  # documented, not typed
        if asked.routing_exception is not None or asked.method == "OPTIONS":
            return super().dispatch_request()
        view = self.view_functions[asked.url_rule.endpoint]
        return cast(ResponseReturnValue, view(**asked.view_args))

    def make_response(self, rv: Any) -> Response:
        """Flask's, unless there is nothing to make."""
        return rv if isinstance(rv, self.response_class) else super().make_response(rv)

    def finalize_request(self, rv: Any, from_error_handler: bool = False) -> Response:
        """Flask's, without a signal that nobody waits for."""
        if from_error_handler or request_finished.receivers:
            return super().finalize_request(rv, from_error_handler)
        return self.process_response(self.make_response(rv))

    def do_teardown_request(self, exc: BaseException | None = _UNKNOWN) -> None:
        """Flask's, straight to the app's own functions where there are no others."""
        functions = self.teardown_request_funcs
        if exc is _UNKNOWN:
            super().do_teardown_request()
        elif request_tearing_down.receivers or functions.keys() != _APP_ALONE:
            super().do_teardown_request(exc)
        else:
            for function in reversed(functions[None]):
                function(exc)

    def do_teardown_appcontext(self, exc: BaseException | None = _UNKNOWN) -> None:
        """Flask's, without a signal that nobody waits for."""
        if exc is _UNKNOWN:
            super().do_teardown_appcontext()
        elif appcontext_tearing_down.receivers:
            super().do_teardown_appcontext(exc)
        else:
            for function in reversed(self.teardown_appcontext_funcs):
                function(exc)
