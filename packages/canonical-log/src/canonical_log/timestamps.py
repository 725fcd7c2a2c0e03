"""The times of log lines: RFC 3339 in UTC, to the microsecond: 2026-11-23T14:00:00.123456Z."""

import time

__all__ = ["rfc3339"]

_second = (-1, "")


def rfc3339(seconds: float) -> str:
    """The text of a time in seconds since 1970. What is below a microsecond is cut off."""
    global _second
    second, rest = divmod(int(seconds * 1_000_000), 1_000_000)
    known, text = _second
    if second != known:
        text = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(second))
        _second = (second, text)
    return f"{text}{rest:06d}Z"
