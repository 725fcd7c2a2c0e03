"""A request's head: parsed by gunicorn's own parser, and held to what this server takes."""

from typing import Any
from urllib.parse import urlsplit

from gunicorn.http import errors  # type: ignore[import-untyped]  # gunicorn has no type hints
from gunicorn.http.message import Request as Message  # type: ignore[import-untyped]  # as above
from gunicorn.http.unreader import IterUnreader  # type: ignore[import-untyped]  # as above
from gunicorn.util import unquote_to_wsgi_str  # type: ignore[import-untyped]  # as above

from .refused import Refused

__all__ = ["MAX_HEAD_BYTES", "Peer", "environ_of", "head_end", "parse_head"]

# An Application Load Balancer lets 64 KiB pass, of which a request to an API uses a few hundred
# bytes.
MAX_HEAD_BYTES = 32 * 1024

Peer = tuple[Any, ...] | str  # as socket.accept returns it; a string for a Unix socket

_MALFORMED = (
    errors.ParseException,
    errors.NoMoreData,
    StopIteration,
)


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


def parse_head(head: bytes, peer: Peer, cfg: Any) -> Any:
    """gunicorn's message for a head that ends with an empty line. Raises Refused."""
    try:
        message = Message(cfg, IterUnreader([head]), peer)
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
    except _MALFORMED:
        raise Refused(400, "The request's head is malformed.") from None
    return message


def environ_of(message: Any, peer: Peer, server: tuple[str, str], base: dict[str, Any]) -> Any:
    """The WSGI environ of a request without its body, on top of `base`.

    Only the request's line and its fields decide what is in it: no field changes SCRIPT_NAME, the
    scheme or the client's address, which is up to the app's own middleware.
    """
    environ = {
        **base,
        "REQUEST_METHOD": message.method,
        "PATH_INFO": unquote_to_wsgi_str(message.path),
        "QUERY_STRING": message.query,
        "RAW_URI": message.uri,
        "SERVER_PROTOCOL": "HTTP/1.1" if message.version >= (1, 1) else "HTTP/1.0",
        "SERVER_NAME": server[0],
        "SERVER_PORT": server[1],
    }
    if isinstance(peer, tuple):
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = peer[0], str(peer[1])
    else:
        environ["REMOTE_ADDR"] = ""
    for name, value in message.headers:
        key = _KEYS.get(name) or "HTTP_" + name.replace("-", "_")
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    environ.pop("HTTP_PROXY", None)  # it would be the proxy of whoever reads it as a variable
    if "://" in message.uri and not message.uri.startswith("/"):
        environ["HTTP_HOST"] = urlsplit(message.uri).netloc  # RFC 9112, section 3.2.2
    return environ


_KEYS = {
    "CONTENT-TYPE": "CONTENT_TYPE",
    "CONTENT-LENGTH": "CONTENT_LENGTH",
}
