"""What queries answer, against expectations that were computed without the engine: by hand, or with
Python's standard library, from AWS's documentation. They are the files of `conformance/`.
"""

import json
import os
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from logs_insights import InsightsError, LogFile, QueryError, TimeRange, run_local

CONFORMANCE = Path(__file__).with_name("conformance")
NOT_YET = frozenset((CONFORMANCE / "not_yet.txt").read_text(encoding="utf-8").splitlines())
MODIFIED_S = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()  # of files whose lines have no time


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((CONFORMANCE / f"{name}.toml").read_text(encoding="utf-8"))


def parameters(named: Iterator[tuple[str, Any]]) -> list:
    """One that is not met yet must fail, so that the list shrinks as the engine grows."""
    late = pytest.mark.xfail(strict=True, reason="listed in conformance/not_yet.txt")
    return [
        pytest.param(value, id=name, marks=[late] if name in NOT_YET else [])
        for name, value in named
    ]


def values() -> Iterator[tuple[str, Any]]:
    for group in (*read("values")["group"], *read("discovery")["group"]):
        for expression, expected in group["values"].items():
            yield f"{group['name']}: {expression}", (group, expression, expected)


def conditions() -> Iterator[tuple[str, Any]]:
    for group in read("conditions")["group"]:
        for condition, holds in group["holds"].items():
            yield f"{group['name']}: {condition}", (group, condition, holds)


def cases() -> Iterator[tuple[str, Any]]:
    content = read("cases")
    for case in content["case"]:
        if "lines" in case:
            case = {**case, "lines": content["lines"].get(case["lines"], case["lines"])}
        yield case["name"], case


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., LogFile]:
    """Call it with lines, and the log group and stream that they are of."""

    def write(lines: str, log: str = "app", stream: str = "web-1") -> LogFile:
        path = tmp_path / f"{log.replace('/', '_')}.log"
        path.write_text(lines.strip("\n") + "\n", encoding="utf-8")
        os.utime(path, (MODIFIED_S, MODIFIED_S))
        return LogFile(path, log, stream)

    return write


@pytest.fixture(scope="session")
def value_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict, str], str | None]:
    """Call it with a group and an expression for its value; those of a group are asked for in one
    query, so that hundreds of them take seconds, unless one of them is refused.
    """

    @cache
    def ask(name: str, line: str, span: TimeRange | None, expressions: tuple[str, ...]) -> dict:
        path = tmp_path_factory.mktemp("values") / "events.log"
        path.write_text(line + "\n", encoding="utf-8")
        os.utime(path, (MODIFIED_S, MODIFIED_S))
        items = (f"{each} as r{place}" for place, each in enumerate(expressions))
        rows = run_local(f"fields {', '.join(items)}", [LogFile(path, "app", "web-1")], span)
        return {each: rows.records()[0].get(f"r{place}") for place, each in enumerate(expressions)}

    def value(group: dict, expression: str) -> str | None:
        name, line = group["name"], group["line"]
        span = TimeRange(*group["range_ms"]) if "range_ms" in group else None
        met = tuple(each for each in group["values"] if f"{name}: {each}" not in NOT_YET)
        if expression in met:
            with suppress(InsightsError):
                return ask(name, line, span, met)[expression]
        return ask(name, line, span, (expression,))[expression]

    return value


@pytest.mark.parametrize("expectation", parameters(values()))
def test_an_expression_has_the_documented_value(value_of, expectation):
    group, expression, expected = expectation

    assert value_of(group, expression) == (None if expected is False else expected)


@pytest.mark.parametrize("expectation", parameters(conditions()))
def test_a_condition_holds_where_it_is_documented_to(write, expectation):
    group, condition, holds = expectation

    rows = run_local(f"filter {condition} | fields 1 as one", [write(group["line"])]).records()

    assert rows == ([{"one": "1"}] if holds else [])


@pytest.mark.parametrize("case", parameters(cases()))
def test_a_query_returns_the_documented_rows(write, tmp_path: Path, case):
    groups = case.get("groups", {})
    files = [write(lines, log) for log, lines in groups.items()]
    if "lines" in case:
        files.append(write(case["lines"], stream=case.get("stream", "web-1")))
    for name, table in case.get("tables", {}).items():
        (tmp_path / f"{name}.csv").write_text(table.lstrip("\n"), encoding="utf-8")
    options = (
        {"lookup_tables": {name: tmp_path / f"{name}.csv" for name in case["tables"]}}
        if "tables" in case
        else {}
    )
    if "refused" in case:
        with pytest.raises(QueryError, match=case["refused"]):
            run_local(case["query"], files, **options)
        return

    rows = run_local(case["query"], files, **options).records()

    expected = [json.loads(row) for row in case["rows"].strip().splitlines()]
    rows, expected = (rounded(each, case.get("places")) for each in (rows, expected))
    if case.get("any_order"):
        rows, expected = (sorted(each, key=json.dumps) for each in (rows, expected))
    assert rows == expected


def rounded(rows: list[dict[str, str]], places: int | None) -> list[dict[str, str]]:
    """Numbers to so many places, where binary fractions cannot be what is written."""
    if places is None:
        return rows
    return [{name: near(value, places) for name, value in row.items()} for row in rows]


def near(value: str, places: int) -> str:
    try:
        return str(round(float(value), places))
    except ValueError:
        return value


def test_there_are_as_many_expectations_as_it_says():
    assert sum(1 for read_all in (values, conditions, cases) for _ in read_all()) >= 650


def test_each_expectation_has_a_name_and_a_source():
    named = [*values(), *conditions(), *cases()]
    sources = [
        value["source"] if isinstance(value, dict) else value[0]["source"] for _, value in named
    ]

    assert len({name for name, _ in named}) == len(named)
    assert all(sources)
    assert {name for name, _ in named} >= NOT_YET
