"""A request's head: its line and its fields, as the WSGI environ has them."""

import re
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

# What nearly every head looks like. It takes a fourth of the time that gunicorn's parser takes over
# such a head, and whatever does not match is that parser's to judge. Nothing in it is tried twice
# (`+` behind a bound), so that no head takes long to fail.
_PLAIN = re.compile(
    rb"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (/[!\"$-~]{0,2000}+) HTTP/1\.1\r\n"
    rb"((?:[A-Za-z0-9-]{1,64}+:[ -~]{0,2000}+\r\n){0,64}+)\r\n"
)
_FIELD = re.compile(r"([^:]+):([^\r]*)\r\n")

# Those that have no list, so that a second one makes the request ambiguous (RFC 9110, section 5.3).
_SINGLE = frozenset({"HTTP_HOST", "CONTENT_TYPE", "CONTENT_LENGTH"})
_KEYS = {"CONTENT-TYPE": "CONTENT_TYPE", "CONTENT-LENGTH": "CONTENT_LENGTH"}
_MAX_KNOWN_KEYS = 1000
_known_keys: dict[str, str] = {}


class Head:
    """A head that is well-formed. gunicorn's Response takes it for a request."""

    __slots__ = ("_closes", "fields", "method", "target", "version")

    def __init__(
        self, method: str, target: str, version: tuple[int, int], fields: list[tuple[str, str]]
    ) -> None:
        """`fields` are in the order in which they came; their names are spelt in any way."""
        self.method = method
        self.target = target
        self.version = version
        self.fields = fields
        self._closes: bool | None = None

    def should_close(self) -> bool:
        """Whether the client wants the connection closed after the answer."""
        if self._closes is None:
            options = ",".join(value for name, value in self.fields if name.upper() == "CONNECTION")
            asked = {option.strip().lower() for option in options.split(",")}
            is_old = self.version < (1, 1)
            self._closes = "close" in asked or (is_old and "keep-alive" not in asked)
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
    raw: bytes, peer: Peer, server: tuple[str, str], base: dict[str, Any], cfg: Any
) -> tuple[Head, dict[str, Any]]:
    """A head that ends with an empty line, and its WSGI environ on top of `base`.

    Only the request's line and its fields decide what is in it: no field changes SCRIPT_NAME, the
    scheme or the client's address, which is up to the app's own middleware.

    Raises Refused where the head is malformed.
    """
    plain = _PLAIN.fullmatch(raw)
    if plain is None:
        head = _parse(raw, cfg)
        return head, _environ_of(head, peer, server, base)
    method, target, fields = (part.decode("ascii") for part in plain.groups())
    found = [(name, value.strip(" ")) for name, value in _FIELD.findall(fields)]
    head = Head(method, target, (1, 1), found)
    environ = _environ_of(head, peer, server, base)
    if "HTTP_TRANSFER_ENCODING" in environ or "HTTP_EXPECT" in environ:
        _parse(raw, cfg)  # knows what may be in them, and beside them
    return head, environ


def _parse(raw: bytes, cfg: Any) -> Head:
    try:
        message = Message(cfg, IterUnreader([raw]), "")
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
    return Head(message.method, target, message.version, message.headers)


def _environ_of(
    head: Head, peer: Peer, server: tuple[str, str], base: dict[str, Any]
) -> dict[str, Any]:
    path, _, query = head.target.partition("?")
    environ = {
        **base,
        "REQUEST_METHOD": head.method,
        "PATH_INFO": unquote_to_wsgi_str(path) if "%" in path else path,
        "QUERY_STRING": query,
        "RAW_URI": head.target,
        "SERVER_PROTOCOL": "HTTP/1.1" if head.version >= (1, 1) else "HTTP/1.0",
        "SERVER_NAME": server[0],
        "SERVER_PORT": server[1],
        "REMOTE_ADDR": "",
    }
    if isinstance(peer, tuple):
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = peer[0], str(peer[1])
    for name, value in head.fields:
        key = _known_keys.get(name) or _key_of(name)
        if key not in environ:
            environ[key] = value
        elif key in _SINGLE:
            raise Refused(400, "A field that may come once came twice.")
        else:
            environ[key] = f"{environ[key]},{value}"
    if not environ.get("CONTENT_LENGTH", "0").isdecimal():
        raise Refused(400, "The request's Content-Length is malformed.")
    environ.pop("HTTP_PROXY", None)  # it would be the proxy of whoever reads it as a variable
    if not path.startswith("/"):
        _apply_absolute_form(head, environ)
    return environ


def _key_of(name: str) -> str:
    upper = name.upper()
    key = _KEYS.get(upper) or "HTTP_" + upper.replace("-", "_")
    if len(_known_keys) < _MAX_KNOWN_KEYS:
        _known_keys[name] = key
    return key


def _apply_absolute_form(head: Head, environ: dict[str, Any]) -> None:
    """A URL in the request's line has the host, whatever the Host field says (RFC 9112, 3.2.2)."""
    url = urlsplit(head.target)
    environ["PATH_INFO"] = unquote_to_wsgi_str(url.path)
    environ["QUERY_STRING"] = url.query
    if url.netloc:
        environ["HTTP_HOST"] = url.netloc
