"""pattern, diff, logcompare and anomaly: what the texts of events have in common."""

# ruff: noqa: S608 - these modules exist to write SQL; every name and text in it is quoted

from collections import Counter
from collections.abc import Iterator
from typing import Any

from ...language import syntax
from ...language.commands.patterns import Anomaly, Diff, Logcompare, Pattern
from .. import anomalies
from ..drain import VARIABLE, VARIABLE_REGEX, Cluster, Template, cluster, severity
from ..ordering import Term
from ..pipeline import Compilers, Connection, Pipeline
from ..steps import SOURCE
from ..values import Kind, Value, quoted
from .texts import chunks, insert

_SAMPLES = 20  # texts of a template, to see what varies
_SLICE_S = 60
_MESSAGE = syntax.Field(("@message",))
_COLUMNS = {
    "@pattern": ("pattern", "VARCHAR", Kind.TEXT),
    "@ratio": ("ratio", "DOUBLE", Kind.NUMBER),
    "@sampleCount": ("now", "DOUBLE", Kind.NUMBER),
    "@severityLabel": ("severity", "VARCHAR", Kind.TEXT),
    "@diffEventCount": ("difference", "DOUBLE", Kind.NUMBER),
    "@diffDescription": ("description", "VARCHAR", Kind.TEXT),
    "@anomaly": ("is_unusual", "BOOLEAN", Kind.TRUTH),
    "@anomalyType": ("what", "VARCHAR", Kind.TEXT),
    "@anomalyScore": ("score", "DOUBLE", Kind.NUMBER),
}
_PATTERN = ("@pattern", "@ratio", "@sampleCount", "@severityLabel")
_DIFF = ("@pattern", "@sampleCount", "@diffEventCount", "@diffDescription", "@severityLabel")
_ANOMALY = ("@anomaly", "@anomalyType", "@anomalyScore")


def _pattern(pipeline: Pipeline, command: Pattern) -> None:
    if pipeline.is_sorted:
        raise pipeline.of.refuse("pattern cannot follow sort; sort can follow pattern", command.at)
    value = pipeline.of.value(command.field)
    text = pipeline.cast.column(Value(pipeline.cast.text(value), Kind.TEXT)).sql
    templates, patterns = pipeline.context.names.table(), pipeline.context.names.table()
    regex, mark = quoted(VARIABLE_REGEX), quoted(VARIABLE)
    select = (
        f"SELECT regexp_replace({text}, {regex}, {mark}, 'g') AS template,"
        f" {_counts(pipeline)}, arg_min({text}, hash({text}), {_SAMPLES}) AS samples"
        f" FROM {SOURCE} WHERE {text} IS NOT NULL GROUP BY template"
    )
    pipeline.stage(select, templates, lambda connection: _cluster(connection, templates, patterns))
    names = {name: pipeline.steps.new_column() for name in _COLUMNS}
    pipeline.replace_rows(
        {name: Value(names[name], kind) for name, (_, _, kind) in _COLUMNS.items()}, base=patterns
    )
    pipeline.added = list(_PATTERN)
    listed = ", ".join(f"{column} AS {names[name]}" for name, (column, _, _) in _COLUMNS.items())
    is_compared = len(pipeline.events.ranges) > 1
    where = "" if is_compared else " WHERE now > 0"
    pipeline.steps.add(f"SELECT {listed} FROM {SOURCE}{where}")
    pipeline.order = [Term(names["@sampleCount"], True), Term(names["@pattern"], False)]


def _counts(pipeline: Pipeline) -> str:
    """How many texts there are in the range, in the one to compare with, and in each slice."""
    timestamp = pipeline.scope.timestamp()
    moment = timestamp.sql if timestamp else "NULL::TIMESTAMP"
    first, *others = pipeline.events.ranges
    now = pipeline.events.within(first, moment) if others else "true"
    earlier = pipeline.events.within(others[0], moment) if others else "false"
    slices = f"histogram(epoch({moment})::BIGINT // {_SLICE_S}) FILTER ({now})"
    return (
        f"count(*) FILTER ({now}) AS now, count(*) FILTER ({earlier}) AS earlier, {slices} AS times"
    )


def _cluster(connection: Connection, templates: str, patterns: str) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind, _ in _COLUMNS.values())
    connection.execute(f"CREATE TABLE {patterns} ({columns})")
    clusters = cluster(_read(connection, templates))
    total = sum(each.count for each in clusters)
    unusual = anomalies.find(clusters)
    rows = [_row(each, total, unusual[place]) for place, each in enumerate(clusters)]
    insert(connection, patterns, rows)


def _read(connection: Connection, templates: str) -> Iterator[Template]:
    select = f"SELECT template, now, earlier, times, samples FROM {templates}"
    for chunk in chunks(connection, select):
        for text, now, earlier, times, samples in chunk:
            yield Template(text, now, earlier, Counter(times or {}), samples or [])


def _row(each: Cluster, total: int, unusual: anomalies.Anomaly | None) -> tuple[Any, ...]:
    pattern = each.pattern()
    return (
        pattern,
        round(each.count / total, 4) if total else 0.0,
        float(each.count),
        severity(pattern),
        float(each.count - each.earlier),
        _description(each.count, each.earlier),
        unusual is not None,
        unusual.kind if unusual else None,
        round(unusual.score, 4) if unusual else 0.0,
    )


def _description(now: int, earlier: int) -> str:
    if not earlier:
        return "New pattern"
    if not now:
        return "Pattern no longer appears"
    if now == earlier:
        return "No change"
    change = abs(now - earlier) / earlier * 100
    return f"{'Increased' if now > earlier else 'Decreased'} by {change:.0f}%"


def _diff(pipeline: Pipeline, command: Diff | Logcompare) -> None:
    """Without a pattern before it, that of the messages."""
    if "@diffEventCount" not in pipeline.scope.computed:
        _pattern(pipeline, Pattern(_MESSAGE, at=command.at))
    pipeline.added = list(_DIFF)


def _anomaly(pipeline: Pipeline, command: Anomaly) -> None:
    if "@anomaly" not in pipeline.scope.computed:
        raise pipeline.of.refuse("anomaly stands behind pattern", command.at)
    pipeline.added = [*pipeline.added, *_ANOMALY]


COMPILERS: Compilers = {Pattern: _pattern, Diff: _diff, Logcompare: _diff, Anomaly: _anomaly}
