"""filter, sort, limit and dedup: which rows, and in which order."""

# ruff: noqa: S608 - these modules exist to write SQL; every name and text in it is quoted

from ...language import syntax
from ...language.commands.rows import Dedup, Filter, Limit, Sort
from .. import ordering
from ..needles import needles
from ..pipeline import Compilers, Pipeline
from ..steps import LIVE_FIELDS, SOURCE
from ..values import Kind, Value


def _filter(pipeline: Pipeline, command: Filter) -> None:
    """The parts between `and` one after the other, those that need the least first."""
    if pipeline.scope.events is not None and pipeline.limit is None and not pipeline.scope.aliases:
        hidden = frozenset(pipeline.scope.computed)
        pipeline.events.clauses += needles(command.condition, hidden)
    parts = _conjuncts(command.condition)
    wanted = [pipeline.cast.truth(pipeline.of.value(part)) for part in parts]
    for condition in sorted(wanted, key=pipeline.steps.waits_for):
        pipeline.steps.filter(condition)


def _conjuncts(condition: syntax.Expression) -> list[syntax.Expression]:
    parts: list[syntax.Expression] = []
    while isinstance(condition, syntax.Binary) and condition.operator == "and":
        parts += _conjuncts(condition.right)
        condition = condition.left
    return [condition, *parts]


def _sort(pipeline: Pipeline, command: Sort) -> None:
    keys = [(pipeline.of.value(key.expression), key.descending) for key in command.keys]
    pipeline.order = [
        term
        for value, descending in keys
        for term in ordering.terms(pipeline.cast, value, descending=descending)
    ]
    first, descending = keys[0]
    pipeline.first_key = ordering.first_key(pipeline.cast, first, descending=descending)
    pipeline.is_sorted = True


def _limit(pipeline: Pipeline, command: Limit) -> None:
    pipeline.limit = min(pipeline.limit or command.count, command.count)
    if command.any_rows and not pipeline.is_sorted:
        pipeline.is_sorted = True


def _dedup(pipeline: Pipeline, command: Dedup) -> None:
    """The first row of each group; one with a missing key is a group of its own."""
    cast, steps = pipeline.cast, pipeline.steps
    texts = [
        cast.column(Value(cast.text(pipeline.of.value(each)), Kind.TEXT)).sql
        for each in command.fields
    ]
    for name in pipeline.columns:
        pipeline.named(name)
    order = pipeline.row_order()
    place = cast.define(ordering.rank(order)) if order else "0"
    missing = " OR ".join(f"{text} IS NULL" for text in texts)
    keys = [*texts, f"CASE WHEN {missing} THEN nextval('ungrouped') END"]
    steps.compute_all()
    steps.add(
        f"SELECT unnest(first) FROM (SELECT arg_min(struct_pack({LIVE_FIELDS}), {place}) AS first"
        f" FROM {SOURCE} GROUP BY {', '.join(keys)})"
    )


COMPILERS: Compilers = {Filter: _filter, Sort: _sort, Limit: _limit, Dedup: _dedup}
