"""The chunked transfer coding, read as it comes."""

import re

from .refused import Refused

__all__ = ["ChunkedBody"]

MAX_LINE_BYTES = 256
MAX_TRAILER_BYTES = 4096
_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
# RFC 9112, section 7.1: a size in hex, and extensions, which nobody here has a use for.
_SIZE = re.compile(
    rb"([0-9A-Fa-f]{1,8})(?:[ \t]*;[ \t]*%s(?:[ \t]*=[ \t]*(?:%s|%s))?)*"
    % (_TOKEN, _TOKEN, _QUOTED)
)
_TRAILER = re.compile(rb"%s:[\t\x20-\x7e\x80-\xff]*" % _TOKEN)


class ChunkedBody:
    """A body whose length comes with its parts. `data` is what there is of it.

    What goes beyond `max_bytes` is read over and not kept; `size` counts it.
    """

    def __init__(self, max_bytes: int) -> None:
        """Nothing is read yet."""
        self.data = bytearray()
        self.size = 0
        self._max_bytes = max_bytes
        self._left = 0  # of the current chunk, with the CRLF at its end
        self._in_trailers = False
        self._trailer_bytes = 0

    def take(self, received: bytearray) -> bool:
        """Takes what belongs to the body from `received`; True once it is complete.

        Raises Refused with 400 where it breaks RFC 9112.
        """
        while True:
            if self._left:
                if not self._take_data(received):
                    return False
                continue
            line = _take_line(received, MAX_TRAILER_BYTES if self._in_trailers else MAX_LINE_BYTES)
            if line is None:
                return False
            if not self._in_trailers:
                self._begin_chunk(line)
            elif not line:
                return True
            else:
                self._check_trailer(line)

    def _begin_chunk(self, line: bytes) -> None:
        size = _SIZE.fullmatch(line)
        if not size:
            raise Refused(400, "A chunk of the body does not begin with its size.")
        chunk_bytes = int(size[1], 16)
        self._in_trailers = chunk_bytes == 0
        self._left = chunk_bytes + 2 if chunk_bytes else 0
        self.size += chunk_bytes

    def _take_data(self, received: bytearray) -> bool:
        data_bytes = min(self._left - 2, len(received))
        if data_bytes > 0:
            room = max(0, self._max_bytes - len(self.data))
            self.data += received[: min(data_bytes, room)]
            del received[:data_bytes]
            self._left -= data_bytes
        if self._left > 2 or len(received) < self._left:
            return False
        if received[:2] != b"\r\n":
            raise Refused(400, "A chunk of the body is longer than its size.")
        del received[:2]
        self._left = 0
        return True

    def _check_trailer(self, line: bytes) -> None:
        self._trailer_bytes += len(line)
        if self._trailer_bytes > MAX_TRAILER_BYTES or not _TRAILER.fullmatch(line):
            raise Refused(400, "The fields after the body are malformed.")


def _take_line(received: bytearray, max_bytes: int) -> bytes | None:
    end = received.find(b"\n", 0, max_bytes + 2)
    if end < 0:
        if len(received) >= max_bytes + 2:
            raise Refused(400, "A line of the body's chunks is too long.")
        return None
    if received[end - 1 : end] != b"\r":
        raise Refused(400, "A line of the body's chunks ends without CR.")
    line = bytes(received[: end - 1])
    del received[: end + 1]
    return line
