"""For Flask: a secret in a path, such as the token of /reset/<token>, is masked by its place."""

import re
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from flask import Flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import MapAdapter, RequestRedirect, Rule

from .redaction import REDACTED, is_secret

__all__ = ["SecretPaths"]

_VARIABLE = re.compile(r"<(?:[^<>]*:)?(\w+)>")


class SecretPaths:
    """Knows which routes of an app have a variable of a secret name, such as token or key."""

    def __init__(self, app: Flask) -> None:
        """Looks at the routes when the first request comes."""
        self._app = app
        self._has_secrets: bool | None = None

    def masked(self, environ: dict[str, Any]) -> str | None:
        """The path below the app's root with its secrets masked; None when it has none."""
        if self._has_secrets is None:
            rules = self._app.url_map.iter_rules()
            self._has_secrets = any(is_secret(name) for rule in rules for name in rule.arguments)
        if not self._has_secrets:
            return None
        request = self._app.request_class(environ, populate_request=False, shallow=True)
        try:
            adapter = self._app.create_url_adapter(request)
            found = _match(adapter) if adapter else None
        except HTTPException:  # it leads nowhere
            return None
        if found is None or not any(map(is_secret, found[1])):
            return None
        return _VARIABLE.sub(lambda match: _shown(match[1], found[1]), found[0].rule)


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
    value = values.get(name)
    if is_secret(name):
        return REDACTED
    return str(value) if isinstance(value, str | int | float | UUID) else f"<{name}>"
