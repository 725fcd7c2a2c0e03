"""The times of log lines: RFC 3339 in UTC with milliseconds, such as 2026-11-23T14:00:00.123Z."""

import time

__all__ = ["rfc3339"]

_second = (-1, "")


def rfc3339(seconds: float) -> str:
    """The text of a time in seconds since 1970. What is below a millisecond is cut off."""
    global _second
    milliseconds = int(seconds * 1000)
    second, rest = divmod(milliseconds, 1000)
    known, text = _second
    if second != known:
        text = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(second))
        _second = (second, text)
    return f"{text}{rest:03d}Z"
