"""The figures of a report: a class for each question that the join answers, with its SQL.

Times are in milliseconds, moments in milliseconds since 1970.
"""

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol, TypeVar

import duckdb

__all__ = [
    "Check",
    "Exchange",
    "Failure",
    "Listed",
    "Load",
    "Repetition",
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
