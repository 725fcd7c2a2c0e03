"""The functions of time that need a period, the clock, or the range of the query."""

from collections.abc import Callable

from ..language.durations import UNITS
from ..language.syntax import Duration, Expression
from .values import Kind, Value, quoted, time

Refuse = Callable[[str, int], Exception]

# Letters of Java's date patterns, longest first, and what DuckDB's strftime says for them.
_PATTERN = {
    "yyyy": "%Y",
    "MM": "%m",
    "dd": "%d",
    "HH": "%H",
    "mm": "%M",
    "ss": "%S",
    "SSS": "%g",
    "EEE": "%a",
    "MMM": "%b",
    "hh": "%I",
    "DDD": "%j",
    "a": "%p",
}


def interval_of(period: Expression, refuse: Refuse) -> tuple[str, str]:
    """A period as an SQL interval, and the origin that its multiples count from."""
    if not isinstance(period, Duration):
        raise refuse("a period such as 5m or 1h is needed here", period.at)
    unit = UNITS[period.unit]
    if period.count < 1 or (unit.cap and period.count > unit.cap):
        most = unit.cap or "any number of"
        raise refuse(
            f"AWS takes 1 to {most} {unit.interval}; write a longer period in a larger unit",
            period.at,
        )
    origin = "1970-01-05" if period.unit == "w" else "1970-01-01"  # weeks begin on Monday
    return f"INTERVAL '{period.count} {unit.interval}'", f"TIMESTAMP '{origin}'"


def floor(value: Value, period: Expression, refuse: Refuse) -> Value:
    """The time rounded down to a multiple of the period, in UTC."""
    interval, origin = interval_of(period, refuse)
    return Value(f"time_bucket({interval}, {time(value)}, {origin})", Kind.TIME)


def ceil(value: Value, period: Expression, refuse: Refuse) -> Value:
    """The time rounded up to a multiple of the period, in UTC."""
    interval, _ = interval_of(period, refuse)
    below = floor(value, period, refuse).sql
    return Value(
        f"CASE WHEN {below} = {time(value)} THEN {below} ELSE {below} + {interval} END", Kind.TIME
    )


def format_date(value: Value, pattern: Value, at: int, refuse: Refuse) -> Value:
    """The time written by a pattern such as yyyy-MM-dd HH:mm:ss, in UTC."""
    if pattern.literal is None:
        raise refuse("the pattern of formatDate must be a string", at)
    return Value(f"strftime({time(value)}, {quoted(_strftime(pattern.literal))})", Kind.TEXT)


def _strftime(pattern: str) -> str:
    written, position = "", 0
    while position < len(pattern):
        letters = next((key for key in _PATTERN if pattern.startswith(key, position)), None)
        character = pattern[position]
        written += _PATTERN[letters] if letters else "%%" if character == "%" else character
        position += len(letters or character)
    return written
