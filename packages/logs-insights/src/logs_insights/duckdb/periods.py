"""Periods of time: rounding to them, and shifting by them."""

from collections.abc import Callable

from ..errors import QueryError
from ..language.durations import UNITS
from ..language.syntax import Duration, Expression, Number
from .values import Cast, Kind, Value

Refuse = Callable[[str, int], QueryError]

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def period(part: Expression, refuse: Refuse) -> Duration:
    """The part, which must be a period; AWS counts no more than 60 seconds, 24 hours and so on."""
    if not isinstance(part, Duration):
        hint = f": write {part.text}s or {part.text}m" if isinstance(part, Number) else ""
        raise refuse(f"a period such as 5m or 1h is needed here{hint}", part.at)
    cap = UNITS[part.unit].cap
    if part.count < 1:
        raise refuse("a period is one unit or more", part.at)
    return Duration(min(part.count, cap or part.count), part.unit, at=part.at)


def interval(duration: Duration) -> str:
    """A period as an SQL interval."""
    return f"INTERVAL '{duration.count} {UNITS[duration.unit].interval}'"


def milliseconds(duration: Duration, refuse: Refuse) -> float:
    """How long a period of a fixed length is; months, quarters and years have none."""
    if duration.unit not in _SECONDS:
        raise refuse("this period has no fixed length; write it in weeks or days", duration.at)
    return duration.count * _SECONDS[duration.unit] * 1000


def floor(cast: Cast, value: Value, part: Expression, refuse: Refuse) -> Value:
    """The time rounded down to a multiple of the period, in UTC."""
    duration = period(part, refuse)
    origin = "1970-01-05" if duration.unit == "w" else "1970-01-01"  # weeks begin on Monday
    bucket = f"time_bucket({interval(duration)}, {cast.time(value)}, TIMESTAMP '{origin}')"
    return Value(bucket, Kind.TIME)


def ceil(cast: Cast, value: Value, part: Expression, refuse: Refuse) -> Value:
    """The time rounded up to a multiple of the period, in UTC."""
    moment = cast.column(Value(cast.time(value), Kind.TIME))
    below = cast.column(floor(cast, moment, part, refuse)).sql
    above = f"{below} + {interval(period(part, refuse))}"
    return Value(f"CASE WHEN {below} = {moment.sql} THEN {below} ELSE {above} END", Kind.TIME)
