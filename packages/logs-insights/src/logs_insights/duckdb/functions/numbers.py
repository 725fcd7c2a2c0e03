"""Functions of numbers, and arithmetic."""

from ..values import Cast, Kind, Value
from .function import MANY, Build, Function, number_of, numbers, tried_numbers

_EARTH_RADIUS_KM = 6371.0088  # mean radius R1; International Union of Geodesy and Geophysics
_INT_BITS, _LONG_BITS = 32, 64


def arithmetic(cast: Cast, operator: str, left: Value, right: Value) -> Value:
    """The result of + - * / % ^; null with anything that is not a number and on division by
    zero.
    """
    if operator == "^":
        return tried_numbers("pow")(cast, left, right)
    divisor = cast.number(right)
    if operator in "/%":
        divisor = f"nonzero({cast.column(Value(divisor, Kind.NUMBER, right.literal)).sql})"
    return Value(f"({cast.number(left)} {operator} {divisor})", Kind.NUMBER)


def _round(cast: Cast, value: Value, digits: Value | None = None) -> Value:
    places = f", TRY_CAST({cast.number(digits)} AS INTEGER)" if digits else ""
    return number_of(f"round({cast.number(value)}{places})")


def _to_number(cast: Cast, value: Value) -> Value:
    return Value(cast.number(value), Kind.NUMBER)


def _whole(bits: int) -> Build:
    most = 2 ** (bits - 1)

    def build(cast: Cast, value: Value) -> Value:
        whole = cast.column(number_of(f"trunc({cast.number(value)})")).sql
        return number_of(f"CASE WHEN {whole} >= -{most} AND {whole} < {most} THEN {whole} END")

    return build


def _haversine(cast: Cast, *degrees: Value) -> Value:
    """The length of the great circle between two points, in kilometres."""
    lat1, lon1, lat2, lon2 = (
        cast.column(number_of(f"radians({cast.number(each)})")).sql for each in degrees
    )
    half = (
        f"sin(({lat2} - {lat1}) / 2) ^ 2"
        f" + cos({lat1}) * cos({lat2}) * sin(({lon2} - {lon1}) / 2) ^ 2"
    )
    return number_of(f"TRY(2 * {_EARTH_RADIUS_KM} * asin(least(1.0, sqrt({half}))))")


MACROS = ("CREATE MACRO nonzero(x) AS CASE WHEN x <> 0 THEN x END",)

FUNCTIONS = (
    Function("abs", 1, 1, numbers("abs")),
    Function("ceil", 1, 1, numbers("ceil")),
    Function("floor", 1, 1, numbers("floor")),
    Function("round", 1, 2, _round),
    Function("greatest", 1, MANY, numbers("greatest")),
    Function("least", 1, MANY, numbers("least")),
    Function("log", 1, 1, tried_numbers("ln")),
    Function("ln", 1, 1, tried_numbers("ln")),
    Function("sqrt", 1, 1, tried_numbers("sqrt")),
    Function("haversine", 4, 4, _haversine),
    Function("toNumber", 1, 1, _to_number),
    Function("toDouble", 1, 1, _to_number),
    Function("toInt", 1, 1, _whole(_INT_BITS)),
    Function("toLong", 1, 1, _whole(_LONG_BITS)),
)
