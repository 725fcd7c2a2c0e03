"""A request's head: its line and its fields, as the WSGI environ has them."""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from gunicorn.http import errors  # type: ignore[import-untyped]  # gunicorn has no type hints
from gunicorn.http.message import Request as Message  # type: ignore[import-untyped]  # as above
from gunicorn.http.unreader import IterUnreader  # type: ignore[import-untyped]  # as above
from gunicorn.util import unquote_to_wsgi_str  # type: ignore[import-untyped]  # as above

from .refused import Refused

__all__ = ["MAX_HEAD_BYTES", "Head", "Peer", "head_end", "read_head"]

# An Application Load Balancer lets 64 KiB pass, of which a request to an API uses a few hundred
# bytes.
MAX_HEAD_BYTES = 32 * 1024

Peer = tuple[Any, ...] | str  # as socket.accept returns it; a string for a Unix socket
# Method, target, version, and the fields by their names in the environ, in their order.
_Parts = tuple[str, str, tuple[int, int], list[tuple[str, str]]]

# What nearly every head looks like, line by line. It takes a fraction of the time that gunicorn's
# parser takes over such a head, and whatever does not match is that parser's to judge. Nothing in
# it is tried twice (`+` behind a bound), so that no head takes long to fail.
_LINE = re.compile(r"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (/[!\"$-~]{0,2000}+) HTTP/1\.1")
_FIELD = re.compile(r"([A-Za-z0-9-]{1,64}+):([ -~]{0,2000}+)")
_MOST_FIELDS = 64

# Those that have no list, so that a second one makes the request ambiguous (RFC 9110, section 5.3).
_SINGLE = frozenset({"HTTP_HOST", "CONTENT_TYPE", "CONTENT_LENGTH"})
_KEYS = {"CONTENT-TYPE": "CONTENT_TYPE", "CONTENT-LENGTH": "CONTENT_LENGTH"}


class Head:
    """A head that is well-formed. gunicorn's Response takes it for a request."""

    __slots__ = ("_closes", "method", "version")

    def __init__(self, method: str, version: tuple[int, int], options: str) -> None:
        """`options` are those in its fields Connection."""
        self.method = method
        self.version = version
        self._closes = version < (1, 1)
        if options:
            asked = {option.strip().lower() for option in options.split(",")}
            self._closes = "close" in asked or (self._closes and "keep-alive" not in asked)

    def should_close(self) -> bool:
        """Whether the client wants the connection closed after the answer."""
        return self._closes


def head_end(received: bytearray) -> int:
    """Where the head at the beginning of `received` ends, -1 when it is not all there yet.

    Raises Refused when no head can come of it.
    """
    if received[:2] == b"\r\n":  # RFC 9112, section 2.2: one empty line before it is passed over
        del received[:2]
    end = received.find(b"\r\n\r\n", 0, MAX_HEAD_BYTES)
    if end >= 0:
        return end + 4
    if len(received) >= MAX_HEAD_BYTES:
        if b"\r\n" in received:
            raise Refused(431, f"The request's head is larger than {MAX_HEAD_BYTES} bytes.")
        raise Refused(414, "The request's line is too long.")
    if received.count(b"\n") != received.count(b"\r\n"):
        raise Refused(400, "A line of the request's head ends without CR.")
    return -1


def read_head(
    raw: bytes | bytearray, peer: Peer, server: tuple[str, str], base: dict[str, Any], cfg: Any
) -> tuple[Head, dict[str, Any]]:
    """A head that ends with an empty line, and its WSGI environ on top of `base`.

    Only the request's line and its fields decide what is in it: no field changes SCRIPT_NAME, the
    scheme or the client's address, which is up to the app's own middleware.

    Raises Refused where the head is malformed.
    """
    method, target, version, fields = _plain(raw) or _parse(raw, cfg)
    path, _, query = target.partition("?")
    environ = {
        **base,
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote_to_wsgi_str(path) if "%" in path else path,
        "QUERY_STRING": query,
        "RAW_URI": target,
        "SERVER_PROTOCOL": "HTTP/1.1" if version >= (1, 1) else "HTTP/1.0",
        "SERVER_NAME": server[0],
        "SERVER_PORT": server[1],
        "REMOTE_ADDR": "",
    }
    if isinstance(peer, tuple):
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = peer[0], str(peer[1])
    _add_fields(environ, fields)
    if "HTTP_TRANSFER_ENCODING" in environ or "HTTP_EXPECT" in environ:
        _parse(raw, cfg)  # knows what may be in them, and beside them
    if path[:1] != "/":
        _apply_absolute_form(target, environ)
    return Head(method, version, environ.get("HTTP_CONNECTION", "")), environ


