"""Who may call the API: keys, of which the server knows only the hashes."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from canonical_log import add_fields

from ..config import ConfigError

__all__ = ["KEY_CHECK", "ApiKey", "new_key", "read_keys", "require_keys"]

KEY_CHECK = "todo_key_check"
"""Among an app's extensions, where it has keys: raises Unauthorized or Forbidden for the environ of
a request that has none that lets it do what it wants.
"""
READ_ONLY = "read-only"
READ_WRITE = "read-write"
_ENTRY = re.compile(rf"([A-Za-z0-9._-]{{1,64}}):({READ_ONLY}|{READ_WRITE}):([0-9a-f]{{64}})")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_REALM = "taskoverflow"


@dataclass(frozen=True)
class ApiKey:
    """What is known of a key: its name, the SHA-256 of it, and whether it may change anything."""

    name: str
    sha256: str
    is_read_only: bool

    def is_valid(self) -> bool:
        """Whether it can stand in `TODO_API_KEYS`."""
        return _ENTRY.fullmatch(self.entry()) is not None

    def entry(self) -> str:
        """As it stands in `TODO_API_KEYS`."""
        return f"{self.name}:{READ_ONLY if self.is_read_only else READ_WRITE}:{self.sha256}"


def new_key(name: str, *, is_read_only: bool) -> tuple[str, ApiKey]:
    """A new key, and what the server has to know of it. 256 random bits need no slow hash."""
    key = f"todo_{secrets.token_urlsafe(32)}"
    return key, ApiKey(name, _sha256(key), is_read_only)


def read_keys(setting: str) -> list[ApiKey]:
    """The keys in the setting: entries apart by commas, or a file with one a line and `#` comments.

    Raises ConfigError for what is neither, without quoting it.
    """
    entries = [entry.strip() for entry in setting.split(",")]
    if not all(map(_ENTRY.fullmatch, entries)):
        entries = _lines(Path(setting))
    found = [_ENTRY.fullmatch(entry) for entry in entries]
    keys = [ApiKey(m[1], m[3], m[2] == READ_ONLY) for m in found if m]
    if not keys or len(keys) < len(found):
        raise ConfigError(
            "TODO_API_KEYS has an entry that is none: write NAME:read-only:SHA256 or "
            "NAME:read-write:SHA256, as `todo keys new` prints it."
        )
    return keys


def require_keys(app: Flask, keys: Sequence[ApiKey], open_paths: Sequence[str]) -> None:
    """Refuses every request without one of these keys, but for the paths that are open and those
    below a path that ends with a slash.
    """
    below = tuple(path for path in open_paths if path.endswith("/") and path != "/")

    def check(environ: Mapping[str, Any]) -> None:
        key = _matching(keys, environ.get("HTTP_AUTHORIZATION", ""))
        add_fields(key_name=key.name)
        if key.is_read_only and environ["REQUEST_METHOD"] not in _SAFE_METHODS:
            raise Forbidden("This key may only read.")

    @app.before_request
    def check_unless_open() -> None:
        if request.path not in open_paths and not request.path.startswith(below):
            check(request.environ)

    app.extensions[KEY_CHECK] = check


def _matching(keys: Sequence[ApiKey], header: str) -> ApiKey:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _unauthorized("Send a key: Authorization: Bearer KEY.", {})
    given = _sha256(token.strip())
    # Every key is compared, so that the time tells nothing.
    matching = [key for key in keys if hmac.compare_digest(key.sha256, given)]
    if not matching:
        raise _unauthorized("This key is not known here.", {"error": "invalid_token"})
    return matching[0]


def _unauthorized(detail: str, parameters: dict[str, str]) -> Unauthorized:
    challenge = WWWAuthenticate("bearer", {"realm": _REALM, **parameters})
    return Unauthorized(detail, www_authenticate=challenge)


def _sha256(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        raise ConfigError(
            "TODO_API_KEYS is neither a list of entries nor a file that can be read: make an entry "
            "with `todo keys new`."
        ) from None
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
