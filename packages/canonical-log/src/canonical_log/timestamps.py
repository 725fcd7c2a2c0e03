"""The times of log lines: RFC 3339 in UTC, to the microsecond: 2026-11-23T14:00:00.123456Z; and how
long something took.
"""

import time

__all__ = ["milliseconds", "rfc3339"]

_second = (-1, "")


def rfc3339(seconds: float) -> str:
    """The text of a time in seconds since 1970. What is below a microsecond is cut off."""
    global _second
    second, rest = divmod(int(seconds * 1_000_000), 1_000_000)
    known, text = _second
    if second != known:
        text = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(second))
        _second = (second, text)
    # With six digits whatever it is; cheaper than a format with zeros in front.
    return f"{text}{str(1_000_000 + rest)[1:]}Z"


def milliseconds(seconds: float) -> float:
    """The milliseconds of a time that is not below 0, to two decimals.

    In a third of the time of `round`, which finds the decimals of a number by printing it.
    """
    return int(seconds * 100_000 + 0.5) / 100