def _plain(raw: bytes | bytearray) -> _Parts | None:
    """The parts of a head that has nothing special about it."""
    line, *lines = raw[:-4].decode("latin-1").split("\r\n")
    asked = _LINE.fullmatch(line)
    if asked is None or len(lines) > _MOST_FIELDS:
        return None
    try:
        return asked[1], asked[2], (1, 1), list(map(_field, lines))
    except ValueError:
        return None


# A client sends the same lines with each of its requests, but for very few. What one means depends
# on nothing else.
@lru_cache(maxsize=512)
def _field(line: str) -> tuple[str, str]:
    """The name in the environ, and the value. Raises ValueError unless the line is a plain one."""
    found = _FIELD.fullmatch(line)
    if found is None:
        raise ValueError
    return _key_of(found[1]), found[2].strip(" ")


def _parse(raw: bytes | bytearray, cfg: Any) -> _Parts:
    try:
        message = Message(cfg, IterUnreader([bytes(raw)]), "")
    except errors.LimitRequestLine:
        raise Refused(414, "The request's line is too long.") from None
    except errors.LimitRequestHeaders:
        raise Refused(431, "The request has too many header fields, or too long ones.") from None
    except errors.UnsupportedTransferCoding:
        raise Refused(501, "The only Transfer-Encoding that is taken is chunked.") from None
    except errors.ExpectationFailed:
        raise Refused(417, "The only Expect that is met is 100-continue.") from None
    except errors.InvalidHTTPVersion as error:
        if isinstance(error.version, tuple):
            raise Refused(505, "HTTP/1.1 and HTTP/1.0 are spoken here.") from None
        raise Refused(400, "The request's line is malformed.") from None
    except (errors.InvalidRequestLine, errors.InvalidRequestMethod):
        raise Refused(400, "The request's line is malformed.") from None
    except (errors.ParseException, errors.NoMoreData, StopIteration):
        raise Refused(400, "The request's head is malformed.") from None
    target = message.uri.partition("#")[0]
    fields = [(_key_of(name), value) for name, value in message.headers]
    return message.method, target, message.version, fields


def _add_fields(environ: dict[str, Any], fields: list[tuple[str, str]]) -> None:
    others = len(environ)
    environ.update(fields)
    if len(environ) < others + len(fields):  # one of them came twice
        environ.update(_joined(fields))
    if not environ.get("CONTENT_LENGTH", "0").isdecimal():
        raise Refused(400, "The request's Content-Length is malformed.")
    environ.pop("HTTP_PROXY", None)  # it would be the proxy of whoever reads it as a variable


def _joined(fields: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for key, value in fields:
        if key not in joined:
            joined[key] = value
        elif key in _SINGLE:
            raise Refused(400, "A field that may come once came twice.")
        else:
            joined[key] = f"{joined[key]},{value}"
    return joined


@lru_cache(maxsize=512)
def _key_of(name: str) -> str:
    upper = name.upper()
    return _KEYS.get(upper) or "HTTP_" + upper.replace("-", "_")


def _apply_absolute_form(target: str, environ: dict[str, Any]) -> None:
    """A URL in the request's line has the host, whatever the Host field says (RFC 9112, 3.2.2)."""
    url = urlsplit(target)
    environ["PATH_INFO"] = unquote_to_wsgi_str(url.path)
    environ["QUERY_STRING"] = url.query
    if url.netloc:
        environ["HTTP_HOST"] = url.netloc
