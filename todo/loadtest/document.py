"""report.json: a report as data, for programs and for comparing runs."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from .figures import Check, Failure, Load, Repetition
from .latency import Route, Totals
from .report import Report
from .run import Run
from .statements import Statement
from .timeline import Moment
from .verdict import Culprit, Difference, Verdict

__all__ = ["Document", "VerdictDocument", "as_json"]


class VerdictDocument(BaseModel):
    """The verdict: `culprits` is empty when nothing is wrong."""

    model_config = ConfigDict(frozen=True)

    saturated: bool
    sentence: str
    offered_per_s: float
    answered_per_s: float
    threads: int | None
    busy_threads: float
    culprits: list[Culprit]
    differences: list[Difference]
    parts: dict[str, float]


class Document(BaseModel):
    """The whole of report.json."""

    model_config = ConfigDict(frozen=True)

    version: int = 1
    run: Run
    verdict: VerdictDocument
    totals: Totals
    load: Load
    bucket_s: int
    timeline: list[Moment]
    routes: list[Route]
    statements: list[Statement]
    failures: list[Failure]
    checks: list[Check]
    n_plus_one: list[Repetition]
    sides: dict[str, int]
    slowest: list[str]
    """Correlation IDs, the slowest first."""


def as_json(report: Report) -> str:
    """The text of report.json."""
    return _document(report).model_dump_json(indent=2) + "\n"


def _document(report: Report) -> Document:
    same: dict[str, Any] = {
        name: getattr(report, name)
        for name in Document.model_fields
        if name not in ("version", "verdict", "slowest")
    }
    slowest = [shown.request.request_id for shown in report.slowest]
    return Document(verdict=_verdict(report.verdict), slowest=slowest, **same)


def _verdict(verdict: Verdict) -> VerdictDocument:
    return VerdictDocument(
        saturated=verdict.saturated,
        sentence=verdict.sentence,
        offered_per_s=round(verdict.served.offered_per_s, 2),
        answered_per_s=round(verdict.served.answered_per_s, 2),
        threads=verdict.served.threads,
        busy_threads=round(verdict.served.busy_threads, 3),
        culprits=verdict.culprits,
        differences=verdict.differences,
        parts={layer: round(busy, 3) for layer, busy in verdict.parts.items()},
    )
