"""Commands that bring other tables in, or make several rows of one."""

from dataclasses import dataclass

from .. import syntax
from ..expressions import Expressions
from .options import read_options
from .syntax import CommandSyntax

MAX_APPENDED = 100_000  # rows; AWS, page "appendcols", read 2026-11


@dataclass(frozen=True)
class Join(syntax.Command):
    """The rows of this query with those of another that have the same values."""

    kind: str
    left: str
    right: str
    conditions: tuple[tuple[syntax.Field, syntax.Field], ...]
    query: syntax.Query


@dataclass(frozen=True)
class LookupColumn(syntax.Part):
    """A column of a lookup table and the field of the event that it goes with."""

    column: str
    field: syntax.Field


@dataclass(frozen=True)
class Lookup(syntax.Command):
    """Columns of a lookup table for the events that match a row of it."""

    table: str
    matches: tuple[LookupColumn, ...]
    outputs: tuple[LookupColumn, ...]
    only_new: bool
    by_subnet: bool = False


@dataclass(frozen=True)
class Appendcols(syntax.Command):
    """The columns of another query, row by row."""

    query: syntax.Query
    override: bool
    most: int


@dataclass(frozen=True)
class Unnest(syntax.Command):
    """A row for each element of a list."""

    field: syntax.Field
    name: str


def _join(parts: Expressions, at: int) -> Join:
    reader = parts.reader
    options = {"type": "inner", "left": "left", "right": "right"}
    while reader.at_word(*options):
        name = reader.take().word
        reader.need("=")
        options[name] = reader.name()
    if options["type"].lower() not in ("inner", "left"):
        raise reader.error("a join is of type inner or left", at)
    reader.need("where", "where and the fields to join by are needed")
    conditions = [_equal(parts)]
    while reader.skip("and"):
        conditions.append(_equal(parts))
    query = parts.subquery("the other side of a join")
    return Join(
        options["type"].lower(), options["left"], options["right"], tuple(conditions), query, at=at
    )


def _equal(parts: Expressions) -> tuple[syntax.Field, syntax.Field]:
    left = parts.reader.field()
    if not parts.reader.skip("=", "=="):
        raise parts.reader.unexpected("a join takes only =")
    return left, parts.reader.field()


def _lookup(parts: Expressions, at: int) -> Lookup:
    table = parts.reader.name("the name of a lookup table")
    matches = _lookup_columns(parts)
    outputs, only_new = _outputs(parts)
    return Lookup(table, matches, outputs, only_new, at=at)


def _cidrlookup(parts: Expressions, at: int) -> Lookup:
    table = parts.reader.name("the name of a lookup table")
    field = parts.reader.field()
    column = parts.reader.name() if parts.reader.skip("as") else ""
    outputs, only_new = _outputs(parts)
    matches = (LookupColumn(column, field, at=field.at),)
    return Lookup(table, matches, outputs, only_new, by_subnet=True, at=at)


def _outputs(parts: Expressions) -> tuple[tuple[LookupColumn, ...], bool]:
    mode = parts.reader.skip("output", "outputnew")
    if mode is None:
        raise parts.reader.unexpected("OUTPUT or OUTPUTNEW is needed")
    return _lookup_columns(parts), mode.word == "outputnew"


def _lookup_columns(parts: Expressions) -> tuple[LookupColumn, ...]:
    found = [_lookup_column(parts)]
    while parts.reader.skip(","):
        found.append(_lookup_column(parts))
    return tuple(found)


def _lookup_column(parts: Expressions) -> LookupColumn:
    at = parts.reader.token.at
    column = parts.reader.field("a column of the lookup table")
    field = parts.reader.field() if parts.reader.skip("as") else column
    return LookupColumn(column.name, field, at=at)


def _appendcols(parts: Expressions, at: int) -> Appendcols:
    options = read_options(parts, {"override": "false", "max": "10000"}, flags=("override",))
    most = options["max"]
    if not most.isdecimal() or not 1 <= int(most) <= MAX_APPENDED:
        raise parts.reader.error(f"max is a whole number from 1 to {MAX_APPENDED}", at)
    query = parts.subquery("the columns to append")
    return Appendcols(query, options["override"] == "true", int(most), at=at)


def _unnest(parts: Expressions, at: int) -> Unnest:
    field = parts.reader.field()
    parts.reader.need("into")
    return Unnest(field, parts.reader.name(), at=at)


def _expand(parts: Expressions, at: int) -> Unnest:
    field = parts.reader.field()
    return Unnest(field, field.name, at=at)


COMMANDS = (
    CommandSyntax(
        ("join",),
        "join [type=inner|left] [left=NAME] [right=NAME] where NAME.FIELD=NAME.FIELD (QUERY)",
        _join,
    ),
    CommandSyntax(
        ("lookup",),
        "lookup TABLE COLUMN [as FIELD], ... OUTPUT|OUTPUTNEW COLUMN [as FIELD], ...",
        _lookup,
    ),
    CommandSyntax(
        ("cidrlookup",),
        "cidrlookup TABLE FIELD [as COLUMN] OUTPUT|OUTPUTNEW COLUMN [as FIELD], ...",
        _cidrlookup,
    ),
    CommandSyntax(
        ("appendcols",), "appendcols [override=true|false] [max=COUNT] (QUERY)", _appendcols
    ),
    CommandSyntax(("unnest",), "unnest FIELD into NAME", _unnest),
    CommandSyntax(("expand",), "expand FIELD", _expand),
)
