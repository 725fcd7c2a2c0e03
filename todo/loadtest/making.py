"""Makes the report of a run: loads both sides, joins them, asks for what stands out."""

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from logs_insights.duckdb.discovery import TimeRange
from logs_insights.results import Results
from todo.views.catalog import named_query, with_filter

from . import joining
from .joining import join, rows
from .logged import Ask, Progress, load_lines, wait_for_lines
from .report import Report
from .run import ReportError, Run
from .samples import ENDS, EXPECTED, QUIET_NAMES, load_samples
from .shown import show

__all__ = ["make_report"]

MEMORY_LIMIT = "512MB"  # of the database; beyond it, it spills to a temporary folder
_MARGIN_MS = 60_000  # the server's clock may differ, and it may answer after k6 has given up
_MOST_BUCKETS = 60
_BUCKETS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400)
_MOST_SHOWN = 10
_MOST_LISTED = 50
_LISTED_SIDES = ("lost", "log only", "unfinished", "unfinished, logged", "unanswered")


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
    words).

    Waits for log lines that are still missing until `wait_s` after the end of the run. Raises
    ReportError when there are no samples or no lines, InsightsError when the logs cannot be asked.
    Memory is bounded by MEMORY_LIMIT.
    """
    with closing(duckdb.connect(":memory:")) as database:
        database.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        on_progress("reading k6's samples")
        load_samples(database, samples)
        counting = _Counting(ask)
        first_ms, last_ms = rows(database, ENDS)[0].values()
        _load_logs(database, run, counting, first_ms, last_ms, wait_s, on_progress)
        on_progress("joining")
        join(database)
        span = TimeRange(first_ms - _MARGIN_MS, last_ms + _MARGIN_MS)
        return _report(database, run, counting, span, logs, on_progress)


class _Counting:
    """A way to ask that adds up what the answers took to find, since AWS bills that."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.bytes_scanned = 0.0

    def __call__(self, text: str, span: TimeRange) -> Results:
        results = self._ask(text, span)
        self.bytes_scanned += results.statistics.bytes_scanned
        return results


def _load_logs(
    database: duckdb.DuckDBPyConnection,
    run: Run,
    ask: Ask,
    first_ms: int,
    last_ms: int,
    wait_s: float,
    on_progress: Progress,
) -> None:
    on_progress("asking the logs")
    expected = rows(database, EXPECTED, quiet=list(QUIET_NAMES))[0]["n"]
    counted = wait_for_lines(
        ask,
        run.run_id,
        first_ms - _MARGIN_MS,
        last_ms + _MARGIN_MS,
        expected=expected,
        until_s=last_ms / 1000 + wait_s,
        on_progress=on_progress,
    )
    if not counted and expected:
        raise ReportError(
            f"the logs have no request of run {run.run_id}. Are these the logs of {run.endpoint}? If they are,"
            " the shipper may be behind (`todo ship --status`), or TODO_LOG_EVENTS lacks request_finished"
        )
    load_lines(database, ask, run.run_id, counted, on_progress)


def _report(
    database: duckdb.DuckDBPyConnection,
    run: Run,
    ask: _Counting,
    span: TimeRange,
    logs: str,
    on_progress: Progress,
) -> Report:
    def of_join(sql: str, **parameters: Any) -> list[joining.Row]:
        return rows(database, sql, **parameters)

    on_progress("counting")
    totals = of_join(joining.TOTALS)[0]
    bucket_s = _bucket_s(totals)
    listed = {
        side: of_join(joining.OF_SIDE, side=side, most=_MOST_LISTED) for side in _LISTED_SIDES
    }
    standing_out = {
        name: of_join(sql, most=_MOST_SHOWN)
        for name, sql in (
            ("slowest", joining.SLOWEST),
            ("failed", joining.FAILED),
            ("lost", joining.LOST),
        )
    }
    shown = show(ask, (request for some in standing_out.values() for request in some), on_progress)
    return Report(
        run=run,
        logs=logs,
        totals=totals,
        load=of_join(joining.LOAD)[0],
        busiest_cpu_s=of_join(joining.BUSIEST)[0]["cpu_s"] or 0.0,
        bucket_s=bucket_s,
        timeline=_timeline(database, totals, bucket_s),
        routes=of_join(joining.ROUTES),
        checks=of_join(joining.CHECKS),
        failures=of_join(joining.FAILURES),
        n_plus_one=of_join(joining.N_PLUS_ONE),
        sides=Counter({row["side"]: row["n"] for row in of_join(joining.SIDES)}),
        listed=listed,
        **{name: [shown[row["request_id"]] for row in some] for name, some in standing_out.items()},
        statements=_statements(ask, run, span),
        bytes_scanned=ask.bytes_scanned,
    )


def _bucket_s(totals: joining.Row) -> int:
    """The shortest piece of time of which the run has few enough to draw."""
    length_s = ((totals["end_ms"] or 0) - (totals["start_ms"] or 0)) / 1000
    return next((size for size in _BUCKETS_S if length_s / size < _MOST_BUCKETS), _BUCKETS_S[-1])


def _timeline(
    database: duckdb.DuckDBPyConnection, totals: joining.Row, bucket_s: int
) -> list[joining.Row]:
    if not totals["n"]:
        return []
    size_ms, start_ms = bucket_s * 1000, totals["start_ms"]
    last = (totals["end_ms"] - start_ms) // size_ms
    return rows(database, joining.TIMELINE, start=start_ms, size=size_ms, last=last)


def _statements(ask: Ask, run: Run, span: TimeRange) -> list[dict[str, str]]:
    text = with_filter(named_query("bottleneck_statements").text, f'run_id = "{run.run_id}"')
    return ask(text, span).records()
