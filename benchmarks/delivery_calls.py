"""What one logging call costs: ours, stock watchtower, one write(2) per event, and formatting
alone.

Beside other threads everything hangs on the GIL: a call that gives it away, or waits for a lock
whose holder has lost it, gets it back up to 5 ms later for each thread in between. A thread makes
three calls and then waits for half a millisecond, as a request does for its database: one that only
made calls would make most of them in one turn with the GIL, and feel nothing of the others. On a
machine whose cores are all busy the others wake up late, so what waits looks better than it is; the
column "over 1 ms" counts the calls that had to wait.
"""

import json
import logging
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import watchtower

import cloudwatch_spool
from benchmarks.harness import progress

__all__ = ["RECORD", "SHAPES", "Times", "handler", "logging_calls", "spin"]

ROUNDS = 7
CALLS = 3000
CALLS_IN_A_ROW = 3
PAUSE_S = 0.0005
RECORD = {
    "timestamp": "2026-01-01T00:00:00.000Z",
    "event": "request_finished",
    "http_method": "GET",
    "http_route": "/api/v1/todos",
    "note": "x" * 300,
}
SHAPES = (
    "1 thread",
    "4 threads",
    "1 thread beside a CPU-bound one",
    "4 threads beside a CPU-bound one",
)
VARIANTS = ("format only", "ours", "os.write", "stock watchtower")


class JSONFormatter(logging.Formatter):
    """The same cost of formatting for every variant."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's dict as JSON."""
        return json.dumps(record.msg)


class FormatOnly(logging.Handler):
    """The least a handler can do."""

    def emit(self, record: logging.LogRecord) -> None:
        """Format and forget."""
        self.format(record)


class OSWrite(logging.Handler):
    """One write(2) per event into a file."""

    def __init__(self, path: Path) -> None:
        """Append to this file."""
        super().__init__()
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def emit(self, record: logging.LogRecord) -> None:
        """Format and write."""
        os.write(self._descriptor, self.format(record).encode() + b"\n")


class Nowhere:
    """A CloudWatch that takes everything at no cost: stock watchtower at its best."""

    def put_log_events(self, **_: Any) -> dict[str, Any]:
        """Accept."""
        return {}


def handler(variant: str, folder: Path) -> logging.Handler:
    """A new handler of this kind."""
    made: dict[str, Callable[[], logging.Handler]] = {
        "format only": FormatOnly,
        "ours": lambda: cloudwatch_spool.handler(folder / "spool"),
        "os.write": lambda: OSWrite(folder / "log"),
        "stock watchtower": lambda: watchtower.CloudWatchLogHandler(
            "g", "s", boto3_client=Nowhere(), create_log_group=False
        ),
    }
    new = made[variant]()
    new.setFormatter(JSONFormatter())
    return new


def call_times_us(variant: str, shape: str) -> list[float]:
    """Microseconds of each of many logging calls."""
    with tempfile.TemporaryDirectory() as folder:
        logger = logging.Logger("bench")
        logger.addHandler(handler(variant, Path(folder)))
        is_over = threading.Event()
        if "CPU-bound" in shape:
            threading.Thread(target=spin, args=(is_over,), daemon=True).start()
        threads = int(shape[0])
        times: list[float] = []
        workers = [
            threading.Thread(target=_log, args=(logger, CALLS // threads, times))
            for _ in range(threads)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        is_over.set()
        logger.handlers[0].close()
    return times


def spin(is_over: threading.Event) -> None:
    """Keep the GIL as busy as pure Python can."""
    while not is_over.is_set():
        sum(range(1000))


def _log(logger: logging.Logger, count: int, times: list[float]) -> None:
    clock = time.perf_counter_ns
    for _ in range(200):
        logger.info(RECORD)
    own = []
    for number in range(count):
        start = clock()
        logger.info(RECORD)
        own.append((clock() - start) / 1000)
        if number % CALLS_IN_A_ROW == CALLS_IN_A_ROW - 1:
            time.sleep(PAUSE_S)
    times += own


@dataclass(frozen=True)
class Times:
    """Of the calls of one round: percentiles in microseconds, and how many of a hundred took over 1
    ms.
    """

    p50: float
    p99: float
    p999: float
    over_1_ms: float


def summary(times: list[float]) -> Times:
    """The figures of one round."""
    ordered = sorted(times)
    p50, p99, p999 = (ordered[int(len(ordered) * share)] for share in (0.5, 0.99, 0.999))
    return Times(p50, p99, p999, 100 * sum(time_us > 1000 for time_us in ordered) / len(ordered))


def logging_calls() -> dict[tuple[str, str], Times]:
    """The medians over the rounds, by shape and variant; prints them."""
    medians = {}
    print("One logging call, microseconds (median of the rounds)\n")
    print(f"{'':34}{'':18}{'p50':>8}{'p99':>9}{'p99.9':>9}{'over 1 ms':>11}{'p99 min..max':>15}")
    for shape in SHAPES:
        rounds: dict[str, list[Times]] = {variant: [] for variant in VARIANTS}
        for number in range(ROUNDS):
            for variant in VARIANTS:
                progress(f"{shape}  round {number + 1}/{ROUNDS}  {variant}")
                rounds[variant].append(summary(call_times_us(variant, shape)))
        progress("")
        for variant, figures in rounds.items():
            median = Times(
                *(statistics.median(column) for column in zip(*map(astuple, figures), strict=True))
            )
            medians[shape, variant] = median
            p99 = sorted(times.p99 for times in figures)
            noise = f"{p99[0]:.0f}..{p99[-1]:.0f}"
            print(
                f"{shape:34}{variant:18}{median.p50:8.1f}{median.p99:9.1f}{median.p999:9.1f}"
                f"{median.over_1_ms:10.2f}%{noise:>15}"
            )
    return medians
