"""Warns of a field that no event has, with the name that may have been meant.

Only where an answer has nothing of a field is it looked for, and then among the first events.
"""

import gzip
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from ..language import syntax
from ..language.commands.rows import Filter
from ..language.hints import nearest
from ..results import Results
from .compiling import Plan
from .reading import Reading

_MOST_EVENTS = 2000
_MOST_FILES = 20


def warnings_about(
    query: syntax.Query, plan: Plan, reading: Reading, results: Results
) -> Iterator[str]:
    """What to tell of the fields that the query asks for."""
    seen = {cell["field"] for row in results.rows for cell in row}
    asked = {name for events in plan.events for name in events.fields} - seen
    if not asked:
        return
    known, count = _known(reading, asked)
    if not count:
        return
    unquoted = _right_sides(query)
    for name in sorted(asked - known):
        if name in unquoted:
            yield f'no event has a field {name}; if it is a text, write it in quotes: "{name}"'
            continue
        near = nearest(name, known)
        meant = f"; did you mean {near}?" if near else ""
        among = (
            "no event has" if count < _MOST_EVENTS else f"none of the first {count:,} events has"
        )
        yield f"{among} a field {name}{meant}"


def _right_sides(query: syntax.Query) -> set[str]:
    """Fields that something is compared with."""
    found = set()
    for command in query.commands:
        if isinstance(command, Filter):
            for part in syntax.walk(command.condition):
                match part:
                    case syntax.Binary("=" | "!=", _, syntax.Field() as field):
                        found.add(field.name)
    return found


def _known(reading: Reading, asked: set[str]) -> tuple[set[str], int]:
    """The names of the fields of the first events, and how many events those are: as many as it
    takes to find all that are asked for.
    """
    names: set[str] = set()
    count = 0
    for path in reading.files[-_MOST_FILES:]:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            for line in islice(file, _MOST_EVENTS - count):
                count += 1
                names.update(_names(line))
                if asked <= names:
                    return names, count
    return names, count


def _names(line: bytes) -> Iterator[str]:
    if not line.startswith(b"{"):
        return
    try:
        yield from _flat(json.loads(line), "")
    except ValueError:
        return


def _flat(value: Any, name: str) -> Iterator[str]:
    if name:
        yield name
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            key = f"@{key}" if not name and str(key).startswith("@") else key
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
