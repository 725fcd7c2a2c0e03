"""`python -m benchmarks.insights`: the local engine against hand-written SQL, and a trace against a
full scan.
"""

import argparse
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from logs_insights import LogFile, TimeRange, run_local
from logs_insights.duckdb.local import MEMORY_LIMIT
from todo.views.archive import archive_files
from todo.views.catalog import named_queries, named_query, with_filter
from todo.views.tracing import id_condition

from .insights_events import write_archive
from .insights_sql import hand_written

EVENTS = 1_000_000
ROUNDS = 5
GOAL_RATIO = 1.3
GOAL_TRACE = 0.2


def main() -> int:
    """Write the events, time everything in turns, print it; exit code 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="insights-"))
    try:
        correlation_id = write_archive(folder / "taskoverflow", options.events)
        return _compare(folder, correlation_id, options.rounds)
    finally:
        shutil.rmtree(folder)


def _compare(folder: Path, correlation_id: str, rounds: int) -> int:
    files = archive_files(folder, "taskoverflow", TimeRange())
    size_mb = sum(file.path.stat().st_size for file in files) / 1e6
    print(
        f"{len(files)} files, {size_mb:,.0f} MB, {rounds} rounds in turns, medians; "
        f"database memory {MEMORY_LIMIT}"
    )
    missed = _against_sql(folder, files, correlation_id, rounds) + _trace(
        files, correlation_id, rounds
    )
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024 if sys.platform == "linux" else 1024**2
    )
    print(f"peak memory of this process, the hand-written SQL included: {peak_mb:,.0f} MB")
    print("every goal met" if not missed else f"goals missed: {missed}")
    return 1 if missed else 0


def _against_sql(folder: Path, files: list[LogFile], correlation_id: str, rounds: int) -> int:
    by_hand = hand_written(f"{folder}/taskoverflow/*/*.ndjson", correlation_id)
    print(
        f"\n{'query':<24}{'engine s':>10}{'SQL s':>10}{'ratio':>8}{'spread':>14}"
        f"   goal <= {GOAL_RATIO}"
    )
    missed = 0
    for query in named_queries():
        _progress(query.name)
        text = _trace_of(correlation_id) if query.name == "trace" else query.text
        engine, sql, ratios = _in_turns(
            lambda text=text: run_local(text, files),
            lambda sql=by_hand[query.name]: _run_sql(sql),
            rounds,
        )
        ratio = statistics.median(ratios)
        missed += ratio > GOAL_RATIO
        verdict = "met" if ratio <= GOAL_RATIO else "MISSED"
        spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
        print(
            f"{query.name:<24}{engine:>10.3f}{sql:>10.3f}{ratio:>8.2f}{spread:>14}   {verdict}",
            flush=True,
        )
    return missed


def _trace(files: list[LogFile], correlation_id: str, rounds: int) -> int:
    """The trace of one ID against the same query over every event."""
    one, everything = _trace_of(correlation_id), named_query("trace").text
    _progress("trace of one ID")
    trace, scan, ratios = _in_turns(
        lambda: run_local(one, files), lambda: run_local(everything, files), rounds
    )
    ratio = statistics.median(ratios)
    verdict = "met" if ratio <= GOAL_TRACE else "MISSED"
    print(
        f"\ntrace of one ID {trace:.3f} s, the same query over every event {scan:.3f} s: "
        f"ratio {ratio:.3f}"
    )
    print(f"goal <= {GOAL_TRACE}: {verdict} (spread {min(ratios):.3f}-{max(ratios):.3f})")
    return int(ratio > GOAL_TRACE)


def _trace_of(correlation_id: str) -> str:
    return with_filter(named_query("trace").text, id_condition([correlation_id]) or "")


def _in_turns(
    one: Callable[[], object], other: Callable[[], object], rounds: int
) -> tuple[float, float, list[float]]:
    """Median seconds of both, and their ratio in each round; a first round, not counted, warms the
    caches.
    """
    pairs = [(_seconds(one), _seconds(other)) for _ in range(rounds + 1)][1:]
    medians = [statistics.median(times) for times in zip(*pairs, strict=True)]
    return medians[0], medians[1], [first / second for first, second in pairs]


def _seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _run_sql(sql: str) -> list[tuple]:
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET preserve_insertion_order = false")
        return connection.execute(sql).fetchall()


def _progress(what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{what} ...\r", end="", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
