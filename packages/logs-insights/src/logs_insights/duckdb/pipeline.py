"""A query on its way to SQL: the rows so far, what names mean for them, and what is shown."""

# ruff: noqa: S608 - these modules exist to write SQL; every name and text in it is quoted

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from ..errors import QueryError
from ..language import syntax
from ..time_range import TimeRange
from . import ordering
from .bounds import SAMPLE_CHARACTERS, FirstKey, may_be_first
from .events import Events
from .expressions import Expressions
from .ordering import Term
from .scope import Scope
from .steps import SOURCE, Names, Steps
from .values import Cast, Kind, Value

_TIMESTAMP = syntax.Field(("@timestamp",))
_MOST_BOUNDED = 1000  # rows of an answer, for which a sample's can be a bound
_DEFAULT_COLUMNS = ("@timestamp", "@message")

Connection = duckdb.DuckDBPyConnection


@dataclass(frozen=True)
class Stage:
    """A table to make before the statement runs: what it is selected from, and what then goes on
    with it in Python.
    """

    table: str
    ctes: tuple[str, ...]
    select: str
    then: Callable[[Connection], None] = lambda _: None
    is_hint: bool = False  # the answer is the same where the table is empty


@dataclass(frozen=True)
class Bins:
    """What the last stats grouped by: a column of times, their period, and the other columns."""

    column: str
    period: syntax.Duration
    others: tuple[str, ...]


@dataclass
class Context:
    """What the pipelines of one statement share: the query's own and those of its subqueries."""

    text: str
    time_range: TimeRange
    tables: Mapping[str, Path]
    names: Names = field(default_factory=Names)
    events: list[Events] = field(default_factory=list)
    ctes: list[str] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def refuse(self, reason: str, at: int) -> QueryError:
        """The error to raise for a part of the query."""
        return QueryError(reason, self.text, at)


