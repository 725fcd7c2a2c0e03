"""Commands that aggregate."""

from dataclasses import dataclass

from .. import syntax
from ..expressions import Expressions
from .syntax import CommandSyntax


@dataclass(frozen=True)
class Stats(syntax.Command):
    """Aggregate, by group when there are groups; `offset` moves the bins of time."""

    aggregates: tuple[syntax.Item, ...]
    groups: tuple[syntax.Item, ...] = ()
    offset: syntax.Duration | None = None


@dataclass(frozen=True)
class CountFrequent(syntax.Command):
    """Count each combination of values, the most frequent first."""

    fields: tuple[syntax.Field, ...]


def _stats(parts: Expressions, at: int) -> Stats:
    reader = parts.reader
    aggregates = parts.items()
    groups: tuple[syntax.Item, ...] = ()
    if reader.skip("by"):
        groups = parts.items()
    offset = reader.duration() if reader.skip("offset") else None
    return Stats(aggregates, groups, offset, at=at)


def _count_frequent(parts: Expressions, at: int) -> CountFrequent:
    return CountFrequent(parts.reader.fields(), at=at)


COMMANDS = (
    CommandSyntax(
        ("stats",),
        "stats AGGREGATE [as NAME], ... [by EXPRESSION [as NAME], ...] [offset PERIOD]",
        _stats,
    ),
    CommandSyntax(("countFrequent", "count_frequent"), "countFrequent FIELD, ...", _count_frequent),
)
