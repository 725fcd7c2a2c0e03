"""Turns a query into the steps of a DuckDB statement over `events`."""

# ruff: noqa: S608 - these modules exist to write SQL; every name and text that goes into it is quoted

from dataclasses import dataclass, field

from ..errors import QueryError
from ..language import syntax
from ..language.literals import group_positions, plain_groups
from ..results import DEFAULT_LIMIT
from ..time_range import TimeRange
from .expressions import Expressions
from .needles import Clause, needles
from .scope import Scope
from .stats import StatsCommand
from .values import Kind, Value, quoted, sort_terms, text, truth

_MAX_STATS = 2

_TIMESTAMP = syntax.Field(("@timestamp",))
_DEFAULT_COLUMNS = ("@timestamp", "@message")


@dataclass(frozen=True)
class Plan:
    """What to run: the fields to discover, the steps after `events`, the last SELECT and its
    columns.
    """

    fields: tuple[str, ...]
    system: frozenset[str]
    clauses: tuple[Clause, ...]
    steps: tuple[str, ...]
    select: str
    columns: tuple[tuple[str, Kind], ...]


def compile_query(
    query: syntax.Query, *, limit: int = DEFAULT_LIMIT, time_range: TimeRange | None = None
) -> Plan:
    """The plan that answers the query. Raises QueryError for what cannot be answered."""
    return _Compiler(query, limit, time_range or TimeRange()).plan()


@dataclass
class _Output:
    """Which columns the results have, and in which order the rows are."""

    shown: list[str] | None = None
    added: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    has_stats: bool = False


