"""Whether one worker is worse than the others: not by what it waits for others, which grows with
its load, but by what each request costs in it.
"""

from collections import defaultdict
from dataclasses import dataclass

import duckdb

from .spending import Spending
from .tally import Tally

__all__ = ["BadWorker", "bad_worker"]

_LEAST_RATIO = 3.0
_LEAST_REQUESTS = 10
_ITS_OWN = ("cpu", "sleep", "upstream", "wait", "commit", "logging")


@dataclass(frozen=True)
class BadWorker:
    """A worker whose requests to a route cost far more than those of the others."""

    writer: str
    route: str
    excess_ms: float
    """What its requests took beyond what they would have taken elsewhere."""
    ratio: float
    location: tuple[str, str | None] | None
    example: str


def bad_worker(database: duckdb.DuckDBPyConnection, spent: Spending) -> BadWorker | None:
    """The worst, None where all are alike."""
    counted = database.execute(
        "SELECT route, writer, count(*), arg_max(id, server_ms) FROM worked GROUP BY ALL"
    ).fetchall()
    own_ms: Tally[tuple[str, str]] = Tally()
    places: defaultdict[tuple[str, str], Tally[tuple[str, str | None]]] = defaultdict(Tally)
    for use in spent.uses:
        if use.route and use.state in _ITS_OWN:
            own_ms.add((use.route, use.writer), use.ms)
            if use.location:
                places[(use.route, use.writer)].add((use.location, use.call), use.ms)
    found: list[BadWorker] = []
    for route, writer, n, example in counted:
        others = [each for each in counted if each[0] == route and each[1] != writer]
        n_others = sum(each[2] for each in others)
        if n < _LEAST_REQUESTS or n_others < _LEAST_REQUESTS:
            continue
        here = own_ms.get((route, writer), 0.0) / n
        there = sum(own_ms.get((route, each[1]), 0.0) for each in others) / n_others
        if here > _LEAST_RATIO * there:
            found.append(
                BadWorker(
                    writer,
                    route,
                    (here - there) * n,
                    here / max(there, 0.1),
                    places[(route, writer)].most(),
                    example,
                )
            )
    return max(found, key=lambda each: each.excess_ms, default=None)
