"""The times of log lines: RFC 3339 in UTC, to the microsecond: 2026-11-23T14:00:00.123456Z; and how
long something took.
"""

import time
from math import floor

__all__ = ["milliseconds", "rfc3339"]

_THREE_DIGITS = tuple(f"{number:03}" for number in range(1000))
_second = (0, "1970-01-01T00:00:00.")  # in microseconds, and as text


def rfc3339(seconds: float) -> str:
    """The text of a time in seconds since 1970. What is below a microsecond is cut off."""
    global _second
    microseconds = floor(seconds * 1_000_000)
    second, text = _second
    rest = microseconds - second
    if not 0 <= rest < 1_000_000:
        rest = microseconds % 1_000_000
        second = microseconds - rest
        text = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(second // 1_000_000))
        _second = (second, text)
    # From a table, since a format with zeros in front is dearer.
    return f"{text}{_THREE_DIGITS[rest // 1000]}{_THREE_DIGITS[rest % 1000]}Z"


def milliseconds(seconds: float) -> float:
    """The milliseconds of a time that is not below 0, to two decimals.

    In a third of the time of `round`, which finds the decimals of a number by printing it.
    """
    return floor(seconds * 100_000 + 0.5) / 100
