"""Turns a query into a plan: the steps of a DuckDB statement over the events of some files."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..language import syntax
from ..language.commands.columns import Display, Fields
from ..language.commands.parse import ParseGlob
from ..language.commands.patterns import Diff, Logcompare
from ..language.commands.rows import MAX_LIMIT, Dedup, Estimate, Filter, Limit, Sort
from ..language.commands.sources import Source
from ..language.commands.stats import Stats
from ..language.commands.tables import Join
from ..results import DEFAULT_LIMIT
from ..time_range import TimeRange
from .commands import COMPILERS
from .events import Events
from .pipeline import Context, Pipeline, Stage
from .values import Kind

_OF_A_ROW = (Fields, Display, Filter, ParseGlob, Sort, Limit)  # or of none
MAX_STATS = 10  # in a query; AWS, page "stats", read 2026-11


@dataclass(frozen=True)
class Plan:
    """What to run: the events to read, the tables to make first, the steps and the last SELECT."""

    events: tuple[Events, ...]
    stages: tuple[Stage, ...]
    ctes: tuple[str, ...]
    select: str
    columns: tuple[tuple[str, Kind], ...]
    warnings: tuple[str, ...] = ()
    only_estimates: bool = False


def compile_query(
    query: syntax.Query,
    *,
    limit: int | None = None,
    time_range: TimeRange | None = None,
    tables: Mapping[str, Path] | None = None,
) -> Plan:
    """The plan that answers the query. Raises QueryError for what cannot be answered.

    `limit` is the most rows of the answer, whatever the query says.
    """
    time_range = query_range(query, time_range or TimeRange())
    context = Context(query.text, time_range, tables or {})
    pipeline = _pipeline(context, query)
    most = min(limit or MAX_LIMIT, pipeline.limit or min(limit or DEFAULT_LIMIT, DEFAULT_LIMIT))
    if limit and not pipeline.limit:
        most = limit
    ctes, columns = pipeline.select(most)
    return Plan(
        tuple(context.events),
        tuple(context.stages),
        (*context.ctes, *ctes),
        f"FROM {pipeline.steps.name}",
        tuple(columns),
        tuple(dict.fromkeys(context.warnings)),
        isinstance(query.commands[-1], Estimate),
    )


def query_range(query: syntax.Query, given: TimeRange) -> TimeRange:
    """The range of time that a query is about: what is given, else what its SOURCE says."""
    if given.start_ms is not None or given.end_ms is not None:
        return given
    for command in query.commands:
        if isinstance(command, Source) and (command.start or command.end):
            return command.time_range(int(time.time() * 1000))
    return given


def _pipeline(context: Context, query: syntax.Query, outer: Pipeline | None = None) -> Pipeline:
    sources = [command for command in query.commands if isinstance(command, Source)]
    commands = [command for command in query.commands if not isinstance(command, Source)]
    _check_order(context, commands)
    if outer and not sources:
        sources = list(outer.events.sources)
    events = Events(context.names, sources, _ranges(context, commands))
    pipeline = Pipeline(context, events, lambda of, inner: _pipeline(context, inner, of))
    pipeline.is_row_by_row = all(isinstance(command, _OF_A_ROW) for command in commands)
    for command in commands:
        if isinstance(command, Estimate):
            continue
        COMPILERS[type(command)](pipeline, command)
        _warn_of_unknown(pipeline)
    return pipeline


def compared_ranges(
    commands: Sequence[syntax.Command], time_range: TimeRange
) -> list[tuple[syntax.Command, TimeRange]]:
    """The ranges that a query about this one compares it with, and the commands that do; an open
    range has none.
    """
    if time_range.start_ms is None or time_range.end_ms is None:
        return []
    return [
        (command, command.compared_with(time_range))
        for command in commands
        if isinstance(command, Diff | Logcompare)
    ]


def _ranges(context: Context, commands: Sequence[syntax.Command]) -> list[TimeRange]:
    """The range of the query and, where it is compared with another, that one."""
    compared = compared_ranges(commands, context.time_range)
    for command in commands:
        if isinstance(command, Diff | Logcompare) and not compared:
            reason = "a comparison with an earlier time needs a time range with both ends"
            raise context.refuse(reason, command.at)
    return [context.time_range, *(each for _, each in compared)]


def _check_order(context: Context, commands: Sequence[syntax.Command]) -> None:
    """Refuse what Logs Insights does not allow after or before something else."""
    stats = [place for place, each in enumerate(commands) if isinstance(each, Stats)]
    if len(stats) > MAX_STATS:
        reason = f"a query has at most {MAX_STATS} stats commands"
        raise context.refuse(reason, commands[stats[MAX_STATS]].at)
    for place, command in enumerate(commands):
        before_last = bool(stats) and place < stats[-1]
        if isinstance(command, Sort | Limit) and len(stats) > 1 and before_last:
            raise context.refuse("sort and limit come after the last stats", command.at)
        if isinstance(command, Dedup) and before_last:
            raise context.refuse("dedup comes after the last stats", command.at)
        after_dedup = place and isinstance(commands[place - 1], Dedup)
        if after_dedup and not isinstance(command, Limit | Estimate):
            raise context.refuse("only limit can follow dedup", command.at)
        if isinstance(command, Estimate) and place < len(commands) - 1:
            raise context.refuse("estimate is the last command of a query", command.at)
    joins = [each for each in commands if isinstance(each, Join)]
    if len(joins) > 1:
        raise context.refuse("a query has at most one join", joins[1].at)


def _warn_of_unknown(pipeline: Pipeline) -> None:
    for name in pipeline.scope.unknown:
        pipeline.context.warnings.append(
            f"{name} is missing everywhere: after a stats there is only what it defines"
        )
    pipeline.scope.unknown.clear()
