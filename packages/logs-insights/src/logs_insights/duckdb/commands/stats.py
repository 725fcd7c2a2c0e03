"""stats and countFrequent: rows become groups."""

from ...language import syntax
from ...language.commands.stats import CountFrequent, Stats
from ..ordering import Term
from ..pipeline import Bins, Compilers, Pipeline
from ..stats import StatsCommand
from ..values import Kind, Value

_COUNT = "_approxcount"
_BINS = ("bin", "datefloor", "dateceil")


def _stats(pipeline: Pipeline, command: Stats) -> None:
    columns = StatsCommand(command, pipeline.of, pipeline.steps).apply()
    results = {
        item.expression: columns[item.name] for item in (*command.groups, *command.aggregates)
    }
    shown = list(columns)
    groups = [columns[item.name] for item in command.groups]
    moment = next((each for each in groups if each.kind is Kind.TIME), None)
    if moment is not None:
        columns.setdefault("@timestamp", moment)
    pipeline.scope.close(columns, results)
    pipeline.shown, pipeline.added = None, shown
    pipeline.has_stats, pipeline.is_sorted = True, False
    pipeline.order = [
        Term(value.sql, False) for value in sorted(groups, key=lambda each: each is not moment)
    ]
    pipeline.bins = _bins(command, groups)


def _bins(command: Stats, groups: list[Value]) -> Bins | None:
    """The only group that is a rounded time, with its period."""
    found = [
        (group.sql, item.expression.arguments[-1])
        for item, group in zip(command.groups, groups, strict=True)
        if isinstance(item.expression, syntax.Call)
        and item.expression.name in _BINS
        and group.kind is Kind.TIME
    ]
    column, period = found[0] if len(found) == 1 else ("", None)
    if not isinstance(period, syntax.Duration):
        return None
    others = dict.fromkeys(group.sql for group in groups if group.sql != column)
    return Bins(column, period, tuple(others))


def _count_frequent(pipeline: Pipeline, command: CountFrequent) -> None:
    """Counted exactly: every approximation of AWS's is also right."""
    groups = tuple(syntax.Item(field, None, at=field.at) for field in command.fields)
    count = syntax.Item(syntax.Call("count", (), True), _COUNT)
    _stats(pipeline, Stats((count,), groups, at=command.at))
    pipeline.order = [Term(pipeline.named(_COUNT).sql, True), *pipeline.order]


COMPILERS: Compilers = {Stats: _stats, CountFrequent: _count_frequent}
