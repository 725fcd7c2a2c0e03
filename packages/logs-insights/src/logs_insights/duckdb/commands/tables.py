"""join, lookup, cidrlookup, appendcols and unnest: other tables, and rows made of one."""

# ruff: noqa: S608 - these modules exist to write SQL; every name and text in it is quoted

import csv

from ...errors import InsightsError
from ...language import syntax
from ...language.commands.tables import Appendcols, Join, Lookup, LookupColumn, Unnest
from ...language.hints import nearest
from .. import ordering
from ..functions.addresses import bits
from ..pipeline import Compilers, Pipeline
from ..steps import SOURCE
from ..values import Cast, Kind, Value, quoted


def _key(cast: Cast, value: Value) -> str:
    text = cast.column(Value(cast.text(value), Kind.TEXT)).sql
    return cast.define(f"match_key({text})")


def _join(pipeline: Pipeline, command: Join) -> None:
    """What both sides are called stands before their fields; a name without is one of the left."""
    inner = pipeline.subquery(command.query)
    inner.cut()
    mine, theirs = [], []
    for one, other in command.conditions:
        left, right = (one, other) if one.path[0] == command.left else (other, one)
        if (left.path[0], right.path[0]) != (command.left, command.right):
            reason = f"write {command.left}.FIELD = {command.right}.FIELD"
            raise pipeline.of.refuse(reason, one.at)
        mine.append(_key(pipeline.cast, pipeline.scope.resolve(syntax.Field(left.path[1:]))))
        theirs.append(_key(inner.cast, inner.scope.resolve(syntax.Field(right.path[1:]))))
    pipeline.cut()
    side = pipeline.steps.read_beside(inner.steps)
    joined = "LEFT JOIN" if command.kind == "left" else "JOIN"
    same = " AND ".join(f"{one} = {other}" for one, other in zip(mine, theirs, strict=True))
    pipeline.steps.add(
        f"SELECT mine.*, theirs.* FROM {SOURCE} AS mine {joined} {side} AS theirs ON {same}"
    )
    pipeline.scope.aliases = {command.left: pipeline.scope, command.right: inner.scope}


def _lookup(pipeline: Pipeline, command: Lookup) -> None:
    """The first row of the table that matches; of subnets, the narrowest."""
    table = _Table(pipeline, command)
    outputs = {output: pipeline.steps.new_column() for output in command.outputs}
    if command.by_subnet:
        _by_subnet(pipeline, command, table, outputs)
    else:
        _by_value(pipeline, command, table, outputs)
    for output, column in outputs.items():
        found = Value(column, Kind.TEXT)
        if command.only_new:
            before = pipeline.cast.text(pipeline.of.value(output.field))
            found = Value(f"coalesce({before}, {column})", Kind.TEXT)
        pipeline.define_shown(output.field.name, found)


class _Table:
    """A lookup table: a CSV file with a header."""

    def __init__(self, pipeline: Pipeline, command: Lookup) -> None:
        path = pipeline.context.tables.get(command.table)
        if path is None:
            near = nearest(command.table, pipeline.context.tables)
            hint = f"; did you mean {near}?" if near else ": give the name and a CSV file"
            reason = f"there is no lookup table {command.table!r} here{hint}"
            raise pipeline.of.refuse(reason, command.at)
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                self.columns = next(csv.reader(file), [])
        except OSError as error:
            raise InsightsError(f"the lookup table {path} cannot be read: {error}") from error
        names = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in self.columns)
        self.sql = (
            f"read_csv({quoted(str(path))}, header = true, delim = ',', quote = '\"',"
            f" escape = '\"', auto_detect = false, columns = {{{names}}})"
        )
        self._pipeline = pipeline
        self._name = command.table

    def column(self, asked: LookupColumn) -> str:
        """The SQL of a column. Raises QueryError when the table has none of this name."""
        if asked.column not in self.columns:
            near = nearest(asked.column, self.columns)
            hint = f"; did you mean {near}?" if near else f"; it has {', '.join(self.columns)}"
            reason = f"the lookup table {self._name} has no column {asked.column!r}{hint}"
            raise self._pipeline.of.refuse(reason, asked.at)
        return '"' + asked.column.replace('"', '""') + '"'


