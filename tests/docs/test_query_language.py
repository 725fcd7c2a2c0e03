"""The reference of the query language names every command and function, and no other."""

import re
from pathlib import Path

from logs_insights.duckdb import aggregates
from logs_insights.duckdb.functions import FUNCTIONS
from logs_insights.duckdb.functions.times import SPECIAL
from logs_insights.language.commands import COMMANDS

PAGE = Path(__file__).parents[2] / "docs/reference/query-language.md"


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without the table's own heading."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def names(heading: str) -> list[str]:
    return [name for row in rows(heading) for name in re.findall(r"`([^`]+)`", row[0])]


def test_every_command_has_a_row():
    assert sorted(names("Commands")) == sorted(command.names[0] for command in COMMANDS)


def test_every_function_has_a_place():
    functions = {function.name for function in FUNCTIONS.values()} | set(SPECIAL)
    functions |= {each.name for each in aggregates.AGGREGATES.values()} | set(aggregates.SPECIAL)

    assert sorted(names("Functions")) == sorted(functions)


def test_each_is_the_same_or_is_said_how_it_differs():
    for row in [*rows("Commands"), *rows("Functions")]:
        assert row[1] == "same" or (row[1] in ("differs", "refused") and row[2])
