"""Keyset pagination: a page starts after the last id of the one before, however the table changes
between.
"""

import base64
import re

__all__ = ["CURSOR_PATTERN", "decode_cursor", "encode_cursor"]

CURSOR_PATTERN = (
    r"^[A-Za-f][A-Za-z0-9_-]{4}[AQgw]$"  # base64url of four bytes, of which the highest bit is 0
)


def encode_cursor(last_id: int) -> str:
    """The opaque cursor of the page that comes after the todo `last_id`."""
    return base64.urlsafe_b64encode(last_id.to_bytes(4)).decode().rstrip("=")


def decode_cursor(cursor: str) -> int:
    """The id that the page starts after. Raises ValueError for what `encode_cursor` cannot have
    made.
    """
    if not re.fullmatch(CURSOR_PATTERN, cursor):
        raise ValueError("must be taken from a Link header as it is")
    return int.from_bytes(base64.urlsafe_b64decode(cursor + "=="))
