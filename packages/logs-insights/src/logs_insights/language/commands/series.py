"""Commands that look at rows in their order: the row before, a running total, gaps of time."""

from dataclasses import dataclass

from .. import syntax
from ..expressions import Expressions
from ..tokens import Kind
from .options import read_options
from .syntax import CommandSyntax

MAX_LAG = 1000  # rows; a limit of this engine, each lag is a column


@dataclass(frozen=True)
class Accum(syntax.Command):
    """A running total of a field."""

    field: syntax.Field
    name: str


@dataclass(frozen=True)
class Autoregress(syntax.Command):
    """The field's values of the rows before: a column for each lag."""

    field: syntax.Field
    prefix: str
    lags: tuple[int, ...]
    single: bool


@dataclass(frozen=True)
class Filldown(syntax.Command):
    """The last value that was there, where a field has none; `*` in a name stands for any text."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Fillmissing(syntax.Command):
    """A row for each bin of time without one, with these values."""

    values: tuple[tuple[str, syntax.Expression], ...]


@dataclass(frozen=True)
class Sessionize(syntax.Command):
    """An identifier for the rows of one session: same fields, and no longer gap than this."""

    fields: tuple[syntax.Field, ...]
    gap: syntax.Duration
    name: str


@dataclass(frozen=True)
class Addtotals(syntax.Command):
    """The sum over a row's numbers, over a column's, or both."""

    fields: tuple[syntax.Field, ...]
    name: str
    rows: bool
    columns: bool


@dataclass(frozen=True)
class Outlier(syntax.Command):
    """Remove, clamp or mark what lies too far outside the quartiles."""

    fields: tuple[syntax.Field, ...]
    remove: bool
    factor: str
    lower: bool
    mark: bool


def _alias(parts: Expressions, default: str) -> str:
    return parts.reader.name() if parts.reader.skip("as") else default


def _accum(parts: Expressions, at: int) -> Accum:
    field = parts.reader.field()
    return Accum(field, _alias(parts, f"accum_{field.name}"), at=at)


def _autoregress(parts: Expressions, at: int) -> Autoregress:
    reader = parts.reader
    field = reader.field()
    prefix = _alias(parts, field.name)
    first = last = 1
    if reader.skip("p"):
        reader.need("=")
        first = last = reader.whole_number(1, MAX_LAG, "p")
        if reader.skip("-"):
            last = reader.whole_number(first, MAX_LAG, "p")
    prefix = _alias(parts, prefix)
    named = prefix != field.name and first == last
    return Autoregress(field, prefix, tuple(range(first, last + 1)), named, at=at)


def _filldown(parts: Expressions, at: int) -> Filldown:
    names = []
    while parts.reader.token.kind is Kind.NAME or parts.reader.at_word("*"):
        names.append(_wildcard(parts))
        parts.reader.skip(",")
    return Filldown(tuple(names) or ("*",), at=at)


def _wildcard(parts: Expressions) -> str:
    """A name that may have stars, written without spaces."""
    reader = parts.reader
    start = reader.token.at
    written = ""
    while not written or reader.token.at == reader.end:
        if not (reader.token.kind is Kind.NAME or reader.at_word("*")):
            break
        written += reader.take().text.replace("`", "")
    return written or reader.text[start : reader.end]


def _fillmissing(parts: Expressions, at: int) -> Fillmissing:
    values = []
    if parts.reader.skip("with"):
        values.append(_filling(parts))
        while parts.reader.skip(","):
            parts.reader.skip("with")
            values.append(_filling(parts))
    return Fillmissing(tuple(values), at=at)


def _filling(parts: Expressions) -> tuple[str, syntax.Expression]:
    value = parts.expression()
    parts.reader.need("for")
    return parts.reader.name(), value


def _sessionize(parts: Expressions, at: int) -> Sessionize:
    fields = parts.reader.fields()
    gap = syntax.Duration(30, "m")
    if parts.reader.skip("maxspan"):
        parts.reader.skip("=")
        gap = parts.reader.duration()
    return Sessionize(fields, gap, _alias(parts, "session_id"), at=at)


def _addtotals(parts: Expressions, at: int) -> Addtotals:
    options = read_options(
        parts, {"fieldname": "Total", "row": "true", "col": "false"}, flags=("row", "col")
    )
    fields = parts.reader.fields() if parts.reader.token.kind is Kind.NAME else ()
    return Addtotals(
        fields, options["fieldname"], options["row"] == "true", options["col"] == "true", at=at
    )


def _outlier(parts: Expressions, at: int) -> Outlier:
    options = read_options(
        parts,
        {"action": "transform", "param": "2.5", "uselower": "false", "mark": "false"},
        flags=("uselower", "mark"),
    )
    if options["action"] not in ("remove", "transform"):
        raise parts.reader.error("action is remove or transform", at)
    fields = [parts.reader.field()]
    while parts.reader.skip(",") or parts.reader.token.kind is Kind.NAME:
        fields.append(parts.reader.field())
    return Outlier(
        tuple(fields),
        options["action"] == "remove",
        options["param"],
        options["uselower"] == "true",
        options["mark"] == "true",
        at=at,
    )


COMMANDS = (
    CommandSyntax(("accum",), "accum FIELD [as NAME]", _accum),
    CommandSyntax(("autoregress",), "autoregress FIELD [as NAME] [p=LAG[-LAG]]", _autoregress),
    CommandSyntax(("filldown",), "filldown [FIELD ...]", _filldown),
    CommandSyntax(("fillmissing",), "fillmissing [with VALUE for FIELD, ...]", _fillmissing),
    CommandSyntax(("sessionize",), "sessionize FIELD, ... [maxspan PERIOD] [as NAME]", _sessionize),
    CommandSyntax(
        ("addtotals",),
        "addtotals [fieldname=NAME] [row=true|false] [col=true|false] [FIELD, ...]",
        _addtotals,
    ),
    CommandSyntax(
        ("outlier",),
        "outlier [action=remove|transform] [param=NUMBER] [uselower=true|false]"
        " [mark=true|false] FIELD ...",
        _outlier,
    ),
)
