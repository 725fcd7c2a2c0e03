"""addtotals and outlier: what rows have to do with all of them."""

# ruff: noqa: S608 - these modules exist to write SQL; every name and text in it is quoted

from ...language.commands.series import Addtotals, Outlier
from ..ordering import Term
from ..pipeline import Compilers, Pipeline
from ..steps import SOURCE
from ..values import NUMERIC, Kind, Value

_SUMMARY = "Summary"  # what the first text column of a row of column totals says


def _addtotals(pipeline: Pipeline, command: Addtotals) -> None:
    names = [field.name for field in command.fields]
    names = names or [name for name in pipeline.columns if _is_summable(pipeline, name)]
    numbers = {name: _number(pipeline, pipeline.named(name)) for name in names}
    if command.rows and numbers:
        total = f"list_sum([{', '.join(numbers.values())}])"
        pipeline.define_shown(command.name, Value(total, Kind.NUMBER))
        numbers[command.name] = pipeline.named(command.name).sql
    if command.columns:
        _column_totals(pipeline, numbers)


def _is_summable(pipeline: Pipeline, name: str) -> bool:
    """Numbers; among events a text may be one, among groups it is a name."""
    kind = pipeline.named(name).kind
    is_text = kind is Kind.TEXT and not pipeline.has_stats and not name.startswith("@")
    return kind is Kind.NUMBER or is_text


def _number(pipeline: Pipeline, value: Value) -> str:
    number = pipeline.cast.number(value)
    return pipeline.cast.column(Value(number, Kind.NUMBER)).sql


def _column_totals(pipeline: Pipeline, numbers: dict[str, str]) -> None:
    """One more row, the last one, with the sum of each column."""
    order = pipeline.row_order()
    values = {name: pipeline.cast.column(pipeline.named(name)) for name in pipeline.columns}
    words = [n for n, value in values.items() if value.kind is Kind.TEXT and n not in numbers]
    pipeline.cut()
    pipeline.steps.keep()
    columns = {name: pipeline.steps.new_column() for name in values}
    last, orders = pipeline.steps.new_column(), [pipeline.steps.new_column() for _ in order]
    rows = [f"{value.sql} AS {columns[name]}" for name, value in values.items()]
    rows += [f"{term.column} AS {column}" for term, column in zip(order, orders, strict=True)]
    totals = [
        f"{_total(value, numbers.get(name), name in words[:1])} AS {columns[name]}"
        for name, value in values.items()
    ]
    totals += [f"NULL AS {column}" for column in orders]
    pipeline.steps.add(
        f"SELECT {', '.join(rows)}, 0 AS {last} FROM {SOURCE}"
        f" UNION ALL SELECT {', '.join(totals)}, 1 AS {last} FROM {SOURCE}"
    )
    pipeline.steps.forget()
    pipeline.replace_rows({name: Value(columns[name], v.kind) for name, v in values.items()})
    pipeline.order = [
        Term(last, False),
        *(
            Term(column, term.descending, term.nulls_first)
            for term, column in zip(order, orders, strict=True)
        ),
    ]


def _total(value: Value, number: str | None, is_label: bool) -> str:
    if number is None:
        return f"'{_SUMMARY}'" if is_label else "NULL"
    return f"sum({number})" if value.kind in NUMERIC else f"number_text(sum({number}))"


def _outlier(pipeline: Pipeline, command: Outlier) -> None:
    """Beyond the quartiles by more than a number of times the distance between them."""
    factor = float(command.factor)
    outside = []
    pipeline.cut()
    for field in command.fields:
        number = _number(pipeline, pipeline.of.value(field))
        high, low = pipeline.steps.new_column(), pipeline.steps.new_column()
        quartiles = f"quantile_cont({number}, [0.25, 0.75]) OVER ()"
        both = pipeline.steps.new_column()
        pipeline.steps.add(f"SELECT *, {quartiles} AS {both} FROM {SOURCE}")
        reach = f"{factor!r} * ({both}[2] - {both}[1])"
        pipeline.steps.add(
            f"SELECT *, {both}[2] + {reach} AS {high}, {both}[1] - {reach} AS {low} FROM {SOURCE}"
        )
        found = f"{number} > {high}" + (f" OR {number} < {low}" if command.lower else "")
        outside.append(pipeline.cast.define(f"coalesce({found}, false)"))
        if not command.remove:
            clamped = f"least({number}, {high})"
            clamped = f"greatest({clamped}, {low})" if command.lower else clamped
            moved = f"CASE WHEN {number} IS NOT NULL THEN {clamped} END"
            pipeline.define(field.name, Value(moved, Kind.NUMBER))
    any_outside = " OR ".join(outside)
    if command.mark:
        pipeline.define_shown("is_outlier", Value(f"({any_outside})", Kind.TRUTH))
    if command.remove:
        pipeline.steps.filter(f"NOT ({any_outside})")


COMPILERS: Compilers = {Addtotals: _addtotals, Outlier: _outlier}
