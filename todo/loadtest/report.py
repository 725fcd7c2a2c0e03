"""The report of a run: k6's samples joined with the log lines of the same requests, and what stands
out of both.
"""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import duckdb

from logs_insights import TimeRange
from todo.views.catalog import named_query, with_filter

from . import figures
from .errors import ReportError
from .evidence import load_evidence
from .examples import Example, examples
from .figures import (
    Check,
    Exchange,
    Failure,
    Listed,
    Load,
    Repetition,
    rows,
)
from .joined import join
from .latency import Route, Totals
from .lines import load_requests, wait_for_requests
from .run import Run
from .samples import ends, expected_lines, load_samples
from .slices import Ask, Counting, Progress
from .statements import Statement, keep_statements
from .timeline import Cell, Frame, Moment
from .verdict import Verdict, judge

__all__ = ["Report", "make_report"]

T = TypeVar("T", Moment, Cell)
MEMORY_LIMIT = "512MB"  # of the database; beyond it, it spills to a temporary folder
_MARGIN_MS = 60_000  # the server's clock may differ, and it may answer after k6 has given up
_MOST_BUCKETS = 60
_BUCKETS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400)
_MOST_SHOWN = 10
_MOST_LISTED = 50
_LISTED_SIDES = ("lost", "log only", "unfinished", "unfinished, logged", "unanswered")


@dataclass(frozen=True)
class Report:
    """The figures of a run. Times are in milliseconds; `sides` counts the requests by where they
    are known, and `logs` names the logs in words.
    """

    run: Run
    logs: str
    verdict: Verdict
    bytes_scanned: float
    totals: Totals
    load: Load
    busiest_cpu_s: float
    bucket_s: int
    timeline: list[Moment]
    heat: list[Cell]
    stacks: list[Frame]
    routes: list[Route]
    checks: list[Check]
    slowest: list[Example]
    failures: list[Failure]
    failed: list[Example]
    statements: list[Statement]
    n_plus_one: list[Repetition]
    sides: dict[str, int]
    listed: dict[str, list[Listed]]
    lost: list[Example]

    @property
    def missing_in_logs(self) -> int:
        """Requests that were answered, and have no line in the logs though they should."""
        return self.sides.get("lost", 0)

    @property
    def missing_in_k6(self) -> int:
        """Requests that the logs have under this run's name, and k6 does not."""
        return self.sides.get("log only", 0)


def make_report(
    run: Run,
    samples: Path,
    ask: Ask,
    *,
    logs: str,
    wait_s: float = 0,
    on_progress: Progress = lambda text: None,
) -> Report:
    """The figures of a run, from k6's CSV file and a way to ask the logs (`logs` names them in
    words). The times of its statements are kept beside the samples.

    Waits for log lines that are still missing until `wait_s` after the end of the run. Raises
    ReportError when there are no samples or no lines, InsightsError when the logs cannot be asked.
    Memory is bounded by MEMORY_LIMIT.
    """
    with closing(duckdb.connect(":memory:")) as database:
        database.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        on_progress("reading k6's samples")
        load_samples(database, samples)
        counting = Counting(ask)
        first_ms, last_ms = ends(database)
        span = TimeRange(first_ms - _MARGIN_MS, last_ms + _MARGIN_MS)
        _load_logs(database, run, counting, span, last_ms / 1000 + wait_s, on_progress)
        load_evidence(database, counting, run.run_id, span, on_progress)
        on_progress("joining")
        join(database)
        keep_statements(database, samples.parent)
        return _report(database, run, counting, span, logs, on_progress)


def _load_logs(
    database: duckdb.DuckDBPyConnection,
    run: Run,
    ask: Ask,
    span: TimeRange,
    until_s: float,
    on_progress: Progress,
) -> None:
    on_progress("asking the logs")
    expected = expected_lines(database)
    counted = wait_for_requests(
        ask, run.run_id, span, expected=expected, until_s=until_s, on_progress=on_progress
    )
    if not counted and expected:
        raise ReportError(
            f"the logs have no request of run {run.run_id}. Are these the logs of {run.endpoint}?"
            " If they are, the shipper may be behind (`todo ship --status`), or TODO_LOG_EVENTS"
            " lacks request_finished"
        )
    load_requests(database, ask, run.run_id, counted, on_progress)


def _report(
    database: duckdb.DuckDBPyConnection,
    run: Run,
    ask: Counting,
    span: TimeRange,
    logs: str,
    on_progress: Progress,
) -> Report:
    on_progress("counting")
    totals = rows(database, Totals, Totals.SQL)[0]
    bucket_s = _bucket_s(totals)
    slowest, failed, lost = (
        rows(database, Exchange, sql, most=_MOST_SHOWN)
        for sql in (Exchange.SLOWEST, Exchange.FAILED, Exchange.LOST)
    )
    shown = examples(ask, [*slowest, *failed, *lost], on_progress)

    def of(exchanges: Iterable[Exchange]) -> list[Example]:
        return [shown[each.request_id] for each in exchanges]

    return Report(
        run=run,
        logs=logs,
        verdict=judge(database, run),
        totals=totals,
        load=rows(database, Load, Load.SQL)[0],
        busiest_cpu_s=figures.busiest_cpu_s(database),
        bucket_s=bucket_s,
        timeline=_timeline(database, Moment, totals, bucket_s),
        heat=_timeline(database, Cell, totals, bucket_s),
        stacks=rows(database, Frame, Frame.SQL),
        routes=rows(database, Route, Route.SQL),
        checks=rows(database, Check, Check.SQL),
        failures=rows(database, Failure, Failure.SQL),
        n_plus_one=rows(database, Repetition, Repetition.SQL),
        sides=figures.sides(database),
        listed={
            side: rows(database, Listed, Listed.SQL, side=side, most=_MOST_LISTED)
            for side in _LISTED_SIDES
        },
        slowest=of(slowest),
        failed=of(failed),
        lost=of(lost),
        statements=_statements(ask, run, span),
        bytes_scanned=ask.bytes_scanned,
    )


def _bucket_s(totals: Totals) -> int:
    """The shortest piece of time of which the run has few enough to draw."""
    length_s = ((totals.end_ms or 0) - (totals.start_ms or 0)) / 1000
    return next((size for size in _BUCKETS_S if length_s / size < _MOST_BUCKETS), _BUCKETS_S[-1])


def _timeline(
    database: duckdb.DuckDBPyConnection, kind: type[T], totals: Totals, bucket_s: int
) -> list[T]:
    if totals.start_ms is None or totals.end_ms is None:
        return []
    size_ms = bucket_s * 1000
    pieces: dict[str, int] = {"start": totals.start_ms, "size": size_ms}
    if kind is Moment:
        pieces["last"] = (totals.end_ms - totals.start_ms) // size_ms
    return rows(database, kind, kind.SQL, **pieces)


def _statements(ask: Ask, run: Run, span: TimeRange) -> list[Statement]:
    text = with_filter(named_query("bottleneck_statements").text, f'run_id = "{run.run_id}"')
    return [Statement.of(record) for record in ask(text, span).records()]
