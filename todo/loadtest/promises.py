"""The promises of a script, judged on the samples of a whole run.

A machine that has a share of the load judges its own requests alone: it has a share of the good
answers that a promise counts, and percentiles cannot be added up.
"""

import re
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import duckdb

from .run import Threshold
from .samples import view_samples

__all__ = ["judged"]

_METRIC = re.compile(r"(?P<name>\w+)(?:\{(?P<tags>.*)\})?")
_EXPRESSION = re.compile(
    r"\s*(?P<figure>\w+)(?:\((?P<percent>[\d.]+)\))?"
    r"\s*(?P<sign><=|>=|===?|!=|<|>)\s*(?P<limit>-?[\d.]+)\s*"
)
_COUNTERS = {"http_reqs", "iterations", "dropped_iterations", "data_sent", "data_received"}
_OF_TREND = {"avg": "avg(value)", "min": "min(value)", "max": "max(value)", "med": "median(value)"}
_SIGNS = {"===": "=", "==": "="}


def judged(promises: Iterable[Threshold], samples: Path) -> list[Threshold]:
    """The promises with what they came to in k6's CSV file. As with k6, one that no sample belongs
    to is kept, unless it counts.
    """
    with closing(duckdb.connect(":memory:")) as database:
        view_samples(database, samples)
        return [_judge(database, each) for each in promises]


def _judge(database: duckdb.DuckDBPyConnection, promise: Threshold) -> Threshold:
    metric = _METRIC.fullmatch(promise.metric)
    expression = _EXPRESSION.fullmatch(promise.expression)
    if metric is None or expression is None:
        return promise
    tags = dict(each.split(":", 1) for each in (metric["tags"] or "").split(",") if each)
    figure = _figure(metric["name"], expression["figure"], expression["percent"])
    sign = _SIGNS.get(expression["sign"], expression["sign"])
    where, values = _with(tags, set(database.view("samples").columns))
    value, ok = database.execute(
        f"SELECT figure, coalesce(figure {sign} $limit, true) FROM"  # noqa: S608  # our own
        f" (SELECT {figure} AS figure FROM (SELECT TRY_CAST(metric_value AS DOUBLE) AS value,"
        " TRY_CAST(timestamp AS BIGINT) AS moment FROM samples"
        f" WHERE metric_name = $metric{where}))",
        {"metric": metric["name"], "limit": float(expression["limit"]), **values},
    ).fetchall()[0]
    return promise.model_copy(update={"ok": bool(ok), "value": value})


def _figure(metric: str, figure: str, percent: str | None) -> str:
    if figure == "count":
        return "coalesce(sum(value), 0)"
    if figure == "rate" and metric in _COUNTERS:
        return "sum(value) / nullif((max(moment) - min(moment)) / 1000, 0)"
    if figure == "rate":
        return "avg(CAST(value <> 0 AS INTEGER))"
    if percent is not None:
        return f"quantile_cont(value, {float(percent) / 100})"
    return _OF_TREND.get(figure, "arg_max(value, moment)")


def _with(tags: dict[str, str], columns: set[str]) -> tuple[str, dict[str, str]]:
    """The condition that a sample has the tags, and its values: k6 writes most of its own tags into
    columns, and all others into one.
    """
    where, values = "", {}
    for number, (name, value) in enumerate(tags.items()):
        if name in columns:
            where += f' AND "{name}" = $tag_{number}'
            values[f"tag_{number}"] = value
        else:
            where += f" AND list_contains(string_split(extra_tags, '&'), $tag_{number})"
            values[f"tag_{number}"] = f"{name}={value}"
    return where, values
