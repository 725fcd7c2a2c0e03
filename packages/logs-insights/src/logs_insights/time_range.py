"""Which time a query asks about, and how people write it."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}


@dataclass(frozen=True)
class TimeRange:
    """The events asked for, in milliseconds since 1970, both ends included; None is open."""

    start_ms: int | None = None
    end_ms: int | None = None

    def earlier(self, shift_ms: int) -> "TimeRange":
        """The range of the same length that is so much earlier."""
        return TimeRange(
            *(None if each is None else each - shift_ms for each in (self.start_ms, self.end_ms))
        )


def duration_ms(text: str) -> int:
    """The milliseconds that `15m` says: a number and s, m, h, d or w. Raises ValueError."""
    match = re.fullmatch(r"(\d{1,6})([smhdw])", text)
    if not match:
        raise ValueError("write a number and s, m, h, d or w, such as 15m")
    return int(match[1]) * UNITS_MS[match[2]]


def moment_ms(text: str) -> int:
    """The milliseconds since 1970 that an ISO 8601 text says; without an offset it is UTC.

    Raises ValueError.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("write ISO 8601, such as 2026-11-23T14:00:00Z") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)
