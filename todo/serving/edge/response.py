"""gunicorn's answers, without what it works out anew for each header and each second's date."""

import time
from collections.abc import Iterable
from functools import lru_cache

from gunicorn.http.wsgi import TOKEN_RE  # type: ignore[import-untyped]  # it has no type hints
from gunicorn.http.wsgi import Response as _Response
from gunicorn.util import http_date, is_hoppish  # type: ignore[import-untyped]  # as above

__all__ = ["Response", "date_now"]


class Response(_Response):  # type: ignore[misc]  # as above
    """The same bytes as gunicorn's own."""

    def process_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        """Takes the headers. Raises as gunicorn's does for what can be none."""
        for name, value in headers:
            if _is_plain(name) and type(value) is str and value.isascii() and value.isprintable():
                self.headers.append((name, value.strip(" ")))
            else:
                super().process_headers([(name, value)])

    def is_chunked(self) -> bool:
        """Whether the body goes in chunks. gunicorn's looks first for what its settings lack."""
        return self.response_length is None and bool(super().is_chunked())

    def default_headers(self) -> list[str]:
        """The first lines of the head."""
        if self.upgrade or self.chunked:
            lines: list[str] = super().default_headers()
            return lines
        major, minor = self.req.version
        connection = "close" if self.should_close() else "keep-alive"
        return [
            f"HTTP/{major}.{minor} {self.status}\r\nServer: {self.version}\r\n"
            f"Date: {date_now()}\r\nConnection: {connection}\r\n"
        ]


def date_now() -> str:
    """The time as the header Date has it."""
    return _date_of(int(time.time()))


@lru_cache(maxsize=2)
def _date_of(second: int) -> str:
    return str(http_date(second))


@lru_cache(maxsize=256)
def _is_plain(name: str) -> bool:
    """Whether a header of this name goes to the client as it is."""
    is_name = isinstance(name, str) and TOKEN_RE.fullmatch(name) is not None
    return is_name and name.lower() != "content-length" and not is_hoppish(name)
