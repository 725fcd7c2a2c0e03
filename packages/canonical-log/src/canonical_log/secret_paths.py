"""For Flask: a secret in a path, such as the token of /reset/<token>, is masked by its place."""

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask, Request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import BaseConverter, Map, MapAdapter, RequestRedirect, Rule

from .redaction import REDACTED, is_secret

__all__ = ["SecretPaths"]

_VARIABLE = re.compile(r"<(?:[^<>]*:)?(\w+)>")


class SecretPaths:
    """Knows which routes of an app have a variable of a secret name, such as token or key."""

    def __init__(self, app: Flask) -> None:
        """Looks at the routes when the first request comes."""
        self._app = app
        self._has_secrets: bool | None = None
        self._routes = Map()

    def masked(self, environ: dict[str, Any]) -> str | None:
        """The path below the app's root with its secrets masked; None when it has none. Where the
        app itself fails to look it up, all of it is.
        """
        try:
            if self._has_secrets is None:
                self._look()
            return self._masked(environ) if self._has_secrets else None
        except Exception:  # whatever the app's own classes make of it
            return f"/{REDACTED}"

    def _look(self) -> None:
        rules = list(self._app.url_map.iter_rules())
        self._has_secrets = any(is_secret(name) for rule in rules for name in rule.arguments)
        if self._has_secrets:
            self._routes = _without_conversion(self._app.url_map, rules)

    def _masked(self, environ: dict[str, Any]) -> str | None:
        request = Request(environ, populate_request=False, shallow=True)
        adapter = self._app.create_url_adapter(request)
        if adapter is None:
            return None
        adapter.map = self._routes
        try:
            found = _match(adapter)
        except HTTPException:  # it leads nowhere
            return None
        if found is None or not any(map(is_secret, found[1])):
            return None
        return _VARIABLE.sub(lambda match: _shown(match[1], found[1]), found[0].rule)


def _without_conversion(routes: Map, rules: list[Rule]) -> Map:
    """The same routes, whose converters take the text as it is: the app's own may need its context,
    or ask a database.
    """
    converters = {name: _unconverted(kind) for name, kind in routes.converters.items()}
    copies = [rule.empty() for rule in rules]
    return Map(
        copies,
        default_subdomain=routes.default_subdomain,
        strict_slashes=routes.strict_slashes,
        merge_slashes=routes.merge_slashes,
        redirect_defaults=routes.redirect_defaults,
        converters=converters,
        host_matching=routes.host_matching,
    )


def _unconverted(kind: type[BaseConverter]) -> type[BaseConverter]:
    return type(kind.__name__, (kind,), {"to_python": lambda _self, value: value})


def _match(adapter: MapAdapter) -> tuple[Rule, dict[str, Any]] | None:
    """The route and its variables, of the path as it is or as it would be redirected."""
    path = method = None
    for _ in range(3):
        try:
            rule, values = adapter.match(path, method, return_rule=True)
        except RequestRedirect as redirect:
            root = adapter.script_name.rstrip("/")
            path = unquote(urlsplit(redirect.new_url).path).removeprefix(root)
        except MethodNotAllowed as error:
            method = next(iter(error.valid_methods or ()), None)
        else:
            return rule, dict(values)
    return None


def _shown(name: str, values: dict[str, Any]) -> str:
    return REDACTED if is_secret(name) else str(values.get(name))
