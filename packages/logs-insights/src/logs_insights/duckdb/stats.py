"""The SQL of a stats command: one step that aggregates, one that calculates with the aggregates."""

# ruff: noqa: S608 - these modules exist to write SQL; every name and text that goes into it is quoted

from ..language import syntax
from ..language.descent import children
from .aggregates import AGGREGATES, aggregate, count_all, percentile
from .expressions import Expressions
from .scope import Scope
from .values import NULL, Kind, Value, text


class StatsCommand:
    """One stats command: its groups, the aggregate calls in it, and the results calculated from
    them.
    """

    def __init__(
        self, command: syntax.Stats, expressions: Expressions, scope: Scope, number: int
    ) -> None:
        """`number` makes the names of the columns unique in the query."""
        self._expressions = expressions
        self._scope = scope
        self._prefix = f"stats {number} "
        self._aggregates: dict[str, Value] = {}
        self._percents: dict[str, list[str]] = {}
        for item in command.aggregates:
            self._collect_percents(item.expression)
        self._keys = {item.name: self._key(item) for item in command.groups}
        self._groups = {
            name: Value(self._name(f"group {name}"), key.kind) for name, key in self._keys.items()
        }
        self._results: dict[str, Value] = {}
        for item in command.aggregates:
            self._results[item.name] = self._result(item.expression)

    @property
    def columns(self) -> dict[str, Value]:
        """The columns that come out, by name: the groups, then the results."""
        results = {
            name: Value(self._name(name), value.kind) for name, value in self._results.items()
        }
        return {**self._groups, **results}

    def aggregation(self, source: str) -> str:
        """The step that groups and aggregates."""
        selected = [f"{key.sql} AS {self._groups[name].sql}" for name, key in self._keys.items()]
        selected += [f"{sql} AS {value.sql}" for sql, value in self._aggregates.items()]
        by = (
            f" GROUP BY {', '.join(value.sql for value in self._groups.values())}"
            if self._groups
            else ""
        )
        return f"SELECT {', '.join(selected or ['count(*)'])} FROM {source}{by}"

    def calculation(self, source: str) -> str:
        """The step that calculates the results."""
        selected = [value.sql for value in self._groups.values()]
        selected += [f"{value.sql} AS {self._name(name)}" for name, value in self._results.items()]
        return f"SELECT {', '.join(selected)} FROM {source}"

    def _name(self, name: str) -> str:
        return '"' + (self._prefix + name).replace('"', '""') + '"'

    def _key(self, item: syntax.Item) -> Value:
        value = self._expressions.value(item.expression)
        return Value(text(value), Kind.TEXT) if value.kind is Kind.STRUCTURE else value

    def _result(self, part: syntax.Expression) -> Value:
        """The value over the aggregated rows: its leaves are aggregates, groups and results before
        it.
        """
        inner = Scope({**self._groups, **self._results}, is_open=False)
        stray = _stray_field(part, inner)
        if stray is not None:
            reason = f"'{stray.name}' is neither in an aggregate function nor a group or an earlier result"
            raise self._expressions.refuse(reason, stray.at)
        return self._expressions.within(inner).value(part, self._call)

    def _call(self, call: syntax.Call) -> Value:
        if call.name not in AGGREGATES:
            return self._expressions.call(call, self._call)
        value = self._aggregate(call)
        if value.sql not in self._aggregates:
            name = self._name(f"aggregate {len(self._aggregates)}")
            self._aggregates[value.sql] = Value(name, value.kind)
        return self._aggregates[value.sql]

    def _aggregate(self, call: syntax.Call) -> Value:
        if call.name == "count" and not call.arguments:
            return count_all()
        if call.name == "pct":
            value, percent = self._percent(call)
            return percentile(value, percent, self._percents[value.sql])
        self._expressions.check_count(call, 1, 1)
        if call.name in ("earliest", "latest") and self._scope.timestamp() is None:
            raise self._expressions.refuse(
                f"{call.name}() needs @timestamp, which the first stats dropped", call.at
            )
        value = self._expressions.value(call.arguments[0])
        return aggregate(call.name, value, timestamp=self._scope.timestamp() or NULL)

    def _percent(self, call: syntax.Call) -> tuple[Value, str]:
        self._expressions.check_count(call, 2, 2)
        percent = call.arguments[1]
        if not isinstance(percent, syntax.Number) or not 0 <= float(percent.text) <= 100:
            raise self._expressions.refuse("the percentile is a number from 0 to 100", percent.at)
        return self._expressions.value(call.arguments[0]), percent.text

    def _collect_percents(self, part: syntax.Expression) -> None:
        if isinstance(part, syntax.Call) and part.name == "pct":
            value, percent = self._percent(part)
            wanted = self._percents.setdefault(value.sql, [])
            if percent not in wanted:
                wanted.append(percent)
            return
        for child in children(part):
            self._collect_percents(child)


def _stray_field(part: syntax.Expression, groups: Scope) -> syntax.Field | None:
    """The first field outside an aggregate that is not a group."""
    if isinstance(part, syntax.Field):
        return None if part.name in groups.computed else part
    if isinstance(part, syntax.Call) and part.name in AGGREGATES:
        return None
    strays = (_stray_field(child, groups) for child in children(part))
    return next((stray for stray in strays if stray is not None), None)
