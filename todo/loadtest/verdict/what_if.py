"""What the run would have been like without a culprit: its requests once more, through a queue
before so many threads, each in its thread for as long as it was less what the culprit took.
"""

import heapq
from dataclasses import dataclass
from itertools import cycle, islice

import duckdb

from .model import Served, WhatIf
from .spending import Spending
from .suspect import Suspect

__all__ = ["Replay"]

_RANK = 0.95
_LEAST_MS = 0.1
_LEFT_OF_CPU = 0.02  # no request is free

_ARRIVED = """
SELECT started_ms, route, server_ms FROM joined
WHERE finished AND server_ms IS NOT NULL AND coalesce(outcome, '') NOT IN ('shed', 'refused')
ORDER BY started_ms
"""
_CLIENT = """
SELECT coalesce(quantile_cont(total_ms, 0.95), 0), coalesce(quantile_cont(queue_ms, 0.05), 0)
FROM joined WHERE finished AND server_ms IS NOT NULL
"""


@dataclass(frozen=True)
class _Arrival:
    started_ms: float
    route: str
    server_ms: float


class Replay:
    """A run that can be had again with something left out.

    It knows threads, and one interpreter lock for each worker: what requests need of the CPU bounds
    their rate. It does not know how much faster the database gets when less is asked of it.
    """

    def __init__(self, database: duckdb.DuckDBPyConnection, load: Served, spent: Spending) -> None:
        """Reads the run's requests."""
        served = [_Arrival(*row) for row in database.execute(_ARRIVED).fetchall()]
        self._arrivals = _with_those_unserved(served, load.unserved)
        self._load, self._spent = load, spent
        self._now_p95_ms, self._network_ms = database.execute(_CLIENT).fetchall()[0]
        self._cpu_ms = float(
            database.execute("SELECT coalesce(sum(cpu_ms), 0) FROM worked").fetchall()[0][0]
        )
        self._n = len(served)

    def without(self, suspect: Suspect) -> WhatIf | None:
        """None where it cannot be said: the number of threads is not known, or what is to blame
        takes no time in one. Too few threads are twice as many in it.
        """
        threads = self._load.threads
        if not threads or not self._n or suspect.layer == "client":
            return None
        if suspect.layer == "threads":
            return self._with(threads * 2, {}, 0.0, f"with {threads * 2} threads")
        left = {
            route: max(1 - suspect.ms_of(route) / busy_ms, 0.0)
            for route, busy_ms in self._spent.busy_ms.items()
            if busy_ms
        }
        return self._with(threads, left, suspect.cpu_ms, "without it")

    def _with(self, threads: int, left: dict[str, float], cpu_ms: float, change: str) -> WhatIf:
        times_ms = [
            max(each.server_ms * left.get(each.route, 1.0), _LEAST_MS) for each in self._arrivals
        ]
        knee_per_s = min(
            threads / (sum(times_ms) / len(times_ms) / 1000), self._most_by_cpu_per_s(cpu_ms)
        )
        p95_ms = None
        if knee_per_s > self._load.offered_per_s:
            arrived_ms = [each.started_ms for each in self._arrivals]
            p95_ms = _p95(_answered(arrived_ms, times_ms, threads)) + self._network_ms
        return WhatIf(change, p95_ms, self._now_p95_ms, knee_per_s)

    def _most_by_cpu_per_s(self, without_ms: float) -> float:
        left_ms = max(self._cpu_ms - without_ms, _LEFT_OF_CPU * self._cpu_ms)
        return self._load.workers * 1000 * self._n / left_ms if left_ms else float("inf")


def _with_those_unserved(served: list[_Arrival], n: int) -> list[_Arrival]:
    """Those that were not served would have been like the others, and evenly between them."""
    if not served:
        return []
    first_ms, length_ms = served[0].started_ms, served[-1].started_ms - served[0].started_ms
    more = [
        _Arrival(first_ms + length_ms * (place + 0.5) / n, like.route, like.server_ms)
        for place, like in enumerate(islice(cycle(served), n))
    ]
    return sorted([*served, *more], key=lambda each: each.started_ms)


def _answered(arrived_ms: list[float], times_ms: list[float], threads: int) -> list[float]:
    """How long each waits and is served, where the first to come is the first to be served."""
    free_ms = [arrived_ms[0]] * threads
    found = []
    for at_ms, time_ms in zip(arrived_ms, times_ms, strict=True):
        end_ms = max(at_ms, heapq.heappop(free_ms)) + time_ms
        heapq.heappush(free_ms, end_ms)
        found.append(end_ms - at_ms)
    return found


def _p95(times_ms: list[float]) -> float:
    return sorted(times_ms)[int(_RANK * (len(times_ms) - 1))]
