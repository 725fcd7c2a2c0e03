"""A message too large for one event, as several messages that are each a JSON object."""

from collections.abc import Iterator

import orjson

MAX_MESSAGE_BYTES = 1_000_000
"""The largest message sent in one event: "1 MB" on the quota page, which does not say the exact
byte.
"""

_MAX_COPIED_BYTES = 200
_MAX_COPIED_FIELDS = 60
_PART_TEXT_BYTES = MAX_MESSAGE_BYTES - 2 * _MAX_COPIED_FIELDS * _MAX_COPIED_BYTES - 1000


def split(message: bytes, event_id: str, timestamp: str) -> list[bytes]:
    """The message in parts: joining their `part_text` in order of `part` gives it back exactly.

    Each part repeats the message's short fields, so that a search by any of them finds all parts.
    """
    fields = orjson.loads(message)
    copied = {name: value for name, value in fields.items() if _is_short(name, value)}
    copied = dict(list(copied.items())[:_MAX_COPIED_FIELDS])
    texts = list(_pieces(message.decode()))
    return [
        orjson.dumps(
            copied
            | {"event_id": f"{event_id}-{number}", "timestamp": copied.get("timestamp", timestamp)}
            | {"part_of": event_id, "part": number, "parts": len(texts), "part_text": text}
        )
        for number, text in enumerate(texts, start=1)
    ]


def _is_short(name: str, value: object) -> bool:
    is_scalar = isinstance(value, str | int | float | bool)
    return is_scalar and len(name) + len(orjson.dumps(value)) <= _MAX_COPIED_BYTES


def _pieces(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        length = _PART_TEXT_BYTES
        while (size := len(orjson.dumps(text[start : start + length]))) > _PART_TEXT_BYTES:
            length = min(length, len(text) - start) * _PART_TEXT_BYTES // size - 1
        yield text[start : start + length]
        start += length
