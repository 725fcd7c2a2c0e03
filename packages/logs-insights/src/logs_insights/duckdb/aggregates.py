"""The functions of `stats`.

They skip missing values and, where they calculate, values that are not numbers. Over none at all
they are null, and `count` is 0.
"""

from collections.abc import Callable
from dataclasses import dataclass

from . import ordering
from .values import NUMERIC, Cast, Kind, Value

Build = Callable[[Cast, Value, Value | None], Value]


@dataclass(frozen=True)
class Aggregate:
    """How an aggregate of one argument is called in the documentation, and what makes its SQL of
    the argument and the event's time; whether it needs that time, and whether it takes `*`.
    """

    name: str
    build: Build
    needs_time: bool = False
    takes_star: bool = False


def count_all() -> Value:
    """The number of rows."""
    return Value("count(*)::DOUBLE", Kind.NUMBER)


def percentiles(cast: Cast, value: Value, percents: list[str]) -> Value:
    """The percentiles by linear interpolation, as a list: asked for at once, the value is sorted
    once.
    """
    listed = ", ".join(f"{float(each) / 100!r}" for each in percents)
    return Value(f"quantile_cont({cast.number(value)}, [{listed}])", Kind.NUMBER)


def most_frequent(cast: Cast, value: Value, most: int) -> Value:
    """The values that are most frequent, as a list; those that are as frequent in their order."""
    text = cast.text(value)
    counts = f"map_entries(histogram({text}) FILTER ({text} IS NOT NULL))"
    ordered = (
        f"list_sort(list_transform({counts}, lambda e: {{'n': -e.value::BIGINT, 'v': e.key}}))"
    )
    return Value(f"to_json(list_transform(({ordered})[1:{most}], lambda e: e.v))", Kind.STRUCTURE)


def distribution(cast: Cast, value: Value, buckets: int) -> Value:
    """How many values are in each of so many ranges of the same width: a map by their bounds."""
    numbers = f"list({cast.number(value)}) FILTER ({cast.number(value)} IS NOT NULL)"
    return Value(f"equal_widths({numbers}, {buckets})", Kind.STRUCTURE)


def rate(cast: Cast, value: Value, timestamp: Value, interval_ms: float) -> Value:
    """The change from the first to the last value, in relation to the time between them."""
    number, time = cast.number(value), timestamp.sql
    change = f"arg_max({number}, {time}) - arg_min({number}, {time})"
    present = f"FILTER ({number} IS NOT NULL)"
    elapsed = f"nonzero(date_diff('ms', min({time}) {present}, max({time}) {present}))"
    return Value(f"(({change}) * {interval_ms!r} / {elapsed})::DOUBLE", Kind.NUMBER)


# What a connection must define before it runs the SQL of this module.
MACROS = (
    "CREATE MACRO bucket_of(x, low, width, n) AS"
    " CASE WHEN width = 0 THEN 0 ELSE least(n - 1, floor((x - low) / width)) END",
    "CREATE MACRO bucket_name(low, width, i) AS"
    " number_text(low + width * i) || '-' || number_text(low + width * (i + 1))",
    "CREATE MACRO equal_widths_of(xs, low, width, n) AS CASE WHEN low IS NOT NULL THEN ('{' ||"
    " array_to_string(list_transform(range(n), lambda i: '\"' || bucket_name(low, width, i)"
    " || '\":' || len(list_filter(xs, lambda x: bucket_of(x, low, width, n) = i))), ',')"
    " || '}')::JSON END",
    "CREATE MACRO equal_widths(xs, n) AS equal_widths_of(xs, list_min(xs),"
    " (list_max(xs) - list_min(xs)) / n, CASE WHEN list_min(xs) < list_max(xs) THEN n ELSE 1 END)",
)


def _calculated(name: str) -> Build:
    return lambda cast, value, _: Value(f"{name}({cast.number(value)})", Kind.NUMBER)


def _most(name: str) -> Build:
    """Of the numbers; of the texts where there is no number, such as times of ISO 8601."""

    def build(cast: Cast, value: Value, _: Value | None) -> Value:
        number = cast.number(value)
        if value.kind in NUMERIC:
            return Value(f"{name}({number})", Kind.NUMBER)
        texts = f"{name}({cast.text(value)}) FILTER ({number} IS NULL)"
        return Value(f"coalesce(number_text({name}({number})), {texts})", Kind.TEXT)

    return build


def _count(_: Cast, value: Value, __: Value | None) -> Value:
    return Value(f"count({value.sql})::DOUBLE", Kind.NUMBER)


def _count_distinct(cast: Cast, value: Value, _: Value | None) -> Value:
    return Value(f"count(DISTINCT {cast.text(value)})::DOUBLE", Kind.NUMBER)


def _values(cast: Cast, value: Value, _: Value | None) -> Value:
    text = cast.text(value)
    listed = f"list(DISTINCT {text} ORDER BY {text}) FILTER ({text} IS NOT NULL)"
    return Value(f"to_json({listed})", Kind.STRUCTURE)


def _earliest(_: Cast, value: Value, timestamp: Value | None) -> Value:
    return Value(f"arg_min({value.sql}, {timestamp.sql if timestamp else ''})", value.kind)


def _latest(_: Cast, value: Value, timestamp: Value | None) -> Value:
    return Value(f"arg_max({value.sql}, {timestamp.sql if timestamp else ''})", value.kind)


def _sorts_first(cast: Cast, value: Value, _: Value | None) -> Value:
    return _extreme(cast, value, "arg_min")


def _sorts_last(cast: Cast, value: Value, _: Value | None) -> Value:
    return _extreme(cast, value, "arg_max")


def _extreme(cast: Cast, value: Value, name: str) -> Value:
    """Missing values come last in both directions, and `arg_min` and `arg_max` skip them."""
    if value.kind in NUMERIC:
        plain = name.removeprefix("arg_")
        return Value(f"{plain}({value.sql})", value.kind)
    rank = cast.define(ordering.rank(ordering.terms(cast, value)))
    return Value(f"{name}({value.sql}, {rank})", value.kind)


_ALL = (
    Aggregate("count", _count, takes_star=True),
    Aggregate("countDistinct", _count_distinct),
    Aggregate("sum", _calculated("sum")),
    Aggregate("avg", _calculated("avg")),
    Aggregate("min", _most("min")),
    Aggregate("max", _most("max")),
    Aggregate("median", _calculated("median")),
    Aggregate("stddev", _calculated("stddev_pop")),
    Aggregate("variance", _calculated("var_pop")),
    Aggregate("values", _values),
    Aggregate("collectValues", _values),
    Aggregate("earliest", _earliest, needs_time=True),
    Aggregate("latest", _latest, needs_time=True),
    Aggregate("sortsFirst", _sorts_first),
    Aggregate("sortsLast", _sorts_last),
    Aggregate("countOverTime", _count, takes_star=True),
    Aggregate("sumOverTime", _calculated("sum")),
)
PERCENTILES = ("pct", "percentile")
# Those that need more than the value of one argument.
SPECIAL = ("pct", "percentile", "topk", "histogram", "rate")
AGGREGATES = {aggregate.name.lower(): aggregate for aggregate in _ALL}
NAMES = frozenset((*AGGREGATES, *SPECIAL))
