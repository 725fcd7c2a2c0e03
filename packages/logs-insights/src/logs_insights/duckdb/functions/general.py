"""Functions of values of any kind."""

from ..values import Cast, Kind, Value
from .function import MANY, Function, number_of, same_kind


def _is_present(_: Cast, value: Value) -> Value:
    return Value(f"({value.sql}) IS NOT NULL", Kind.TRUTH)


def _coalesce(cast: Cast, *arguments: Value) -> Value:
    alike = same_kind(cast, list(arguments))
    return Value(f"coalesce({', '.join(argument.sql for argument in alike)})", alike[0].kind)


def _case(cast: Cast, *arguments: Value) -> Value:
    pairs, default = list(arguments), None
    if len(pairs) % 2:
        default = pairs.pop()
    results = same_kind(cast, [*pairs[1::2], *([default] if default else [])])
    branches = zip(pairs[::2], results, strict=False)
    written = " ".join(
        f"WHEN {cast.truth(condition)} THEN {result.sql}" for condition, result in branches
    )
    otherwise = f" ELSE {results[-1].sql}" if default else ""
    return Value(f"CASE {written}{otherwise} END", results[0].kind)


def _is_numeric(cast: Cast, value: Value) -> Value:
    return Value(f"({cast.number(value)}) IS NOT NULL", Kind.TRUTH)


def _message_size(cast: Cast, value: Value) -> Value:
    return number_of(f"strlen({cast.text(value)})")


def _unmask(_: Cast, value: Value) -> Value:
    return Value(value.sql, value.kind, value.literal, value.raw)


FUNCTIONS = (
    Function("isPresent", 1, 1, _is_present),
    Function("coalesce", 1, MANY, _coalesce),
    Function("if", 3, 3, _case),
    Function("case", 2, 21, _case),
    Function("isNumeric", 1, 1, _is_numeric),
    Function("messageSize", 1, 1, _message_size),
    Function("unmask", 1, 1, _unmask),
)
