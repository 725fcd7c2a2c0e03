"""The run over time, and what its threads were seen to do: the figures that are drawn.

Times are in milliseconds; the pieces of time are `size` milliseconds long and begin at `start`.
"""

from dataclasses import dataclass
from typing import ClassVar

__all__ = ["Cell", "Frame", "Moment"]


@dataclass(frozen=True)
class Moment:
    """One piece of time, the `bucket`th of the run: the requests that ended in it, those that k6
    would have begun in it, and how many were in each part at once, on average.
    """

    SQL: ClassVar = """
        WITH spread AS (
            SELECT bucket, total_ms, queue_ms, share_ms,
                least(application_ms, coalesce(outgoing, 0) * server_ms) AS outgoing_ms,
                application_ms,
                (least(ended_ms, $start + (bucket + 1) * $size)
                    - greatest(started_ms, $start + bucket * $size))
                    / greatest(ended_ms - started_ms, 1) / $size AS part
            FROM (
                SELECT *, unnest(generate_series(
                    (started_ms - $start) // $size, (ended_ms - $start) // $size)) AS bucket
                FROM joined WHERE finished AND server_ms IS NOT NULL
            ) LEFT JOIN (
                SELECT route, sum(ms) FILTER (state IN ('upstream', 'sleep')) / sum(ms) AS outgoing
                FROM stacks GROUP BY route
            ) USING (route)
        ), busy AS (
            SELECT bucket, sum(queue_ms * part) AS in_queue, sum(share_ms * part) AS in_database,
                sum((application_ms - outgoing_ms) * part) AS in_application,
                sum(outgoing_ms * part) AS in_outgoing
            FROM spread GROUP BY bucket
        ), ended AS (
            SELECT CAST((ended_ms - $start) // $size AS BIGINT) AS bucket, count(*) AS n,
                count(*) FILTER (failed) AS failed,
                quantile_cont(total_ms, 0.5) AS client_p50,
                quantile_cont(total_ms, 0.95) AS client_p95,
                quantile_cont(server_ms, 0.95) AS server_p95
            FROM joined WHERE finished GROUP BY 1
        ), begun AS (
            SELECT bucket, sum(n) AS offered FROM (
                SELECT CAST((started_ms - $start) // $size AS BIGINT) AS bucket, count(*) AS n
                FROM client GROUP BY 1
                UNION ALL
                SELECT CAST((moment - $start) // $size AS BIGINT), sum(n) FROM dropped GROUP BY 1
            ) GROUP BY bucket
        )
        SELECT bucket, coalesce(n - failed, 0) AS ok, coalesce(failed, 0) AS failed,
            CAST(coalesce(offered, 0) AS BIGINT) AS offered, client_p50, client_p95, server_p95,
            coalesce(in_queue, 0) AS in_queue, coalesce(in_application, 0) AS in_application,
            coalesce(in_database, 0) AS in_database, coalesce(in_outgoing, 0) AS in_outgoing
        FROM (SELECT unnest(generate_series(0, $last)) AS bucket)
            LEFT JOIN ended USING (bucket) LEFT JOIN begun USING (bucket)
            LEFT JOIN busy USING (bucket)
        ORDER BY bucket
    """

    bucket: int
    ok: int
    failed: int
    offered: int
    client_p50: float | None
    client_p95: float | None
    server_p95: float | None
    in_queue: float
    in_application: float
    in_database: float
    in_outgoing: float


@dataclass(frozen=True)
class Cell:
    """The requests that ended in a piece of time and took between 2^`power` and twice as many
    milliseconds; those under a millisecond have the power -1.
    """

    SQL: ClassVar = """
        SELECT CAST((ended_ms - $start) // $size AS BIGINT) AS bucket,
            CAST(greatest(floor(log2(greatest(total_ms, 0.01))), -1) AS BIGINT) AS power,
            count(*) AS n
        FROM joined WHERE finished GROUP BY ALL ORDER BY ALL
    """

    bucket: int
    power: int
    n: int


@dataclass(frozen=True)
class Frame:
    """A stack of a route, outermost first, and the share of the route's time that it was seen."""

    SQL: ClassVar = """
        SELECT route, state, stack, sum(ms) / sum(sum(ms)) OVER (PARTITION BY route) AS share
        FROM stacks WHERE route IS NOT NULL
        GROUP BY route, state, stack ORDER BY route, share DESC
    """

    route: str
    state: str
    stack: str
    share: float
