"""URLs of other services, without what must not be logged."""

import re
from urllib.parse import urlsplit

from canonical_log.environ import MAX_CHARACTERS
from canonical_log.redaction import REDACTED, is_secret

__all__ = ["host_of", "safe_url"]

_KEY = re.compile(r"(?=[^\W_]*\d)(?=[^\W_]*[^\W\d_])[^\W_]{16,}")
"""Letters and digits, mixed, more of them in a row than a word or a part of a UUID has."""


def safe_url(url: str) -> str:
    """The URL without user, password, query string and fragment, and without the parts of its path
    that are secrets by what stands before them, as in /token/abc, or that look like a key.
    """
    parts = _split(url)
    if parts is None:
        return "?"
    scheme, host, path = parts
    segments = path.split("/")
    shown = [
        REDACTED if segment and (is_secret(before) or _KEY.search(segment)) else segment
        for before, segment in zip(["", *segments], segments, strict=False)
    ]
    return f"{scheme}://{host}{'/'.join(shown)}"[:MAX_CHARACTERS]


def host_of(url: str) -> str:
    """The host, with its port where the URL has one."""
    parts = _split(url)
    return parts[1][:MAX_CHARACTERS] if parts else "?"


def _split(url: str) -> tuple[str, str, str] | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    path = parts.path.partition(";")[0]
    return parts.scheme, parts.netloc.rpartition("@")[2], path
