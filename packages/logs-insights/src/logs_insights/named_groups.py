"""Which log groups a query names, and which time it is about: what has to be given to it."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from .duckdb.compiling import compared_ranges, query_range
from .language import syntax
from .language.commands.sources import Source
from .language.parsing import parse
from .time_range import TimeRange


@dataclass(frozen=True)
class Reads:
    """What a query reads. `log_groups` are those that a SOURCE names, in subqueries too; `every` is
    whether one chooses among all groups; `time_range` covers what it compares with.
    """

    log_groups: tuple[str, ...]
    every: bool
    time_range: TimeRange


def reads(text: str, time_range: TimeRange | None = None) -> Reads:
    """What the query reads when it is asked about this range. Raises QueryError."""
    query = parse(text)
    sources = list(_sources(query))
    names = dict.fromkeys(name for source in sources for name in source.names)
    asked = query_range(query, time_range or TimeRange())
    ranges = [asked, *(each for _, each in compared_ranges(query.commands, asked))]
    starts, ends = ([each.start_ms for each in ranges], [each.end_ms for each in ranges])
    return Reads(
        tuple(names),
        any(not source.names for source in sources),
        TimeRange(
            None if None in starts else min(each for each in starts if each is not None),
            None if None in ends else max(each for each in ends if each is not None),
        ),
    )


def _sources(part: object) -> Iterator[Source]:
    """Every SOURCE, however deep."""
    if isinstance(part, Source):
        yield part
    elif isinstance(part, tuple):
        for each in part:
            yield from _sources(each)
    elif isinstance(part, syntax.Binary):
        for each in syntax.walk(part):
            if isinstance(each, syntax.In):
                yield from _sources(each.options)
    elif isinstance(part, syntax.Part):
        for each in fields(part):
            yield from _sources(getattr(part, each.name))
