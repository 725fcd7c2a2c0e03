"""The statements of a run, ranked by the time that they took."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Statement"]


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
            n=int(float(record["n"])),
            total_ms=float(record["total_ms"]),
            p50_ms=float(record["p50_ms"]),
            p95_ms=float(record["p95_ms"]),
            p99_ms=float(record["p99_ms"]),
            example=record.get("example", ""),
        )
