"""`python -m benchmarks.report`: how long `todo report` takes, and how much memory, on a run of
100,000 requests.
"""

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .harness import progress
from .report_run import RUN_ID, write_run

REQUESTS = 100_000
ROUNDS = 3
GOAL_S = 20


def main() -> int:
    """Write a run, report on it again and again, print the figures; exit code 1 when a goal is
    missed.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--keep", type=Path, help="write the run into this folder, and keep it")
    options = parser.parse_args()
    state = options.keep or Path(tempfile.mkdtemp(prefix="report-"))
    try:
        write_run(state, options.requests)
        return _measure(state, options.requests, options.rounds)
    finally:
        if not options.keep:
            shutil.rmtree(state)


def _measure(state: Path, requests: int, rounds: int) -> int:
    samples = state / "load" / RUN_ID / "samples.csv"
    archive = sum(path.stat().st_size for path in state.glob("logs/*/*/*.ndjson"))
    print(
        f"{requests:,} requests: samples {samples.stat().st_size / 1e6:,.0f} MB, "
        f"archive {archive / 1e6:,.0f} MB"
    )
    times = []
    for number in range(rounds):
        progress(f"report {number + 1}/{rounds}")
        seconds, printed = _report(state)
        times.append(seconds)
    progress("")
    median = statistics.median(times)
    print(
        f"todo report: median {median:.1f} s of {rounds} ({min(times):.1f} to {max(times):.1f}), "
        f"goal under {GOAL_S} s"
    )
    counts = _counts(printed)
    print(
        f"joined {counts[0]:,}, missing in the logs {counts[1]:,}, "
        f"missing in the samples {counts[2]:,}"
    )
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (
        1024 if sys.platform == "linux" else 1024**2
    )
    size_kb = (samples.parent / "report.html").stat().st_size / 1e3
    print(f"peak memory of the process {peak_mb:,.0f} MB, page {size_kb:,.0f} KB")
    met = median < GOAL_S and counts == [requests, 0, 0]
    print("every goal met" if met else "goal MISSED")
    return 0 if met else 1


def _report(state: Path) -> tuple[float, str]:
    settings = {"TODO_STATE_DIR": str(state), "TODO_ARCHIVE_DIR": str(state / "logs")}
    started = time.perf_counter()
    command = [sys.executable, "-m", "todo.cli", "report", RUN_ID]
    done = subprocess.run(
        command, env=os.environ | settings, capture_output=True, text=True, check=True
    )
    return time.perf_counter() - started, done.stdout


def _counts(printed: str) -> list[int]:
    line = next(line for line in printed.splitlines() if "in k6's samples" in line)
    return [
        int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", line.replace("k6", ""))
    ]


if __name__ == "__main__":
    sys.exit(main())
