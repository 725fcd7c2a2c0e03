"""Text of whatever it is, with a bound."""

from typing import Any

__all__ = ["MAX_CHARACTERS", "cut_middle", "readable"]

MAX_CHARACTERS = 64 * 1024


def readable(value: Any) -> str:
    """At most 64 Ki characters of text for whatever it is. What UTF-8 cannot hold is escaped."""
    try:
        text = value if isinstance(value, str) else repr(value)
    except Exception as error:
        text = f"<{type(value).__name__} whose repr raised {type(error).__name__}>"
    return text[:MAX_CHARACTERS].encode("utf-8", "backslashreplace").decode()


def cut_middle(text: str, most_bytes: int) -> str:
    """The text, or its beginning and its end, with at most this many bytes of UTF-8."""
    data = text.encode("utf-8", "backslashreplace")
    if len(data) <= most_bytes:
        return data.decode()
    half = most_bytes // 2 - 30
    mark = f"\n... {len(data) - 2 * half} bytes are left out ...\n"
    return data[:half].decode("utf-8", "ignore") + mark + data[-half:].decode("utf-8", "ignore")
