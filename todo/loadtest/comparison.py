"""Two runs side by side: what is slower, what is faster, what is the same, and what is too noisy to
say.

Requests that come after each other are alike, so an interval is found by drawing whole pieces of
the run, not single requests (a block bootstrap).
"""

import random
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from .errors import ReportError
from .run import Run, read_run
from .samples import load_samples
from .statements import KEPT

__all__ = ["Change", "Comparison", "compare", "interval_of_ratio"]

Word = Literal["slower", "faster", "same", "too noisy to say"]

_PIECES = 20
_DRAWS = 400
_MOST_TIMES = 2000
_LEAST_TIMES = 20
_WORTH_SAYING = 0.05
_SAME = 0.10
_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Change:
    """The median of a route or a statement in both runs, in milliseconds, and the ratio of the
    second to the first with its 95 % interval. A side that has none of it is None.
    """

    kind: Literal["route", "statement"]
    name: str
    before_ms: float | None
    after_ms: float | None
    ratio: float | None
    low: float | None
    high: float | None
    word: Word


@dataclass(frozen=True)
class Comparison:
    """Two runs: their changes, and the facts in which they differ, as (name, before, after)."""

    before: Run
    after: Run
    changes: list[Change]
    facts: list[tuple[str, str, str]]

    @property
    def slower(self) -> list[Change]:
        """What got slower."""
        return [change for change in self.changes if change.word == "slower"]


def compare(before: Path, after: Path) -> Comparison:
    """The comparison of the runs in two folders. Raises ReportError when one has no samples."""
    runs = read_run(before), read_run(after)
    changes = [
        *_changes("route", _routes(before), _routes(after)),
        *_changes("statement", _statements(before), _statements(after)),
    ]
    return Comparison(*runs, changes, _facts(*runs))


def interval_of_ratio(
    before: Sequence[float], after: Sequence[float], source: random.Random
) -> tuple[float, float]:
    """Between which the ratio of the medians lies with 95 % confidence; times are in the order in
    which they came.
    """
    pieces = _pieces(before), _pieces(after)
    ratios = []
    for _ in range(_DRAWS):
        first, second = (
            _median([each for piece in source.choices(some, k=len(some)) for each in piece])
            for some in pieces
        )
        ratios.append(second / max(first, 1e-3))
    ratios.sort()
    tail = (1 - _CONFIDENCE) / 2
    return ratios[int(tail * _DRAWS)], ratios[int((1 - tail) * _DRAWS) - 1]


def _changes(
    kind: Literal["route", "statement"],
    before: dict[str, list[float]],
    after: dict[str, list[float]],
) -> list[Change]:
    names = list(dict.fromkeys([*before, *after]))
    return [_change(kind, name, before.get(name, []), after.get(name, [])) for name in names]


def _change(
    kind: Literal["route", "statement"], name: str, before: list[float], after: list[float]
) -> Change:
    first, second = (_median(times) if times else None for times in (before, after))
    if first is None or second is None or min(len(before), len(after)) < _LEAST_TIMES:
        return Change(kind, name, first, second, None, None, None, "too noisy to say")
    low, high = interval_of_ratio(before, after, random.Random(name))  # noqa: S311  # no secret
    ratio = second / max(first, 1e-3)
    return Change(kind, name, first, second, ratio, low, high, _word(ratio, low, high))


def _word(ratio: float, low: float, high: float) -> Word:
    if low > 1 and ratio > 1 + _WORTH_SAYING:
        return "slower"
    if high < 1 and ratio < 1 - _WORTH_SAYING:
        return "faster"
    if low >= 1 - _SAME and high <= 1 + _SAME:
        return "same"
    return "too noisy to say"


def _pieces(times: Sequence[float]) -> list[Sequence[float]]:
    size = max(1, len(times) // _PIECES)
    return [times[start : start + size] for start in range(0, len(times), size)]


def _median(times: Sequence[float]) -> float:
    ordered = sorted(times)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def _routes(folder: Path) -> dict[str, list[float]]:
    """The client's times of each route, in the order of their starts."""
    with closing(duckdb.connect(":memory:")) as database:
        load_samples(database, folder / "samples.csv")
        found = database.execute(
            "SELECT name, total_ms FROM client WHERE finished AND NOT failed ORDER BY started_ms"
        ).fetchall()
    return _by_name(found)


def _statements(folder: Path) -> dict[str, list[float]]:
    """The times of each statement, as the report of the run has kept them."""
    path = folder / KEPT
    if not path.is_file():
        raise ReportError(f"{folder.name} has no report yet: todo report {folder.name}")
    with closing(duckdb.connect(":memory:")) as database:
        found = database.execute(
            "SELECT statement, ms FROM read_parquet($path) ORDER BY place", {"path": str(path)}
        ).fetchall()
    return _by_name(found)


def _by_name(found: list[tuple[str, float]]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {}
    for name, ms in found:
        times.setdefault(name, []).append(ms)
    return {name: each[:: -(-len(each) // _MOST_TIMES)] for name, each in times.items()}


def _facts(before: Run, after: Run) -> list[tuple[str, str, str]]:
    """What was otherwise: the revision, the settings, the machine, the script and its scale."""
    first, second = before.facts(), after.facts()
    return [
        (name, first.get(name, "-"), second.get(name, "-"))
        for name in dict.fromkeys([*first, *second])
        if first.get(name) != second.get(name)
    ]
