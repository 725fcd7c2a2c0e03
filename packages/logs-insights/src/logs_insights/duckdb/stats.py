"""The SQL of a stats command: one step that aggregates; the results are calculated from its
columns.
"""

# ruff: noqa: S608 - these modules exist to write SQL; every name and text in it is quoted

from collections.abc import Iterator

from ..language import syntax
from ..language.commands.stats import Stats
from . import aggregates, periods
from .expressions import Expressions
from .scope import Scope
from .steps import SOURCE, Steps
from .values import Kind, Value

_MOST_TOP = 10_000  # AWS, page "stats", read 2026-11
_MOST_BUCKETS = 1000


class StatsCommand:
    """One stats command: its groups, the aggregate calls in it, and the results calculated from
    them.
    """

    def __init__(self, command: Stats, expressions: Expressions, steps: Steps) -> None:
        """The steps are those that the expressions define their columns in."""
        self._command = command
        self._of = expressions
        self._cast = expressions.cast
        self._steps = steps
        self._columns: dict[str, Value] = {}
        self._calls: dict[syntax.Call, Value] = {}
        self._percents: dict[str, list[str]] = {}

    def apply(self) -> dict[str, Value]:
        """Add the step; the columns that come out, by name: the groups, then the results."""
        groups = {item.name: self._group(item) for item in self._command.groups}
        calls = [call for item in self._command.aggregates for call in _aggregates(item.expression)]
        for call in calls:
            if call.name in aggregates.PERCENTILES:
                self._ask_percentile(call)
        for call in calls:
            self._calls[call] = self._aggregate(call)
        self._check_known()
        selected = [value.sql for value in groups.values()]
        selected += [f"{sql} AS {value.sql}" for sql, value in self._columns.items()]
        selected = list(dict.fromkeys(selected)) or ["1"]
        keys = dict.fromkeys(value.sql for value in groups.values())
        by = f" GROUP BY {', '.join(keys)}" if keys else ""
        self._steps.add(f"SELECT {', '.join(selected)} FROM {SOURCE}{by}")
        self._steps.forget()
        return self._with_results(groups)

    def _with_results(self, columns: dict[str, Value]) -> dict[str, Value]:
        """The results over the aggregated rows: their leaves are aggregates, groups and results
        before them.
        """
        for item in self._command.aggregates:
            scope = Scope(None, self._steps, columns)
            for part in syntax.walk(item.expression, lambda each: not _is_aggregate(each)):
                if isinstance(part, syntax.Call) and not self._of.is_known(part):
                    raise self._of.unknown(part)
                if isinstance(part, syntax.Field) and part.name not in columns:
                    reason = f"'{part.name}' is neither in an aggregate function nor a group"
                    raise self._of.refuse(f"{reason} or an earlier result", part.at)
            value = self._of.within(scope, self._calls).value(item.expression)
            columns = {**columns, item.name: self._cast.column(value)}
        return columns

    def _group(self, item: syntax.Item) -> Value:
        call = item.expression
        if isinstance(call, syntax.Call) and call.name == "histogram":
            value = self._range(call)
        else:
            value = self._of.value(call)
        if value.kind is Kind.STRUCTURE:
            value = Value(self._cast.text(value), Kind.TEXT)
        if self._command.offset is not None and value.kind is Kind.TIME:
            shift = periods.interval(self._command.offset)
            value = Value(f"({value.sql} + {shift})", Kind.TIME)
        return Value(self._cast.define(value.sql), value.kind)

    def _range(self, call: syntax.Call) -> Value:
        """`by histogram(field, width)`: the lower end of the range of that width."""
        self._of.check_count(call, 2, 2)
        number, width = (self._cast.number(self._of.value(each)) for each in call.arguments)
        return Value(f"(floor({number} / nonzero({width})) * {width})::DOUBLE", Kind.NUMBER)

    def _column(self, value: Value) -> Value:
        if value.sql not in self._columns:
            self._columns[value.sql] = Value(self._steps.new_column(), value.kind)
        return self._columns[value.sql]

    def _aggregate(self, call: syntax.Call) -> Value:
        if call.name in aggregates.SPECIAL:
            return self._special(call)
        aggregate = aggregates.AGGREGATES[call.name]
        if aggregate.takes_star and not call.arguments:
            return self._column(aggregates.count_all())
        self._of.check_count(call, 1, 1)
        timestamp = self._of.scope.timestamp()
        if aggregate.needs_time and timestamp is None:
            reason = f"{call.written}() needs @timestamp, which the first stats dropped"
            raise self._of.refuse(reason, call.at)
        argument = self._argument(call.arguments[0])
        return self._column(aggregate.build(self._cast, argument, timestamp))

    def _argument(self, part: syntax.Expression) -> Value:
        """The argument as a column: an aggregate may need it more than once."""
        return self._cast.column(self._of.value(part))

    def _special(self, call: syntax.Call) -> Value:
        self._of.check_count(call, 2, 2)
        cast = self._cast
        match call.name:
            case "topk":
                most = self._whole(call.arguments[0], _MOST_TOP)
                argument = self._argument(call.arguments[1])
                return self._column(aggregates.most_frequent(cast, argument, most))
            case "histogram":
                buckets = self._whole(call.arguments[1], _MOST_BUCKETS)
                argument = self._argument(call.arguments[0])
                return self._column(aggregates.distribution(cast, argument, buckets))
            case "rate":
                return self._column(self._rate(call))
        value, percent = self._percentile(call)
        percents = self._percents[cast.number(value)]
        column = self._column(aggregates.percentiles(cast, value, percents))
        return Value(f"{column.sql}[{percents.index(percent) + 1}]", Kind.NUMBER)

    def _rate(self, call: syntax.Call) -> Value:
        timestamp = self._of.scope.timestamp()
        if timestamp is None:
            raise self._of.refuse("rate() needs @timestamp, which the first stats dropped", call.at)
        duration = periods.period(call.arguments[1], self._of.refuse)
        interval_ms = periods.milliseconds(duration, self._of.refuse)
        value = self._argument(call.arguments[0])
        return aggregates.rate(self._cast, value, timestamp, interval_ms)

    def _percentile(self, call: syntax.Call) -> tuple[Value, str]:
        self._of.check_count(call, 2, 2)
        percent = call.arguments[1]
        if not isinstance(percent, syntax.Number) or not 0 <= float(percent.text) <= 100:
            raise self._of.refuse("the percentile is a number from 0 to 100", percent.at)
        return self._argument(call.arguments[0]), percent.text

    def _ask_percentile(self, call: syntax.Call) -> None:
        value, percent = self._percentile(call)
        wanted = self._percents.setdefault(self._cast.number(value), [])
        if percent not in wanted:
            wanted.append(percent)

    def _whole(self, part: syntax.Expression, most: int) -> int:
        written = part.text if isinstance(part, syntax.Number) else ""
        if not written.isdecimal() or not 1 <= int(written) <= most:
            raise self._of.refuse(f"a whole number from 1 to {most} is needed here", part.at)
        return int(written)

    def _check_known(self) -> None:
        """After another stats there are only the columns that it has made."""
        for name, field in self._of.scope.unknown.items():
            reason = f"'{name}' is not there: after a stats there is only what it defines"
            raise self._of.refuse(reason, field.at)


def _aggregates(part: syntax.Expression) -> Iterator[syntax.Call]:
    for each in syntax.walk(part, lambda each: not _is_aggregate(each)):
        if isinstance(each, syntax.Call) and each.name in aggregates.NAMES:
            yield each


def _is_aggregate(part: syntax.Expression) -> bool:
    return isinstance(part, syntax.Call) and part.name in aggregates.NAMES
