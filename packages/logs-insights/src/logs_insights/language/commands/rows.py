"""Commands that choose, order or count rows."""

from dataclasses import dataclass

from .. import syntax
from ..expressions import Expressions
from .syntax import CommandSyntax

MAX_LIMIT = 100_000  # rows; AWS, "Logs Insights query limits", read 2026-11


@dataclass(frozen=True)
class Filter(syntax.Command):
    """Keep the rows for which the condition holds."""

    condition: syntax.Expression


@dataclass(frozen=True)
class SortKey(syntax.Part):
    """One key of an order."""

    expression: syntax.Expression
    descending: bool = False


@dataclass(frozen=True)
class Sort(syntax.Command):
    """Order the rows."""

    keys: tuple[SortKey, ...]


@dataclass(frozen=True)
class Limit(syntax.Command):
    """Return at most so many rows; any of them, or the first ones."""

    count: int
    any_rows: bool = False


@dataclass(frozen=True)
class Dedup(syntax.Command):
    """Keep the first row of each combination of values."""

    fields: tuple[syntax.Field, ...]


@dataclass(frozen=True)
class Estimate(syntax.Command):
    """Only say how many bytes the query would scan."""


def _filter(parts: Expressions, at: int) -> Filter:
    return Filter(parts.expression(), at=at)


def _sort(parts: Expressions, at: int) -> Sort:
    reader = parts.reader
    if reader.at_word("by") and reader.after().text not in (",", "|"):
        reader.take()
    keys = [_key(parts)]
    while reader.skip(","):
        keys.append(_key(parts))
    return Sort(tuple(keys), at=at)


def _order(parts: Expressions, at: int) -> Sort:
    parts.reader.need("by")
    return _sort(parts, at)


def _key(parts: Expressions) -> SortKey:
    at = parts.reader.token.at
    expression = parts.expression()
    direction = parts.reader.skip("asc", "desc")
    return SortKey(expression, bool(direction and direction.word == "desc"), at=at)


def _limit(parts: Expressions, at: int) -> Limit:
    any_rows = bool(parts.reader.skip("any"))
    return Limit(parts.reader.whole_number(1, MAX_LIMIT, "limit"), any_rows, at=at)


def _dedup(parts: Expressions, at: int) -> Dedup:
    return Dedup(parts.reader.fields(), at=at)


def _estimate(_: Expressions, at: int) -> Estimate:
    return Estimate(at=at)


COMMANDS = (
    CommandSyntax(("filter",), "filter CONDITION", _filter),
    CommandSyntax(("where",), "where CONDITION", _filter),
    CommandSyntax(("filterIndex",), "filterIndex FIELD = VALUE", _filter),
    CommandSyntax(("sort",), "sort [by] EXPRESSION [asc|desc], ...", _sort),
    CommandSyntax(("order",), "order by EXPRESSION [asc|desc], ...", _order),
    CommandSyntax(("limit",), "limit [any] COUNT", _limit),
    CommandSyntax(("dedup",), "dedup FIELD, ...", _dedup),
    CommandSyntax(("estimate",), "estimate", _estimate),
)