class Pipeline:
    """The rows of one query, command by command."""

    def __init__(
        self,
        context: Context,
        events: Events,
        compile_query: Callable[["Pipeline", syntax.Query], "Pipeline"],
    ) -> None:
        """`compile_query` gives the pipeline of a subquery of this one."""
        self.context = context
        self.events = events
        self.compile_query = compile_query
        self.steps = Steps(context.names, events.name, events.columns)
        self.scope = Scope(events, self.steps)
        self.cast = Cast(self._define)
        self.of = Expressions(
            context.text, self.scope, self.cast, context.time_range, self.match_keys
        )
        self.shown: list[str] | None = None
        self.added: list[str] = []
        self.order: list[Term] = []
        self.first_key: FirstKey | None = None
        self.is_sorted = False
        self.is_row_by_row = False
        self.limit: int | None = None
        self.has_stats = False
        self.bins: Bins | None = None
        context.events.append(events)
        in_range = events.in_range()
        if in_range:
            self.steps.filter(in_range)

    def _define(self, sql: str) -> str:
        return self.steps.define(sql)

    @property
    def columns(self) -> list[str]:
        """The names of the columns that are shown."""
        if self.shown is not None:
            return list(dict.fromkeys(self.shown))
        return list(dict.fromkeys(self.added)) or list(_DEFAULT_COLUMNS)

    def named(self, name: str) -> Value:
        """The value of a column by its name."""
        computed = self.scope.computed.get(name)
        return computed or self.scope.resolve(syntax.Field(tuple(name.split("."))))

    def define(self, name: str, value: Value) -> None:
        """Add a column, which hides another of this name."""
        self.scope.computed[name] = self.cast.column(value)

    def define_shown(self, name: str, value: Value) -> None:
        """Add a column and show it, if columns have been chosen."""
        shown = self.columns
        self.define(name, value)
        self.shown = None if self.shown is None else [*self.shown, name]
        self.added = [*(self.added or shown), name]

    def replace_rows(self, columns: dict[str, Value], *, base: str | None = None) -> None:
        """The rows are others now, and have only these columns; `base` is a table to go on with."""
        if base is not None:
            self.steps = Steps(self.context.names, base)
            self.scope.steps = self.steps
        self.scope.close(columns, {})
        self.shown, self.added = None, list(columns)
        self.order, self.is_sorted = [], False
        self.has_stats, self.bins = True, None

    def row_order(self) -> list[Term]:
        """What the rows are ordered by: what the query says, else the newest event first."""
        if self.is_sorted or self.has_stats:
            return self.order
        timestamp = self.scope.resolve(_TIMESTAMP)
        return ordering.terms(self.cast, timestamp, descending=True)

    def cut(self) -> None:
        """Order and limit the rows now, because what follows depends on them."""
        if self.limit is None:
            return
        order = ordering.clause(self.row_order())
        self.steps.add(f"SELECT * FROM {SOURCE}{order} LIMIT {self.limit}")
        self.limit = None

    def select(self, most: int) -> tuple[list[str], list[tuple[str, Kind]]]:
        """The steps up to the last SELECT, which gives at most so many rows, and its columns."""
        order = ordering.clause(self.row_order())
        self._leave_out_last(most)
        self.steps.add(f"SELECT * FROM {SOURCE}{order} LIMIT {most}")
        columns = [(name, self.named(name)) for name in self.columns]
        shown = ", ".join(
            f'{self._shown(value)} AS "{place}"' for place, (_, value) in enumerate(columns)
        )
        steps = self.steps.finish(f"SELECT {shown} FROM {SOURCE}{order}")
        return steps, [(name, value.kind) for name, value in columns]

    def _leave_out_last(self, most: int) -> None:
        """Leave out rows behind as many events of the first lines as are wanted."""
        alone = self.is_row_by_row and not self.context.stages and not self.context.ctes
        key = self.first_key
        if not (alone and key and most <= _MOST_BOUNDED):
            return
        sample = self.steps.fork(base=self.events.sample)
        text = f"{key.text}[1:{SAMPLE_CHARACTERS}] AS text"
        select = f"SELECT {text}, {key.number} AS number FROM {SOURCE} WHERE {key.text} IS NOT NULL"
        ctes = tuple(sample.finish(select))
        table = self.context.names.table()

        def define_bound(connection: Connection) -> None:
            rows = connection.execute(f"FROM {table}").fetchall()
            condition = may_be_first(rows, most, descending=key.descending)
            connection.execute(f"CREATE MACRO {table}_bound(x) AS {condition}")

        self.context.stages.append(
            Stage(table, ctes, f"FROM {sample.name}", define_bound, is_hint=True)
        )
        # What names another table is no condition on lines, as which they would be counted.
        beside = f"(SELECT count(*) FROM {table}) >= 0"
        self.steps.filter(f"CASE WHEN {beside} THEN {table}_bound({key.text}) END")

    def subquery(self, query: syntax.Query) -> "Pipeline":
        """The pipeline of a query inside this one."""
        return self.compile_query(self, query)

    def match_keys(self, query: syntax.Query) -> str:
        """The relation of what the values of a subquery's first column are compared by."""
        inner = self.subquery(query)
        inner.cut()
        value = inner.named(inner.columns[0])
        text = inner.cast.column(Value(inner.cast.text(value), Kind.TEXT)).sql
        key = inner.cast.define(f"match_key({text})")
        select = f"SELECT DISTINCT {key} FROM {SOURCE} WHERE {key} IS NOT NULL"
        self.context.ctes += inner.steps.finish(select)
        return inner.steps.name

    def stage(self, select: str, table: str, then: Callable[[Connection], None]) -> None:
        """Make a table of a SELECT from SOURCE before the statement runs, and go on in Python."""
        steps = self.steps.fork()
        every = (*self.context.ctes, *steps.finish(select))
        self.context.stages.append(Stage(table, every, f"FROM {steps.name}", then))

    def _shown(self, value: Value) -> str:
        """A list or a map is shown as JSON, an element of one as it is."""
        if value.kind is Kind.STRUCTURE:
            return f"coalesce({self.cast.text(value)}, ({value.sql})::VARCHAR)"
        return value.sql


Compilers = dict[type, Callable[[Pipeline, Any], None]]