class _Compiler:
    def __init__(self, query: syntax.Query, limit: int, time_range: TimeRange) -> None:
        self._query = query
        self._limit = limit
        self._scope = Scope()
        self._expressions = Expressions(query.text, self._scope, time_range)
        self._output = _Output()
        self._clauses: list[Clause] = []
        self._steps: list[str] = []
        self._check_order()

    def plan(self) -> Plan:
        for command in self._query.commands:
            self._add(command)
        columns = self._columns()
        selected = ", ".join(
            f'{_shown(value)} AS "{place}"' for place, (_, value) in enumerate(columns)
        )
        order = f" ORDER BY {', '.join(self._order())}" if self._order() else ""
        return Plan(
            fields=tuple(self._scope.fields),
            system=frozenset(self._scope.system),
            clauses=tuple(self._clauses),
            steps=tuple(self._steps),
            select=f"SELECT {selected} FROM {self._source}{order} LIMIT {self._limit}",
            columns=tuple((name, value.kind) for name, value in columns),
        )

    @property
    def _source(self) -> str:
        return f"step_{len(self._steps)}" if self._steps else "events"

    def _columns(self) -> list[tuple[str, Value]]:
        output = self._output
        names = output.shown if output.shown is not None else output.added or list(_DEFAULT_COLUMNS)
        return [(name, self._named(name)) for name in dict.fromkeys(names)]

    def _named(self, name: str) -> Value:
        return self._scope.computed.get(name) or self._scope.resolve(syntax.Field((name,)))

    def _order(self) -> list[str]:
        if self._output.order or self._output.has_stats:
            return self._output.order
        return sort_terms(self._scope.resolve(_TIMESTAMP), descending=True)

    def _add(self, command: syntax.Command) -> None:
        match command:
            case syntax.Fields(items):
                self._output.added += self._compute(items)
            case syntax.Display(items):
                self._output.shown = self._compute(items)
            case syntax.Filter(condition):
                self._filter(condition)
            case syntax.Stats():
                self._stats(command)
            case syntax.Sort(keys):
                self._sort(keys)
            case syntax.Limit(count):
                self._limit = min(self._limit, count)
            case syntax.Parse():
                self._parse(command)
            case syntax.Dedup(fields):
                self._dedup(fields)

    def _check_order(self) -> None:
        """Refuse what Logs Insights does not allow after or before something else."""
        commands = self._query.commands
        stats = [
            place for place, command in enumerate(commands) if isinstance(command, syntax.Stats)
        ]
        if len(stats) > _MAX_STATS:
            raise self._refuse(
                f"a query has at most {_MAX_STATS} stats commands", commands[stats[_MAX_STATS]]
            )
        for place, command in enumerate(commands):
            if (
                isinstance(command, syntax.Sort | syntax.Limit | syntax.Dedup)
                and stats
                and place < stats[-1]
            ):
                raise self._refuse("sort, limit and dedup come after the last stats", command)
            if (
                place
                and isinstance(commands[place - 1], syntax.Dedup)
                and not isinstance(command, syntax.Limit)
            ):
                raise self._refuse("only limit can follow dedup", command)

    def _refuse(self, reason: str, part: syntax.Part) -> QueryError:
        return self._expressions.refuse(reason, part.at)

    def _compute(self, items: tuple[syntax.Item, ...]) -> list[str]:
        """Add columns for the items that are more than a field's name; the names of all of them."""
        values = {item: self._expressions.value(item.expression) for item in items}
        self._extend(
            {item.name: value for item, value in values.items() if _is_computed(item, value)}
        )
        return [item.name for item in items]

    def _extend(self, values: dict[str, Value]) -> None:
        if not values:
            return
        number = len(self._steps)
        columns = {
            name: Value(_quote(f"{name} {number}"), value.kind) for name, value in values.items()
        }
        added = ", ".join(f"{value.sql} AS {columns[name].sql}" for name, value in values.items())
        self._steps.append(f"SELECT *, {added} FROM {self._source}")
        self._scope.computed.update(columns)

    def _filter(self, condition: syntax.Expression) -> None:
        if self._scope.is_open:
            self._clauses += needles(condition, frozenset(self._scope.computed))
        wanted = truth(self._expressions.value(condition))
        self._steps.append(f"SELECT * FROM {self._source} WHERE {wanted}")

    def _stats(self, command: syntax.Stats) -> None:
        stats = StatsCommand(command, self._expressions, self._scope, len(self._steps))
        self._steps.append(stats.aggregation(self._source))
        self._steps.append(stats.calculation(self._source))
        expressions = {
            item.expression: stats.columns[item.name]
            for item in (*command.groups, *command.aggregates)
        }
        self._scope.close(stats.columns, expressions)
        self._output = _Output(added=list(stats.columns), has_stats=True)

    def _sort(self, keys: tuple[syntax.SortKey, ...]) -> None:
        terms = [
            sort_terms(self._expressions.value(key.expression), descending=key.descending)
            for key in keys
        ]
        self._output.order = [term for each in terms for term in each]

    def _parse(self, command: syntax.Parse) -> None:
        source = text(self._expressions.value(command.source or syntax.Field(("@message",))))
        if isinstance(command.pattern, syntax.Regex):
            pattern, places = (
                plain_groups(command.pattern.pattern),
                group_positions(command.pattern.pattern),
            )
        else:
            pattern, places = _glob(command.pattern.value), tuple(range(1, len(command.names) + 1))
        found = f"regexp_matches({source}, {quoted(pattern)})"
        cut = (
            f"CASE WHEN {found} THEN regexp_extract({source}, {quoted(pattern)}, {place}) END"
            for place in places
        )
        self._extend(
            {name: Value(sql, Kind.TEXT) for name, sql in zip(command.names, cut, strict=True)}
        )

    def _dedup(self, fields: tuple[syntax.Field, ...]) -> None:
        keys = [text(self._expressions.value(each)) for each in fields]
        order = self._order()
        window = f"PARTITION BY {', '.join(keys)}" + (
            f" ORDER BY {', '.join(order)}" if order else ""
        )
        kept = " OR ".join(
            [f"row_number() OVER ({window}) = 1", *(f"{key} IS NULL" for key in keys)]
        )
        self._steps.append(f"SELECT * FROM {self._source} QUALIFY {kept}")


def _shown(value: Value) -> str:
    """A list or a map is shown as JSON, an element of one as it is."""
    if value.kind is Kind.STRUCTURE:
        return f"coalesce({text(value)}, ({value.sql})::VARCHAR)"
    return value.sql


def _is_computed(item: syntax.Item, value: Value) -> bool:
    """Whether the column is more than a field that can be asked for by its name at any time."""
    is_field = item.alias is None and isinstance(item.expression, syntax.Field)
    return not is_field or value.kind is Kind.STRUCTURE


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _glob(pattern: str) -> str:
    """A glob as a regex: each * takes as little as it can, a last one takes the rest."""
    pieces = [_escape(piece) for piece in pattern.split("*")]
    last = pieces.pop()
    if not pieces:
        return last
    return "(?s)" + "(.*?)".join(pieces) + ("(.*?)" + last if last else "(.*)")


def _escape(piece: str) -> str:
    return "".join(
        character if character.isalnum() else f"\\x{{{ord(character):x}}}" for character in piece
    )
