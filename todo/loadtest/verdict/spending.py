"""What the busy threads did: the time of each route, by state and place.

Where stacks were sampled they say the shares, and the canonical lines how much it was in all;
without samples the lines alone say what they can.
"""

from collections import defaultdict
from dataclasses import dataclass, replace

import duckdb

__all__ = ["Spending", "Use", "spending"]

_LEAST_LATE_MS = 2.0  # of a wait for the GIL; shorter ones are everyday
_MOST_RETAKEN = 0.95  # of a statement's time
_LEAST_SAMPLED = 0.05  # of a route's time, or its samples say nothing about the rest

# Samples of more than the whole are those of threads whose request ended meanwhile.
_SAMPLED = """
SELECT stacks.writer, stacks.route, state, location, call, stack, holds, sum(ms) AS ms,
    any_value(busy_ms) AS busy_ms, any_value(sampled_ms) AS sampled_ms
FROM stacks LEFT JOIN (
    SELECT route, sum(ms) AS sampled_ms FROM stacks WHERE route IS NOT NULL GROUP BY route
) AS of_route ON stacks.route = of_route.route LEFT JOIN (
    SELECT route, sum(server_ms) AS busy_ms FROM worked GROUP BY route
) AS lines ON stacks.route = lines.route
GROUP BY ALL
"""
_LOGGED = """
SELECT writer, route, sum(server_ms), sum(least(cpu_ms, server_ms)),
    sum(greatest(database_ms - commit_ms, 0)), sum(commit_ms), sum(pool_ms),
    sum(upstream_ms)
FROM worked GROUP BY ALL
"""


@dataclass(frozen=True)
class Use:
    """So many milliseconds of threads of one worker in one state, at one place of the app. Without
    a route it is a thread that serves no request.
    """

    writer: str
    route: str | None
    state: str
    location: str | None
    call: str | None
    stack: str
    holds_connection: bool
    ms: float


@dataclass(frozen=True)
class Spending:
    """All uses, and how much time the canonical lines say that each route took."""

    uses: list[Use]
    busy_ms: dict[str, float]
    """By route."""

    @property
    def total_ms(self) -> float:
        """Of all routes."""
        return sum(self.busy_ms.values())


# How often each route's threads took the GIL back from a statement, and what that took: the wait
# is in the statement's own time.
_RETAKEN = """
SELECT worked.writer, worked.route, sum(queries) * any_value(late_ms), sum(database_ms)
FROM worked JOIN (
    SELECT writer, sum(late_ms * elapsed_ms) / sum(elapsed_ms) AS late_ms
    FROM workers GROUP BY writer
) AS late ON worked.writer = late.writer
WHERE late_ms >= $least GROUP BY ALL
"""


def spending(database: duckdb.DuckDBPyConnection) -> Spending:
    """What all threads of all workers did during the run."""
    busy_ms: defaultdict[str, float] = defaultdict(float)
    from_lines: list[Use] = []
    for writer, route, all_ms, cpu, in_database, commit, pool, upstream in database.execute(
        _LOGGED
    ).fetchall():
        busy_ms[route] += all_ms
        known = {"cpu": cpu, "database": in_database, "commit": commit, "pool": pool}
        known["upstream"] = upstream
        known["wait"] = max(all_ms - sum(known.values()), 0.0)
        from_lines += [
            Use(writer, route, state, None, None, "", False, ms)
            for state, ms in known.items()
            if ms
        ]
    uses, sampled = _sampled(database, busy_ms)
    uses += [use for use in from_lines if use.route not in sampled]
    return Spending(_without_gil(database, uses), dict(busy_ms))


def _without_gil(database: duckdb.DuckDBPyConnection, uses: list[Use]) -> list[Use]:
    """The uses, of which no time in the database is a wait for the GIL."""
    shares = {
        (writer, route): min(retaken_ms / max(database_ms, 1e-9), _MOST_RETAKEN)
        for writer, route, retaken_ms, database_ms in database.execute(
            _RETAKEN, {"least": _LEAST_LATE_MS}
        ).fetchall()
    }
    found = []
    for use in uses:
        share = shares.get((use.writer, use.route), 0.0) if use.state == "database" else 0.0
        found.append(replace(use, ms=use.ms * (1 - share)))
        if share:
            found.append(replace(use, state="gil", ms=use.ms * share))
    return found


def _sampled(
    database: duckdb.DuckDBPyConnection, busy_ms: dict[str, float]
) -> tuple[list[Use], set[str]]:
    """The uses that were sampled, and the routes that have enough of them."""
    uses, routes = [], set()
    for row in database.execute(_SAMPLED).fetchall():
        writer, route, state, location, call, stack, holds, ms, _, sampled_ms = row
        if route is None:
            uses.append(Use(writer, None, state, location, call, stack, holds, ms))
        elif sampled_ms >= _LEAST_SAMPLED * busy_ms.get(route, float("inf")):
            routes.add(route)
            scale = busy_ms[route] / sampled_ms
            uses.append(Use(writer, route, state, location, call, stack, holds, ms * scale))
    return uses, routes
