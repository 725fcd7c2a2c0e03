"""The server that is tested: whether it is there, and todos for it to list."""

import http.client
import json
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from .errors import LoadError

__all__ = ["require_up", "seed"]

_TIMEOUT_S = 10
_TODOS = "/api/v1/todos"


def require_up(endpoint: str) -> None:
    """Raises LoadError unless an app answers at `endpoint`, a base URL, and says that it is ready
    where it has a route for that.
    """
    try:
        status, body = _ask(_connect(endpoint), "GET", _path(endpoint) + "/api/v1/health/ready")
    except (OSError, http.client.HTTPException) as error:
        raise LoadError(
            f"nothing answers at {endpoint} ({error}). Start it with `make run`, or name another:"
            " ENDPOINT=http://..."
        ) from None
    if status not in (200, 404):  # another app need not have this route
        raise LoadError(
            f"{endpoint}/api/v1/health/ready answers {status}:"
            f" {body[:300].decode(errors='replace')}"
        )


def seed(
    endpoint: str, count: int, on_progress: Callable[[int], None], key: str | None = None
) -> None:
    """Makes `count` todos, with the API's `key` if it needs one. They carry no run's id, so they
    are in no report. Raises LoadError when one is refused.
    """
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    connection = _connect(endpoint)
    for number in range(1, count + 1):
        body = json.dumps({"title": f"Todo {number}", "description": "made before a load test"})
        try:
            status, answer = _ask(connection, "POST", _path(endpoint) + _TODOS, body, headers)
        except (OSError, http.client.HTTPException) as error:
            raise LoadError(
                f"{endpoint} went away after {number - 1} of {count} todos: {error}"
            ) from None
        if status in (401, 403):
            raise LoadError(
                f"{endpoint} takes todos only with a key that may write: set TODO_API_KEY to one"
            )
        if status != 201:
            raise LoadError(
                f"making a todo was answered with {status}: {answer[:300].decode(errors='replace')}"
            )
        on_progress(number)
    connection.close()


def _connect(endpoint: str) -> http.client.HTTPConnection:
    url = urlsplit(endpoint)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise LoadError(f"{endpoint!r} is no URL of a server: write http://HOST:PORT")
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    return kind(url.hostname, url.port, timeout=_TIMEOUT_S)


def _path(endpoint: str) -> str:
    return urlsplit(endpoint).path.rstrip("/")


def _ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, bytes]:
    described = {"Content-Type": "application/json"} if body else {}
    connection.request(method, path, body, {**described, **(headers or {})})
    answer = connection.getresponse()
    return answer.status, answer.read()
