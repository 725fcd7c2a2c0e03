"""accum, autoregress, filldown, fillmissing and sessionize: what rows have to do with those before
them.
"""

# ruff: noqa: S608 - these modules exist to write SQL; every name and text in it is quoted

from fnmatch import fnmatchcase

from ...language import syntax
from ...language.commands.series import (
    Accum,
    Autoregress,
    Filldown,
    Fillmissing,
    Sessionize,
)
from .. import ordering, periods
from ..pipeline import Bins, Compilers, Pipeline
from ..steps import SOURCE
from ..values import NUMERIC, Kind, Value

_MOST_BINS = 100_000  # rows; an answer has no more


def _number(pipeline: Pipeline, field: syntax.Field) -> str:
    number = pipeline.cast.number(pipeline.of.value(field))
    return pipeline.cast.column(Value(number, Kind.NUMBER)).sql


def _windowed(pipeline: Pipeline, columns: dict[str, str]) -> None:
    """Add columns of window functions; `{order}` in them is the order of the rows."""
    pipeline.cut()
    order = ordering.clause(pipeline.row_order()).strip()
    added = ", ".join(f"{sql.replace('{order}', order)} AS {name}" for name, sql in columns.items())
    pipeline.steps.add(f"SELECT *, {added} FROM {SOURCE}")


def _accum(pipeline: Pipeline, command: Accum) -> None:
    number, column = _number(pipeline, command.field), pipeline.steps.new_column()
    total = f"sum({number}) OVER ({{order}} ROWS UNBOUNDED PRECEDING)"
    _windowed(pipeline, {column: total})
    pipeline.define_shown(command.name, Value(column, Kind.NUMBER))


def _autoregress(pipeline: Pipeline, command: Autoregress) -> None:
    value = pipeline.cast.column(pipeline.of.value(command.field))
    columns = {pipeline.steps.new_column(): lag for lag in command.lags}
    _windowed(
        pipeline,
        {name: f"lag({value.sql}, {lag}) OVER ({{order}})" for name, lag in columns.items()},
    )
    for column, lag in columns.items():
        name = command.prefix if command.single else f"{command.prefix}_p{lag}"
        pipeline.define_shown(name, Value(column, value.kind))


def _filldown(pipeline: Pipeline, command: Filldown) -> None:
    names = [
        name
        for name in pipeline.columns
        if any(fnmatchcase(name, pattern) for pattern in command.names)
    ]
    values = {name: pipeline.cast.column(pipeline.named(name)) for name in names}
    columns = {name: pipeline.steps.new_column() for name in names}
    if not columns:
        return
    filled = {
        columns[name]: f"last_value({values[name].sql} IGNORE NULLS) OVER"
        " ({order} ROWS UNBOUNDED PRECEDING)"
        for name in names
    }
    _windowed(pipeline, filled)
    for name, column in columns.items():
        pipeline.scope.computed[name] = Value(column, values[name].kind)


def _sessionize(pipeline: Pipeline, command: Sessionize) -> None:
    """A session ends with a gap longer than that; its identifier is the hash of the fields and
    its number among theirs.
    """
    timestamp = pipeline.scope.timestamp()
    if timestamp is None:
        raise pipeline.of.refuse("sessionize needs @timestamp, which stats dropped", command.at)
    keys = [
        pipeline.cast.column(Value(pipeline.cast.text(pipeline.of.value(each)), Kind.TEXT)).sql
        for each in command.fields
    ]
    partition = f"PARTITION BY {', '.join(keys)} ORDER BY {timestamp.sql}"
    starts, number = pipeline.steps.new_column(), pipeline.steps.new_column()
    gap = f"{timestamp.sql} - lag({timestamp.sql}) OVER ({partition})"
    longest = periods.interval(command.gap)
    pipeline.cut()
    new = f"CASE WHEN {gap} <= {longest} THEN 0 ELSE 1 END"
    pipeline.steps.add(f"SELECT *, {new} AS {starts} FROM {SOURCE}", needs=keys)
    count = f"sum({starts}) OVER ({partition} ROWS UNBOUNDED PRECEDING)::BIGINT"
    pipeline.steps.add(f"SELECT *, {count} AS {number} FROM {SOURCE}")
    written = ", ".join([*keys, number])
    pipeline.define_shown(
        command.name, Value(f"left(md5(concat_ws(chr(31), {written})), 16)", Kind.TEXT)
    )


def _fillmissing(pipeline: Pipeline, command: Fillmissing) -> None:
    """A row for each bin between the first and the last, for each combination of the other
    groups.
    """
    bins = pipeline.bins
    if bins is None:
        raise pipeline.of.refuse("fillmissing stands behind stats ... by bin(...)", command.at)
    given = {name: pipeline.of.value(part) for name, part in command.values}
    for name in given:
        if name not in pipeline.columns:
            raise pipeline.of.refuse(f"there is no column {name!r} to fill", command.at)
    moment, step = bins.column, periods.interval(bins.period)
    keys = [moment, *bins.others]
    filled = _filled(pipeline, given, bins)
    pipeline.cut()
    pipeline.steps.keep()
    most = f"min({moment}) + {_MOST_BINS} * {step}"
    series = f"generate_series(min({moment}), least(max({moment}), {most}), {step})"
    groups = f"SELECT DISTINCT {', '.join(bins.others) or '1'} FROM {SOURCE}"
    every = f"(SELECT unnest({series}) AS {moment} FROM {SOURCE}) CROSS JOIN ({groups})"
    same = " AND ".join(f"bins.{key} IS NOT DISTINCT FROM found.{key}" for key in keys)
    kept = "".join(f", bins.{key} AS {key}" for key in keys)
    more = "".join(f", {sql} AS {name}" for name, sql in filled.items())
    pipeline.steps.add(
        f"SELECT found.* EXCLUDE ({', '.join([*keys, *filled])}){kept}{more}"
        f" FROM (FROM {every}) AS bins LEFT JOIN {SOURCE} AS found ON {same}"
    )


def _filled(pipeline: Pipeline, given: dict[str, Value], bins: Bins) -> dict[str, str]:
    """The columns that get a constant in new rows, and their SQL."""
    filled = {}
    for name, value in given.items():
        column = pipeline.named(name)
        is_number = column.kind in NUMERIC
        constant = pipeline.cast.number(value) if is_number else pipeline.cast.text(value)
        if column.sql not in (bins.column, *bins.others):
            is_new = f"found.{bins.column} IS NULL"
            filled[column.sql] = f"CASE WHEN {is_new} THEN {constant} ELSE found.{column.sql} END"
    return filled


COMPILERS: Compilers = {
    Accum: _accum,
    Autoregress: _autoregress,
    Filldown: _filldown,
    Sessionize: _sessionize,
    Fillmissing: _fillmissing,
}
