"""What a WSGI environ says of a request, bounded."""

from typing import Any

__all__ = ["MAX_CHARACTERS", "method_of", "path_of", "text_of_path"]

MAX_CHARACTERS = 1000


def method_of(environ: dict[str, Any]) -> str:
    """The method, at most 20 characters of it."""
    method: str = environ["REQUEST_METHOD"]
    return method[:20]


def path_of(environ: dict[str, Any]) -> str:
    """The whole path as text, at most 1,000 characters of it."""
    path: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return text_of_path(path)[:MAX_CHARACTERS]


def text_of_path(path: str) -> str:
    """The path as text. WSGI hands over the bytes of UTF-8 as if they were Latin-1."""
    if path.isascii():
        return path
    return path.encode("latin-1", "replace").decode("utf-8", "replace")
