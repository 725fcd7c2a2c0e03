"""How long the requests of each route took in their threads."""

from dataclasses import dataclass

import duckdb

__all__ = ["RouteTimes", "route_times"]

_SLOW_MEAN_MS, _SLOW_P95_MS = 100.0, 250.0

_SQL = """
SELECT route, count(*), avg(server_ms), quantile_cont(server_ms, 0.95), arg_max(id, server_ms),
    avg(CAST(n_plus_one AS INTEGER))
FROM worked WHERE server_ms IS NOT NULL GROUP BY route
"""


@dataclass(frozen=True)
class RouteTimes:
    """The requests of a route that got a thread, by their canonical lines."""

    n: int
    mean_ms: float
    p95_ms: float
    slowest: str
    """The correlation ID of the one that took longest."""
    n_plus_one_share: float
    """Of them that sent one statement again and again."""

    @property
    def is_slow(self) -> bool:
        """Whether people would say so, whatever it does."""
        return self.mean_ms >= _SLOW_MEAN_MS or self.p95_ms >= _SLOW_P95_MS


def route_times(database: duckdb.DuckDBPyConnection) -> dict[str, RouteTimes]:
    """By route."""
    return {row[0]: RouteTimes(*row[1:]) for row in database.execute(_SQL).fetchall()}
