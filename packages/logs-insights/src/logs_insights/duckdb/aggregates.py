"""The functions of `stats`: name and SQL.

They skip missing values and, where they calculate, values that are not numbers. Over none at all
they are null, and `count` is 0.
"""

from collections.abc import Callable

from .values import Kind, Value, number, sort_terms, text


def count_all() -> Value:
    """The number of rows."""
    return Value("count(*)::DOUBLE", Kind.NUMBER)


def aggregate(name: str, value: Value, *, timestamp: Value) -> Value:
    """The SQL of any aggregate with one argument."""
    return _ONE_ARGUMENT[name](value, timestamp)


def percentile(value: Value, percent: str, percents: list[str]) -> Value:
    """One percentile by linear interpolation.

    All `percents` of the same value are asked for at once, because the database then sorts it once.
    """
    listed = ", ".join(f"{float(each) / 100!r}" for each in percents)
    place = percents.index(percent) + 1
    return Value(f"quantile_cont({number(value)}, [{listed}])[{place}]", Kind.NUMBER)


def _calculated(name: str) -> Callable[[Value, Value], Value]:
    return lambda value, _: Value(f"{name}({number(value)})", Kind.NUMBER)


def _count(value: Value, _: Value) -> Value:
    return Value(f"count({value.sql})::DOUBLE", Kind.NUMBER)


def _count_distinct(value: Value, _: Value) -> Value:
    return Value(f"count(DISTINCT {text(value)})::DOUBLE", Kind.NUMBER)


def _earliest(value: Value, timestamp: Value) -> Value:
    return Value(f"arg_min({value.sql}, {timestamp.sql})", value.kind)


def _latest(value: Value, timestamp: Value) -> Value:
    return Value(f"arg_max({value.sql}, {timestamp.sql})", value.kind)


def _sorts_first(value: Value, _: Value) -> Value:
    return _first_in_order(value, descending=False)


def _sorts_last(value: Value, _: Value) -> Value:
    return _first_in_order(value, descending=True)


def _first_in_order(value: Value, *, descending: bool) -> Value:
    order = ", ".join(sort_terms(value, descending=descending))
    return Value(
        f"first({value.sql} ORDER BY {order}) FILTER (({value.sql}) IS NOT NULL)", value.kind
    )


_ONE_ARGUMENT: dict[str, Callable[[Value, Value], Value]] = {
    "count": _count,
    "count_distinct": _count_distinct,
    "sum": _calculated("sum"),
    "avg": _calculated("avg"),
    "min": _calculated("min"),
    "max": _calculated("max"),
    "stddev": _calculated("stddev_pop"),
    "earliest": _earliest,
    "latest": _latest,
    "sortsfirst": _sorts_first,
    "sortslast": _sorts_last,
}

AGGREGATES = frozenset((*_ONE_ARGUMENT, "pct"))
