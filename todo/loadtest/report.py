"""What a report says, before it is drawn."""

from collections import Counter
from dataclasses import dataclass

from .joining import Row
from .run import Run
from .shown import Shown

__all__ = ["Report"]


@dataclass(frozen=True)
class Report:
    """The figures of a run. Times are in milliseconds; `sides` counts the requests by where they
    are known.
    """

    run: Run
    logs: str
    bytes_scanned: float
    totals: Row
    load: Row
    busiest_cpu_s: float
    bucket_s: int
    timeline: list[Row]
    routes: list[Row]
    checks: list[Row]
    slowest: list[Shown]
    failures: list[Row]
    failed: list[Shown]
    statements: list[dict[str, str]]
    n_plus_one: list[Row]
    sides: Counter[str]
    listed: dict[str, list[Row]]
    lost: list[Shown]

    @property
    def missing_in_logs(self) -> int:
        """Requests that were answered, and have no line in the logs though they should."""
        return self.sides["lost"]

    @property
    def missing_in_k6(self) -> int:
        """Requests that the logs have under this run's name, and k6 does not."""
        return self.sides["log only"]
