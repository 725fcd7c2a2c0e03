"""One request as it comes over a connection: its head, then its body."""

import io
import re
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .chunks import ChunkedBody
from .heads import Head
from .refused import Refused

if TYPE_CHECKING:
    from .connection import Connection

__all__ = ["Request"]

# A body that is too large is read over up to this size, so that its connection can be used again.
MAX_SKIPPED_BYTES = 1024 * 1024

# RFC 9110, section 7.2: a host and perhaps a port, here without user information.
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]{0,5})?")


@lru_cache(maxsize=64)
def _is_host(host: str) -> bool:
    return _HOST.fullmatch(host) is not None


class Request:
    """A request whose head is there. `environ` is complete when `take_body` says so."""

    __slots__ = (
        "_body",
        "_chunked",
        "_length",
        "_max_bytes",
        "_skipped",
        "began_s",
        "complete_s",
        "connection",
        "environ",
        "head",
    )

    def __init__(
        self, connection: "Connection", head: Head, environ: dict[str, Any], max_bytes: int
    ) -> None:
        """`environ` is complete but for the body, of which at most `max_bytes` are taken."""
        self.connection = connection
        self.head = head
        self.environ = environ
        self.began_s = connection.began_s
        self.complete_s = 0.0
        self._max_bytes = max_bytes
        self._body = b""
        self._skipped = 0
        self._chunked = ChunkedBody(max_bytes) if "HTTP_TRANSFER_ENCODING" in environ else None
        self._length = int(environ.get("CONTENT_LENGTH", 0))

    @property
    def awaits_continue(self) -> bool:
        """Whether the client sends the body only after a 100."""
        expected: str | None = self.environ.get("HTTP_EXPECT")
        if expected is None or self.head.version < (1, 1):
            return False
        return expected.lower() == "100-continue"

    @property
    def is_last(self) -> bool:
        """Whether the client wants the connection closed after the answer."""
        return self.head.should_close()

    @property
    def is_head(self) -> bool:
        """Whether its answer has no body."""
        return self.head.method == "HEAD"

    def check(self) -> None:
        """Raises Refused for what is well-formed and not taken."""
        environ = self.environ
        host = environ.get("HTTP_HOST")
        if self.head.method == "CONNECT":
            raise Refused(501, "This server opens no tunnels.")
        if host is None:
            if self.head.version >= (1, 1):
                raise Refused(400, "The request has no Host.")
        elif not _is_host(host):
            raise Refused(400, "The request's Host is malformed.")
        if self._chunked and environ["HTTP_TRANSFER_ENCODING"].lower() != "chunked":
            raise Refused(501, "The only Transfer-Encoding that is taken is chunked.")
        encoding = environ.get("HTTP_CONTENT_ENCODING")
        if encoding is not None and encoding.lower() != "identity":
            raise Refused(
                415, "The body must not be encoded.", headers={"Accept-Encoding": "identity"}
            )
        if self._length > self._max_bytes and (
            self.awaits_continue or self._length > MAX_SKIPPED_BYTES
        ):
            raise self._too_large(closes=True)

    def take_body(self, received: bytearray) -> bool:
        """Takes what belongs to the body from `received`; True once the request is complete.

        Raises Refused where it is malformed, and for a body that was too large once it is over.
        """
        is_complete = self._take_chunks(received) if self._chunked else self._take_length(received)
        if not is_complete:
            return False
        self.complete_s = time.monotonic()
        self.environ["wsgi.input"] = io.BytesIO(self._body)
        return True

    def _take_length(self, received: bytearray) -> bool:
        if self._length > self._max_bytes:
            skipped = min(self._length - self._skipped, len(received))
            self._skipped += skipped
            del received[:skipped]
            if self._skipped == self._length:
                raise self._too_large(closes=False)
            return False
        if len(received) < self._length:
            return False
        if self._length:
            self._body = bytes(received[: self._length])
            del received[: self._length]
        return True

    def _take_chunks(self, received: bytearray) -> bool:
        body = self._chunked
        assert body is not None  # noqa: S101  # for the type checker
        is_complete = body.take(received)
        if body.size > MAX_SKIPPED_BYTES or (is_complete and body.size > self._max_bytes):
            raise self._too_large(closes=not is_complete)
        if is_complete:
            # The app gets a body of known length, as if it had come in one piece.
            self._body = bytes(body.data)
            self.environ["CONTENT_LENGTH"] = str(len(self._body))
            del self.environ["HTTP_TRANSFER_ENCODING"]
        return is_complete

    def _too_large(self, *, closes: bool) -> Refused:
        return Refused(413, f"The body is larger than {self._max_bytes} bytes.", closes=closes)
