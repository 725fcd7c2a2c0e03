"""gunicorn's answers, the plain ones of which take less."""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from gunicorn.http.wsgi import STATUS_RE, TOKEN_RE  # type: ignore[import-untyped]  # no type hints
from gunicorn.http.wsgi import Response as _Response
from gunicorn.util import http_date, is_hoppish  # type: ignore[import-untyped]  # as above

__all__ = ["Response", "date_now"]

Headers = list[tuple[str, str]]
_WITHOUT_BODY = (204, 304)


class Response(_Response):  # type: ignore[misc]  # as above
    """The same bytes as gunicorn's own.

    Nearly every answer is plain: one look at all of its headers shows that nothing is to be done
    about any, and its head goes out in one piece with its body. All others are gunicorn's.
    """

    status: str | None
    status_code: int | None
    response_length: int | None
    sent: int
    headers_sent: bool
    must_close: bool

    def __init__(self, head: Any, outgoing: Any, cfg: Any, closes: Callable[[], bool]) -> None:
        """`closes` is asked, when the answer begins, whether it is the connection's last."""
        super().__init__(head, outgoing, cfg)
        self.must_close = head.should_close()
        self._closes = closes
        self._lines: str | None = None  # a plain answer's headers

    def start_response(
        self, status: str, headers: Headers, exc_info: Any = None
    ) -> Callable[[bytes], None]:
        """Takes the status and the headers. Raises as gunicorn's does for what can be none."""
        if self.status is None and exc_info is None and self._take_plain(status, headers):
            return self.write
        if self._lines is not None and not self.headers_sent:  # they are replaced
            self._lines = self.response_length = None
        write: Callable[[bytes], None] = super().start_response(status, headers, exc_info)
        return write

    def write(self, arg: bytes) -> None:
        """Sends a part of the body, and the head before the first."""
        is_whole = self._lines is not None and len(arg) == self.response_length
        if is_whole and not self.headers_sent and type(arg) is bytes:
            self._send_plain(arg)
            self.sent = len(arg)
        else:
            super().write(arg)

    def send_headers(self) -> None:
        """Sends the head, once."""
        if self.headers_sent:
            return
        if self._lines is not None:
            self._send_plain(b"")
        else:
            self.must_close = self.must_close or self._closes()
            super().send_headers()

    def should_close(self) -> bool:
        """Whether the connection ends after the answer."""
        return self.must_close or (self._lines is None and bool(super().should_close()))

    def _take_plain(self, status: str, headers: Headers) -> bool:
        """Whether the answer is a plain one; if so, everything is known that `write` asks for."""
        code = _code_of(status)
        if not code or self.req.method == "HEAD" or type(headers) is not list or not headers:
            return False
        names, values = zip(*headers, strict=True)
        length_at = _length_at(names)
        if length_at is None or (length_at < 0) != (code in _WITHOUT_BODY):
            return False
        lines = "\r\n".join(map(": ".join, headers))
        if not _is_plain(lines, len(headers)):
            return False
        if length_at >= 0:
            if not values[length_at].isdecimal():
                return False
            self.response_length = int(values[length_at])
        self._omits_body = length_at < 0
        self._lines = lines
        self.status = status
        self.status_code = code
        return True

    def _send_plain(self, body: bytes) -> None:
        self.must_close = self.must_close or self._closes()
        major, minor = self.req.version
        connection = "close" if self.must_close else "keep-alive"
        head = (
            f"HTTP/{major}.{minor} {self.status}\r\nServer: {self.version}\r\n"
            f"Date: {date_now()}\r\nConnection: {connection}\r\n{self._lines}\r\n\r\n"
        )
        self.sock.sendall(head.encode("latin-1") + body)
        self.headers_sent = True


def date_now() -> str:
    """The time as the header Date has it."""
    return _date_of(int(time.time()))


@lru_cache(maxsize=2)
def _date_of(second: int) -> str:
    return str(http_date(second))


@lru_cache(maxsize=256)
def _code_of(status: str) -> int:
    """The code in a status that may be a plain answer's; else 0."""
    is_status = type(status) is str and STATUS_RE.fullmatch(status) is not None
    return int(status[:3]) if is_status and status >= "200" else 0


@lru_cache(maxsize=256)
def _length_at(names: tuple[str, ...]) -> int | None:
    """Which of the headers is the body's length, -1 if none is; None for headers of which some may
    not go to the client as they are.
    """
    lower = [name.lower() for name in names if type(name) is str and TOKEN_RE.fullmatch(name)]
    lengths = lower.count("content-length")
    if len(lower) < len(names) or lengths > 1 or any(map(is_hoppish, lower)):
        return None
    return lower.index("content-length") if lengths else -1


def _is_plain(lines: str, count: int) -> bool:
    """Whether they are so many lines, of nothing but printable ASCII, without a space to strip."""
    text = lines.replace("\r\n", "")
    return (
        len(lines) - len(text) == 2 * (count - 1)
        and text.isascii()
        and text.isprintable()
        and " \r\n" not in lines
        and ":  " not in lines
        and text[-1] != " "
    )