def _by_value(
    pipeline: Pipeline, command: Lookup, table: _Table, outputs: dict[LookupColumn, str]
) -> None:
    keys = {match: pipeline.steps.new_column() for match in command.matches}
    listed = ", ".join(
        [f"match_key({table.column(match)}) AS {key}" for match, key in keys.items()]
        + [f"{table.column(output)} AS {name}" for output, name in outputs.items()]
    )
    rows = f"SELECT DISTINCT ON ({', '.join(keys.values())}) {listed} FROM {table.sql}"
    mine = [_key(pipeline.cast, pipeline.of.value(match.field)) for match in command.matches]
    same = " AND ".join(f"{one} = {key}" for one, key in zip(mine, keys.values(), strict=True))
    pipeline.steps.add(
        f"SELECT mine.*, {', '.join(outputs.values())} FROM {SOURCE} AS mine"
        f" LEFT JOIN ({rows}) AS looked_up ON {same}"
    )


def _by_subnet(
    pipeline: Pipeline, command: Lookup, table: _Table, outputs: dict[LookupColumn, str]
) -> None:
    (match,) = command.matches
    if not match.column:
        match = LookupColumn("cidr", match.field, at=match.at)
    subnet = table.column(match)
    packed = ", ".join(f"{name} := {table.column(output)}" for output, name in outputs.items())
    address = bits(pipeline.cast, pipeline.of.value(match.field))
    narrowest, found = "strlen(subnet_bits(s)) DESC", pipeline.steps.new_column()
    rows = (
        f"SELECT list(struct_pack(prefix := subnet_bits(s), width := length(ip_bits("
        f"split_part(s, '/', 1))), found := f) ORDER BY {narrowest}) AS subnets"
        f" FROM (SELECT {subnet} AS s, struct_pack({packed}) AS f FROM {table.sql})"
    )
    first = (
        f"list_filter(subnets, lambda each: each.width = length({address})"
        f" AND starts_with({address}, each.prefix))[1].found"
    )
    pipeline.steps.add(f"SELECT mine.*, {first} AS {found} FROM {SOURCE} AS mine, ({rows})")
    shown = ", ".join(f"{found}.{name} AS {name}" for name in outputs.values())
    pipeline.steps.add(f"SELECT *, {shown} FROM {SOURCE}")


def _appendcols(pipeline: Pipeline, command: Appendcols) -> None:
    inner = pipeline.subquery(command.query)
    inner.limit = min(inner.limit or command.most, command.most)
    inner.cut()
    mine, theirs = _numbered(pipeline), _numbered(inner)
    values = {name: inner.cast.column(inner.named(name)) for name in inner.columns}
    side = pipeline.steps.read_beside(inner.steps)
    pipeline.steps.add(
        f"SELECT mine.*, theirs.* FROM {SOURCE} AS mine"
        f" LEFT JOIN {side} AS theirs ON {mine} = {theirs}",
        needs=[mine],
    )
    inner.steps.compute_all()
    for name, value in values.items():
        if command.override or name not in pipeline.columns:
            pipeline.define_shown(name, value)


def _numbered(pipeline: Pipeline) -> str:
    """A column of the places of the rows in their order."""
    pipeline.cut()
    place = pipeline.steps.new_column()
    order = ordering.clause(pipeline.row_order()).strip()
    pipeline.steps.add(f"SELECT *, row_number() OVER ({order}) AS {place} FROM {SOURCE}")
    return place


def _unnest(pipeline: Pipeline, command: Unnest) -> None:
    """What is no list is one with one element."""
    value = pipeline.of.value(command.field)
    structure = pipeline.cast.column(Value(pipeline.cast.structure(value), Kind.STRUCTURE)).sql
    alone = value.sql if value.kind is Kind.STRUCTURE else f"to_json({pipeline.cast.text(value)})"
    element = pipeline.steps.new_column()
    elements = (
        f"CASE WHEN json_type({structure}) = 'ARRAY' THEN json_extract({structure}, '$[*]')"
        f" ELSE [{alone}] END"
    )
    pipeline.cut()
    pipeline.steps.add(f"SELECT *, unnest({elements}) AS {element} FROM {SOURCE}")
    pipeline.define(command.name, Value(element, Kind.STRUCTURE))


COMPILERS: Compilers = {Join: _join, Lookup: _lookup, Appendcols: _appendcols, Unnest: _unnest}
