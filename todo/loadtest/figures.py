"""The figures of a report: a class for each question that the join answers, with its SQL.

Times are in milliseconds, moments in milliseconds since 1970.
"""

# ruff: noqa: S608 - the texts that go into this SQL are constants of this module

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol, TypeVar

import duckdb

__all__ = [
    "Check",
    "Exchange",
    "Failure",
    "Latency",
    "Listed",
    "Load",
    "Repetition",
    "Route",
    "Totals",
    "busiest_cpu_s",
    "rows",
    "sides",
]


class _Figure(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


F = TypeVar("F", bound=_Figure)


def rows(database: duckdb.DuckDBPyConnection, kind: type[F], sql: str, **values: Any) -> list[F]:
    """The answer, an instance of `kind` a row: its fields are the columns, in any order."""
    cursor = database.execute(sql, values or None)
    columns = [column[0] for column in cursor.description]
    wanted = {each.name for each in fields(kind)}
    return [
        kind(**{name: value for name, value in zip(columns, row, strict=True) if name in wanted})
        for row in cursor.fetchall()
    ]


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


@dataclass(frozen=True)
class Exchange:
    """One request, as far as either side knows it; `total_ms` is the client's time, `server_ms` the
    application's, and the other times are parts of them.
    """

    SLOWEST: ClassVar = """
        SELECT * FROM (
            SELECT *, row_number() OVER (PARTITION BY name ORDER BY total_ms DESC, request_id)
                AS place
            FROM joined WHERE finished ORDER BY place, total_ms DESC, request_id LIMIT $most
        ) ORDER BY total_ms DESC, request_id
    """
    FAILED: ClassVar = """
        SELECT * FROM joined WHERE finished AND failed
        QUALIFY row_number() OVER
            (PARTITION BY name, status, error ORDER BY started_ms, request_id) <= 2
        ORDER BY started_ms, request_id LIMIT $most
    """
    LOST: ClassVar = (
        "SELECT * FROM joined WHERE side = 'lost' ORDER BY started_ms, request_id LIMIT $most"
    )

    request_id: str
    name: str
    status: int | None
    error: str | None
    started_ms: int
    ended_ms: int | None
    total_ms: float | None
    blocked_ms: float
    server_ms: float | None
    queue_ms: float | None
    application_ms: float | None
    share_ms: float | None
    logged_ms: int | None
    queries: int | None
    n_plus_one: bool | None
    outcome: str | None


@dataclass(frozen=True)
class Failure:
    """The requests of a route that failed alike, and one of them."""

    SQL: ClassVar = """
        SELECT name, status, error, exception, count(*) AS n,
            arg_min(request_id, started_ms) AS example,
            min(started_ms) AS first_ms, max(ended_ms) AS last_ms
        FROM joined LEFT JOIN raised ON raised.id = request_id WHERE finished AND failed
        GROUP BY name, status, error, exception ORDER BY n DESC, name, status
    """

    name: str
    status: int
    error: str | None
    exception: str | None
    """Its type, and the place in the app that raised it."""
    n: int
    example: str
    first_ms: int
    last_ms: int


@dataclass(frozen=True)
class Repetition:
    """A route that sends one statement again and again; the means are over those requests alone."""

    SQL: ClassVar = """
        SELECT route, count(*) AS n, count(*) FILTER (n_plus_one) AS n_plus_one,
            avg(queries) FILTER (n_plus_one) AS queries,
            avg(database_ms) FILTER (n_plus_one) AS database_ms,
            arg_max(request_id, queries) FILTER (n_plus_one) AS example
        FROM joined WHERE route IS NOT NULL
        GROUP BY route HAVING n_plus_one > 0 ORDER BY n_plus_one DESC
    """

    route: str
    n: int
    n_plus_one: int
    queries: float
    database_ms: float
    example: str


@dataclass(frozen=True)
class Listed:
    """A request that only one side knows, or that k6 gave up."""

    SQL: ClassVar = """
        SELECT request_id, coalesce(name, route) AS name, coalesce(status, log_status) AS status,
            coalesce(started_ms, logged_ms) AS moment_ms
        FROM joined WHERE side = $side ORDER BY moment_ms, request_id LIMIT $most
    """

    request_id: str
    name: str | None
    status: int | None
    moment_ms: int


@dataclass(frozen=True)
class Check:
    """A check of the script: how often it was made, and how often it failed."""

    SQL: ClassVar = "SELECT * FROM checks ORDER BY failed DESC, name"

    name: str
    n: int
    failed: int


@dataclass(frozen=True)
class Load:
    """What k6 sent, and what it could not send for lack of users."""

    SQL: ClassVar = "SELECT * FROM load"

    peak_vus: float | None
    dropped_iterations: float


def sides(database: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many requests there are, by where they are known."""
    counted = database.execute("SELECT side, count(*) FROM joined GROUP BY side").fetchall()
    return {str(side): int(n) for side, n in counted}


def busiest_cpu_s(database: duckdb.DuckDBPyConnection) -> float:
    """The most CPU seconds that the requests of one second of the run took."""
    found = database.execute(
        "SELECT max(cpu_s) FROM (SELECT sum(cpu_ms) / 1000 AS cpu_s FROM joined WHERE finished"
        " GROUP BY ended_ms // 1000)"
    ).fetchall()
    return float(found[0][0] or 0.0)
