"""relevantfields: the fields whose values differ most where a condition holds.

A field of numbers is scored by the two-sample Kolmogorov-Smirnov statistic, any other by the
Jensen-Shannon divergence (in bits) of its values; both lie between 0 and 1.
"""

# ruff: noqa: S608 - these modules exist to write SQL; every name and text in it is quoted

from collections import defaultdict
from math import log2
from statistics import median
from typing import Any

from ...language import syntax
from ...language.commands.patterns import RelevantFields
from ..ordering import Term
from ..pipeline import Compilers, Connection, Pipeline
from ..steps import SOURCE
from ..values import Kind, Value, looks_numeric, quoted
from .texts import chunks, insert

_MOST_VALUES = 10_000  # different ones of a field, which else has too many to be compared
_MOST_CONTRIBUTORS = 3
_COLUMNS = {
    "@fieldName": ("name", "VARCHAR", Kind.TEXT),
    "@relevanceScore": ("score", "DOUBLE", Kind.NUMBER),
    "@topRelevanceContributors": ("contributors", "VARCHAR", Kind.TEXT),
    "@conditionalMedian": ("conditional", "DOUBLE", Kind.NUMBER),
    "@baselineMedian": ("baseline", "DOUBLE", Kind.NUMBER),
}

Counts = dict[str, tuple[int, int]]  # of a value: where the condition holds, and where it does not


def _relevant_fields(pipeline: Pipeline, command: RelevantFields) -> None:
    """The fields that are in the condition are not among those of a query that names none."""
    condition = pipeline.cast.column(
        Value(pipeline.cast.truth(pipeline.of.value(command.condition)), Kind.TRUTH)
    ).sql
    found, scored = pipeline.context.names.table(), pipeline.context.names.table()
    asked = [each.name for each in syntax.walk(command.condition) if isinstance(each, syntax.Field)]
    hidden = f" WHERE pair.name NOT IN ({', '.join(map(quoted, asked))})" if asked else ""
    if command.fields:
        every = _pairs(pipeline, {field.name: pipeline.of.value(field) for field in command.fields})
        hidden = ""
    elif pipeline.scope.events is None:
        every = _pairs(pipeline, {name: pipeline.named(name) for name in pipeline.columns})
    else:
        every = f"flat_fields({pipeline.events.document})"
    select = (
        f"SELECT pair.name AS name, pair.value AS value, count(*) FILTER (holds) AS met,"
        f" count(*) FILTER (NOT holds) AS unmet FROM (SELECT {condition} AS holds,"
        f" unnest({every}) AS pair FROM {SOURCE}){hidden} GROUP BY ALL"
    )
    pipeline.stage(select, found, lambda connection: _score_all(connection, found, scored))
    names = {name: pipeline.steps.new_column() for name in _COLUMNS}
    pipeline.replace_rows(
        {name: Value(names[name], kind) for name, (_, _, kind) in _COLUMNS.items()}, base=scored
    )
    listed = ", ".join(f"{column} AS {names[name]}" for name, (column, _, _) in _COLUMNS.items())
    pipeline.steps.add(f"SELECT {listed} FROM {SOURCE}")
    pipeline.order = [Term(names["@relevanceScore"], True), Term(names["@fieldName"], False)]


def _pairs(pipeline: Pipeline, values: dict[str, Value]) -> str:
    """SQL for a list of names and texts."""
    pairs = (
        f"{{'name': {quoted(name)}, 'value': {pipeline.cast.text(value)}}}"
        for name, value in values.items()
    )
    return f"[{', '.join(pairs)}]"


def _score_all(connection: Connection, found: str, scored: str) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind, _ in _COLUMNS.values())
    connection.execute(f"CREATE TABLE {scored} ({columns})")
    select = f"SELECT name, value, met, unmet FROM {found} WHERE value IS NOT NULL ORDER BY name"
    by_name: dict[str, Counts] = defaultdict(dict)
    for chunk in chunks(connection, select):
        for name, value, met, unmet in chunk:
            if len(by_name[name]) <= _MOST_VALUES or looks_numeric(value):
                by_name[name][value] = (met, unmet)
    insert(connection, scored, [_scored(name, counts) for name, counts in by_name.items()])


def _scored(name: str, counts: Counts) -> tuple[Any, ...]:
    totals = [sum(column) for column in zip(*counts.values(), strict=True)]
    if not all(totals):
        return name, 0.0, None, None, None
    if all(map(looks_numeric, counts)):
        met = sorted((float(value), n) for value, (n, _) in counts.items())
        unmet = sorted((float(value), n) for value, (_, n) in counts.items())
        return name, _distance(counts, totals), None, _median(met), _median(unmet)
    if len(counts) > _MOST_VALUES:
        return name, 0.0, None, None, None
    return name, _divergence(counts, totals), _contributors(counts, totals), None, None


def _distance(counts: Counts, totals: list[int]) -> float:
    """The largest distance between the two cumulative distributions."""
    largest, met, unmet = 0.0, 0, 0
    for _, (first, second) in sorted(counts.items(), key=lambda each: float(each[0])):
        met, unmet = met + first, unmet + second
        largest = max(largest, abs(met / totals[0] - unmet / totals[1]))
    return round(largest, 4)


def _divergence(counts: Counts, totals: list[int]) -> float:
    bits = 0.0
    for met, unmet in counts.values():
        one, other = met / totals[0], unmet / totals[1]
        middle = (one + other) / 2
        bits += sum(share / 2 * log2(share / middle) for share in (one, other) if share)
    return round(max(0.0, bits), 4)


def _contributors(counts: Counts, totals: list[int]) -> str:
    def shift(value: str) -> float:
        return counts[value][0] / totals[0] - counts[value][1] / totals[1]

    most = sorted(counts, key=lambda value: (-abs(shift(value)), value))[:_MOST_CONTRIBUTORS]
    return ", ".join(f"{value} ({shift(value):+.0%})" for value in most)


def _median(numbers: list[tuple[float, int]]) -> float:
    total = sum(count for _, count in numbers)
    middles: list[float] = []
    seen = 0
    for value, count in numbers:
        seen += count
        while len(middles) < 2 and seen > (total - 1 + len(middles)) // 2:
            middles.append(value)
    return median(middles)


COMPILERS: Compilers = {RelevantFields: _relevant_fields}
