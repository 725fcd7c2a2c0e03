"""SOURCE, which says what log groups a query is about."""

import json
import re
from dataclasses import dataclass

from ...time_range import UNITS_MS, TimeRange
from .. import syntax
from ..expressions import Expressions
from ..tokens import Kind
from .syntax import CommandSyntax


@dataclass(frozen=True)
class TagFilter(syntax.Part):
    """A tag that a log group must have: one of the values; `*` stands for any text, and a leading
    `!` turns a value around. No value at all is any value.
    """

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class TimeBound(syntax.Part):
    """An end of a time range: milliseconds since 1970, or since now when `relative`."""

    milliseconds: int
    relative: bool

    def at_ms(self, now_ms: int) -> int:
        """The milliseconds since 1970 that are meant."""
        return now_ms + self.milliseconds if self.relative else self.milliseconds


@dataclass(frozen=True)
class Source(syntax.Command):
    """Log groups by name, by the start of their names, by tags; all of them when none is given.

    Accounts, classes and data sources are kept as they are written: only AWS has them.
    """

    names: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    tags: tuple[TagFilter, ...] = ()
    accounts: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    data_sources: tuple[str, ...] = ()
    start: TimeBound | None = None
    end: TimeBound | None = None

    def time_range(self, now_ms: int) -> TimeRange:
        """The range that start and end say."""
        return TimeRange(
            self.start.at_ms(now_ms) if self.start else None,
            self.end.at_ms(now_ms) if self.end else None,
        )


_LISTS = {
    "nameprefix": "prefixes",
    "accountidentifier": "accounts",
    "accountidentifiers": "accounts",
    "class": "classes",
    "loggroupclass": "classes",
    "loggroupidentifier": "names",
    "loggroupidentifiers": "names",
}
_BARE_GROUP = re.compile(r"[\w./#-]+")
_SECOND_MS = 1000
_MILLISECONDS_FROM = 100_000_000_000  # so many seconds are the year 5138


def _source(parts: Expressions, at: int) -> Source:
    found: dict[str, tuple[str, ...]] = {}
    tags: tuple[TagFilter, ...] = ()
    bounds: dict[str, TimeBound] = {}
    reader = parts.reader
    while not reader.at_word("|", ")") and reader.token.kind is not Kind.END:
        called = reader.token.word if reader.after().text == "(" else ""
        if called == "loggroups":
            found |= _log_groups(parts)
        elif called == "datasource":
            reader.take()
            reader.need("(")
            found["data_sources"] = _texts(parts)
            reader.need(")")
        elif called == "loggrouptags":
            tags = _tags(parts)
        elif reader.at_word("start", "end") and reader.after().text == "=":
            end = reader.take().word
            bounds[end] = _bound(parts)
        else:
            found["names"] = (*found.get("names", ()), _group(parts))
            reader.skip(",")
    return Source(**found, tags=tags, **bounds, at=at)  # type: ignore[arg-type]  # by name


def _group(parts: Expressions) -> str:
    """A log group by name: in quotes, in back-ticks, or as it is."""
    reader = parts.reader
    if reader.token.kind is Kind.STRING or reader.token.text.startswith("`"):
        return reader.name()
    match = _BARE_GROUP.match(reader.text, reader.token.at)
    if match is None:
        raise reader.unexpected("the name of a log group is needed")
    while reader.token.at < match.end():
        reader.take()
    return match[0]


def _log_groups(parts: Expressions) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    reader = parts.reader
    reader.take()
    reader.need("(")
    while not reader.skip(")"):
        name = reader.take()
        kind = _LISTS.get(name.word)
        if kind is None:
            raise reader.error(f"logGroups takes {', '.join(_LISTS)}, not {name.text}", name.at)
        reader.need(":")
        found[kind] = _texts(parts)
        reader.skip(",")
    return found


def _texts(parts: Expressions) -> tuple[str, ...]:
    reader = parts.reader
    if reader.token.kind is Kind.STRING:
        return (reader.string().value,)
    reader.need("[", "a list such as ['a', 'b'] is needed")
    found = []
    while not reader.skip("]"):
        found.append(reader.string().value)
        if not reader.at_word("]"):
            reader.need(",")
    return tuple(found)


def _tags(parts: Expressions) -> tuple[TagFilter, ...]:
    """A list of maps as in JSON: `[{"key": "team", "values": ["a", "b"]}]`."""
    reader = parts.reader
    reader.take()
    reader.need("(")
    start = at = reader.token.at
    while not reader.at_word(")") and reader.token.kind is not Kind.END:
        reader.take()
    try:
        filters = json.loads(reader.text[start : reader.end].replace("'", '"'))
        found = tuple(TagFilter(each["key"], tuple(each.get("values", ()))) for each in filters)
    except (ValueError, TypeError, KeyError) as error:
        reason = 'logGroupTags takes a list such as [{"key": "team", "values": ["a"]}]'
        raise reader.error(reason, at) from error
    reader.need(")")
    return found


def _bound(parts: Expressions) -> TimeBound:
    reader = parts.reader
    reader.need("=")
    if reader.skip("now"):
        return TimeBound(0, relative=True)
    sign = -1 if reader.skip("-") else 1
    token = reader.token
    if token.kind is Kind.NUMBER and token.text.isdecimal() and sign == 1:
        value = int(reader.take().text)
        return TimeBound(value if value >= _MILLISECONDS_FROM else value * _SECOND_MS, False)
    period = reader.duration()
    if period.unit not in UNITS_MS:
        raise reader.error("write this period in s, m, h, d or w", period.at)
    return TimeBound(sign * period.count * UNITS_MS[period.unit], relative=True)


COMMANDS = (
    CommandSyntax(
        ("SOURCE",),
        "SOURCE 'GROUP' | logGroups(namePrefix: [...]) | logGroupTags([...])"
        " [start=-PERIOD] [end=now]",
        _source,
    ),
)
