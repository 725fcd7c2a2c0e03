"""`python -m benchmarks.insights`: the local engine against hand-written SQL, and a trace against a
full scan.

Measured is the CPU time of this process, all threads together, in turns: other work on the machine
hardly changes a ratio of those. `--only-memory` runs just the engine, once for each query, to see
what it needs at the most.
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
from .insights_sql import TEXT_QUERIES, hand_written

VAR = Path("var")  # where there is room: a temporary folder may be in memory
EVENTS = 1_000_000
ROUNDS = 5
GOAL_RATIO = 1.3
GOAL_TEXT_RATIO = 1.5
GOAL_PEAK_MB = 1500  # the database's own bound, and what is beside it: Python, texts of files
GOAL_TRACE = 0.2


def main() -> int:
    """Write the events, time everything in turns, print it; exit code 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument(
        "--only-memory", action="store_true", help="run each query once, and show the peak memory"
    )
    options = parser.parse_args()
    VAR.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="insights-", dir=VAR))
    try:
        correlation_id = write_archive(folder / "taskoverflow", options.events)
        if options.only_memory:
            return _memory(folder, correlation_id)
        return _compare(folder, correlation_id, options.rounds)
    finally:
        shutil.rmtree(folder)


def _compare(folder: Path, correlation_id: str, rounds: int) -> int:
    files = _files(folder, f"{rounds} rounds in turns, medians of CPU time")
    missed = _against_sql(folder, files, correlation_id, rounds) + _trace(
        files, correlation_id, rounds
    )
    print(f"peak memory of this process, the hand-written SQL included: {_peak_mb():,.0f} MB")
    print("every goal met" if not missed else f"goals missed: {missed}")
    return 1 if missed else 0


def _files(folder: Path, how: str) -> list[LogFile]:
    files = archive_files(folder, "taskoverflow", TimeRange())
    size_mb = sum(file.path.stat().st_size for file in files) / 1e6
    print(f"{len(files)} files, {size_mb:,.0f} MB, {how}; database memory {MEMORY_LIMIT}")
    return files


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 if sys.platform == "linux" else 1024**2)


def _queries(correlation_id: str) -> dict[str, tuple[str, float]]:
    """Text and goal of each query by its name."""
    shipped = {
        query.name: _trace_of(correlation_id) if query.name == "trace" else query.text
        for query in named_queries()
    }
    return {name: (text, GOAL_RATIO) for name, text in shipped.items()} | {
        name: (text, GOAL_TEXT_RATIO) for name, text in TEXT_QUERIES.items()
    }


def _memory(folder: Path, correlation_id: str) -> int:
    files = _files(folder, "each query once")
    print(f"\n{'query':<24}{'CPU s':>10}{'peak so far, MB':>18}")
    for name, (text, _) in _queries(correlation_id).items():
        _progress(name)
        seconds = _seconds(lambda text=text: run_local(text, files))
        print(f"{name:<24}{seconds:>10.2f}{_peak_mb():>18,.0f}", flush=True)
    met = _peak_mb() <= GOAL_PEAK_MB
    print(f"goal <= {GOAL_PEAK_MB:,} MB: {'met' if met else 'MISSED'}")
    return 0 if met else 1


def _against_sql(folder: Path, files: list[LogFile], correlation_id: str, rounds: int) -> int:
    by_hand = hand_written(f"{folder}/taskoverflow/*/*.ndjson", correlation_id)
    print(f"\n{'query':<24}{'engine s':>10}{'SQL s':>10}{'ratio':>8}{'spread':>14}{'goal':>8}")
    missed = 0
    for name, (text, goal) in _queries(correlation_id).items():
        _progress(name)
        engine, sql, ratios = _in_turns(
            lambda text=text: run_local(text, files),
            lambda sql=by_hand[name]: _run_sql(sql),
            rounds,
        )
        ratio = statistics.median(ratios)
        missed += ratio > goal
        verdict = "met" if ratio <= goal else "MISSED"
        spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
        print(
            f"{name:<24}{engine:>10.3f}{sql:>10.3f}{ratio:>8.2f}{spread:>14}{goal:>8}   {verdict}",
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
    """Median CPU seconds of both, and their ratio in each round; a first round, not counted, warms
    the caches.
    """
    pairs = [(_seconds(one), _seconds(other)) for _ in range(rounds + 1)][1:]
    medians = [statistics.median(times) for times in zip(*pairs, strict=True)]
    return medians[0], medians[1], [first / second for first, second in pairs]


def _seconds(action: Callable[[], object]) -> float:
    started = time.process_time()
    action()
    return time.process_time() - started


def _run_sql(sql: str) -> list[tuple]:
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET preserve_insertion_order = false")
        return connection.execute(sql).fetchall()


def _progress(what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{what} ...\r", end="", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
