"""How long requests took, of the run and of each route, with the SQL that asks for it.

Times are in milliseconds, moments in milliseconds since 1970.
"""

# ruff: noqa: S608 - the texts that go into this SQL are constants of this module

from dataclasses import dataclass
from typing import ClassVar

__all__ = ["Latency", "Route", "Totals"]

_PERCENTILES = ", ".join(
    f"quantile_cont({column}, {rank / 100}) AS {side}_p{rank}"
    for side, column in (("client", "total_ms"), ("server", "server_ms"))
    for rank in (50, 95, 99)
)
_FIGURES = f"""
    count(*) AS n,
    count(*) FILTER (failed) AS failed,
    {_PERCENTILES},
    max(total_ms) AS client_max,
    max(server_ms) AS server_max,
    coalesce(sum(total_ms), 0) AS waited_ms,
    count(server_ms) AS n_both,
    coalesce(avg(total_ms) FILTER (server_ms IS NOT NULL), 0) AS mean_ms,
    coalesce(avg(queue_ms), 0) AS queue_ms,
    coalesce(avg(application_ms), 0) AS application_ms,
    coalesce(avg(share_ms), 0) AS database_ms,
    coalesce(avg(cpu_ms), 0) AS cpu_ms,
    coalesce(quantile_cont(queue_ms, 0.01), 0) AS least_queue_ms,
    coalesce(avg(blocked_ms) FILTER (server_ms IS NOT NULL), 0) AS blocked_ms,
    coalesce(avg(queries), 0) AS queries,
    count(*) FILTER (n_plus_one) AS n_plus_one
"""


@dataclass(frozen=True)
class Latency:
    """Requests, and how long they took: percentiles of both sides, and the mean of each part of the
    time over the `n_both` requests that both sides know.
    """

    n: int
    failed: int
    client_p50: float | None
    client_p95: float | None
    client_p99: float | None
    client_max: float | None
    server_p50: float | None
    server_p95: float | None
    server_p99: float | None
    server_max: float | None
    waited_ms: float
    n_both: int
    mean_ms: float
    queue_ms: float
    application_ms: float
    database_ms: float
    cpu_ms: float
    least_queue_ms: float
    blocked_ms: float
    queries: float
    n_plus_one: int


@dataclass(frozen=True)
class Totals(Latency):
    """All finished requests of the run, and when the first began and the last ended."""

    SQL: ClassVar = (
        f"SELECT {_FIGURES}, min(started_ms) AS start_ms, max(ended_ms) AS end_ms"
        " FROM joined WHERE finished"
    )

    start_ms: int | None
    end_ms: int | None


@dataclass(frozen=True)
class Route(Latency):
    """The finished requests of one route, by the name that k6 gives it."""

    SQL: ClassVar = (
        f"SELECT name, {_FIGURES} FROM joined WHERE finished GROUP BY name ORDER BY waited_ms DESC"
    )

    name: str
