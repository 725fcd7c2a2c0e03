"""The chain of SELECTs that a query becomes.

A column is computed once, by its name, and only when a step needs it: what is merely shown is
computed for the few rows that are left at the end.
"""

# ruff: noqa: S608 - these modules exist to write SQL; every text in it is quoted

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count

_NAME = re.compile(r"\bc\d+\b")

_DEFINED = re.compile(r"\bAS (c\d+)\b")

# Stand in the SQL of a step for the relation before it, and for the columns that later ones need,
# as `name, name` or as `name := name`. No quoted text can hold a NUL.
SOURCE = "\0source"
LIVE = "\0live"
LIVE_FIELDS = "\0fields"


class Names:
    """Makes the names of a whole statement: c1, c2, ... for columns, t1, t2, ... for relations."""

    def __init__(self) -> None:
        """No name is taken yet."""
        self._numbers = count(1)

    def column(self) -> str:
        """A name for a column."""
        return f"c{next(self._numbers)}"

    def table(self) -> str:
        """A name for a relation."""
        return f"t{next(self._numbers)}"


@dataclass(frozen=True)
class Step:
    """One SELECT, and the name of the relation that it makes; `kept` is made only once, however
    often it is read.
    """

    name: str
    sql: str
    kept: bool = False


class Steps:
    """The steps so far; the last one's rows are what a command works on."""

    def __init__(self, names: Names, base: str, columns: Iterable[str] = ()) -> None:
        """`base` is the relation that the first step reads, and its columns."""
        self._names = names
        self._base = base
        self._own = set(columns)
        self._steps: list[Step] = []
        self._waiting: dict[str, str] = {}
        self._known: dict[str, str] = {}
        self._sides: list[tuple[str, Steps]] = []

    def define(self, sql: str) -> str:
        """The name of a column with this SQL; the same SQL is one column."""
        if sql not in self._known:
            self._known[sql] = self.new_column()
            self._waiting[self._known[sql]] = sql
        return self._known[sql]

    def new_column(self) -> str:
        """A name for a column that a step is going to make."""
        name = self._names.column()
        self._own.add(name)
        return name

    def read_beside(self, other: "Steps") -> str:
        """A name for the relation of other steps, of which the columns are there that the next
        steps of these name.
        """
        name = self._names.table()
        self._sides.append((name, other))
        return name

    def waits_for(self, sql: str) -> int:
        """How many columns would have to be computed for this SQL."""
        return len(self._closure([sql]))

    def add(self, sql: str, *, needs: Iterable[str] = ()) -> None:
        """Go on with a SELECT from SOURCE; the columns that it names, or `needs`, are there."""
        self._compute([sql, *needs])
        self._append(sql)

    def filter(self, condition: str) -> None:
        """Keep the rows for which the SQL is true."""
        self.add(f"SELECT * FROM {SOURCE} WHERE {condition}")

    def keep(self) -> None:
        """Make the rows only once, because the next step reads them more than once."""
        self.compute_all()
        self._steps.append(Step(self._names.table(), f"SELECT {LIVE} FROM {SOURCE}", kept=True))

    def compute_all(self) -> None:
        """Compute every column that has been defined; what nothing names costs nothing."""
        self._compute(list(self._waiting))

    def forget(self) -> None:
        """Forget the columns that have been defined: the last step has others."""
        self._waiting.clear()
        self._known.clear()

    def fork(self, base: str | None = None) -> "Steps":
        """The same steps, of another base if one is given, to go on with in another statement."""
        other = Steps(self._names, base or self._base, self._own)
        other._steps, other._sides = list(self._steps), list(self._sides)
        other._waiting, other._known = dict(self._waiting), dict(self._known)
        return other

    def finish(self, select: str) -> list[str]:
        """All steps as `name AS (...)`, and at the end the `select` from SOURCE."""
        self._compute([select])
        self._append(select)
        live: set[str] = set()
        finished = []
        for place in range(len(self._steps) - 1, -1, -1):
            step = self._steps[place]
            source = self._steps[place - 1].name if place else self._base
            names = sorted(live & self._own)
            sql = (
                step.sql.replace(SOURCE, source)
                .replace(LIVE, ", ".join(names) or "1")
                .replace(
                    LIVE_FIELDS, ", ".join(f"{name} := {name}" for name in names) or "one := 1"
                )
            )
            how = "MATERIALIZED" if step.kept else "NOT MATERIALIZED"
            finished.append(f"{step.name} AS {how} ({sql})")
            live -= set(_DEFINED.findall(step.sql))
            live |= set(_NAME.findall(_DEFINED.sub("", step.sql)))
        return [*self._finished_sides(), *reversed(finished)]

    def _finished_sides(self) -> Iterator[str]:
        named = {name for step in self._steps for name in _NAME.findall(step.sql)}
        for name, side in self._sides:
            steps = side.fork()
            needed = ", ".join(sorted(named & side._own)) or "1"
            yield from steps.finish(f"SELECT {needed} FROM {SOURCE}")
            yield f"{name} AS NOT MATERIALIZED (FROM {steps.name})"

    @property
    def name(self) -> str:
        """The relation that the last step makes."""
        return self._steps[-1].name if self._steps else self._base

    def _append(self, sql: str) -> None:
        self._steps.append(Step(self._names.table(), sql))

    def _compute(self, needed: list[str]) -> None:
        """A step for each layer of the waiting columns that these texts name."""
        remaining = self._closure(needed)
        while remaining:
            layer = {
                name: sql
                for name, sql in remaining.items()
                if not any(other in remaining for other in _NAME.findall(sql))
            }
            added = ", ".join(f"{sql} AS {name}" for name, sql in layer.items())
            self._append(f"SELECT *, {added} FROM {SOURCE}")
            for name in layer:
                del remaining[name], self._waiting[name]

    def _closure(self, needed: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        queue = [name for sql in needed for name in _NAME.findall(sql)]
        while queue:
            name = queue.pop()
            if name in self._waiting and name not in found:
                found[name] = self._waiting[name]
                queue += _NAME.findall(found[name])
        return found
