"""The statements of a run, ranked by the time that they took."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

__all__ = ["KEPT", "Statement", "keep_statements"]

KEPT = "statements.parquet"

_KEPT_SQL = """
COPY (
    SELECT statement, spent.ms / n AS ms, row_number() OVER (ORDER BY logged_ms, spent.id) AS place
    FROM spent JOIN logged ON spent.id = logged.id
) TO '{path}' (FORMAT parquet)
"""


@dataclass(frozen=True)
class Statement:
    """All executions of one statement: how often, how long, and a request that sent it."""

    text: str
    n: int
    total_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    example: str

    @classmethod
    def of(cls, record: Mapping[str, str]) -> "Statement":
        """The statement of a row that the query bottleneck_statements answers with."""
        return cls(
            text=" ".join(record.get("statement", record["db_fingerprint"]).split()),
            n=round(float(record["n"])),
            total_ms=float(record["total_ms"]),
            p50_ms=float(record["p50_ms"]),
            p95_ms=float(record["p95_ms"]),
            p99_ms=float(record["p99_ms"]),
            example=record.get("example", ""),
        )


def keep_statements(database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Keeps the mean time of each statement in each request beside the run, for comparing it with
    another.
    """
    path = str(folder / KEPT).replace("'", "''")
    database.execute(_KEPT_SQL.format(path=path))
