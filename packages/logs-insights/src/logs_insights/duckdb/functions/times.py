"""Functions of time.

Those that need a period, a constant pattern, the clock or the range of the query are made from the
call itself: SPECIAL.
"""

import time
from typing import TYPE_CHECKING

from ...language.syntax import Call
from .. import formats, periods
from ..values import NULL, Cast, Kind, Value, number_literal
from .function import Function, number_of

if TYPE_CHECKING:
    from ..expressions import Expressions


def _from_millis(cast: Cast, value: Value) -> Value:
    return Value(cast.time(Value(cast.number(value), Kind.NUMBER)), Kind.TIME)


def _to_millis(cast: Cast, value: Value) -> Value:
    return number_of(f"epoch_ms({cast.time(value)})")


def _bin(of: "Expressions", call: Call) -> Value:
    """`bin(period)` of the event's time; `bin(time, period)` is understood, too."""
    of.check_count(call, 1, 2)
    if len(call.arguments) == 2:
        return _floor(of, call)
    timestamp = of.scope.timestamp()
    if timestamp is None:
        reason = "bin() needs @timestamp, which the first stats dropped; use datefloor"
        raise of.refuse(reason, call.at)
    return periods.floor(of.cast, timestamp, call.arguments[0], of.refuse)


def _floor(of: "Expressions", call: Call) -> Value:
    of.check_count(call, 2, 2)
    return periods.floor(of.cast, of.value(call.arguments[0]), call.arguments[1], of.refuse)


def _ceil(of: "Expressions", call: Call) -> Value:
    of.check_count(call, 2, 2)
    return periods.ceil(of.cast, of.value(call.arguments[0]), call.arguments[1], of.refuse)


def _format_date(of: "Expressions", call: Call) -> Value:
    of.check_count(call, 2, 3)
    pattern = of.constant(call.arguments[1], "the pattern of formatDate")
    zone = of.time_zone(call.arguments[2]) if len(call.arguments) > 2 else None
    try:
        return formats.format_time(of.cast, of.value(call.arguments[0]), pattern, zone)
    except ValueError as error:
        raise of.refuse(str(error), call.arguments[1].at) from None


def _parse_date(of: "Expressions", call: Call) -> Value:
    of.check_count(call, 2, 3)
    pattern = of.constant(call.arguments[1], "the pattern of parseDate")
    zone = of.time_zone(call.arguments[2]) if len(call.arguments) > 2 else None
    try:
        return formats.parse_time(of.cast, of.value(call.arguments[0]), pattern, zone)
    except ValueError as error:
        raise of.refuse(str(error), call.arguments[1].at) from None


def _now(of: "Expressions", call: Call) -> Value:
    of.check_count(call, 0, 0)
    return number_literal(str(int(time.time())))


def _query_start(of: "Expressions", call: Call) -> Value:
    of.check_count(call, 0, 0)
    return _moment(of.time_range.start_ms)


def _query_end(of: "Expressions", call: Call) -> Value:
    of.check_count(call, 0, 0)
    return _moment(of.time_range.end_ms)


def _query_range(of: "Expressions", call: Call) -> Value:
    of.check_count(call, 0, 0)
    start, end = of.time_range.start_ms, of.time_range.end_ms
    return _moment(None if start is None or end is None else end - start)


def _moment(milliseconds: int | None) -> Value:
    return NULL if milliseconds is None else number_literal(str(milliseconds))


FUNCTIONS = (
    Function("fromMillis", 1, 1, _from_millis),
    Function("toMillis", 1, 1, _to_millis),
)
SPECIAL = {
    "bin": _bin,
    "dateFloor": _floor,
    "dateCeil": _ceil,
    "formatDate": _format_date,
    "strftime": _format_date,
    "parseDate": _parse_date,
    "now": _now,
    "queryStartTime": _query_start,
    "queryEndTime": _query_end,
    "queryTimeRange": _query_range,
}
