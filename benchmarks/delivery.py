"""What a logging call costs, and what the shipper costs: ours, stock watchtower, and the least there can be.

`python -m benchmarks.delivery`. All variants take turns in one run; figures are medians over the rounds.
"""

import json
import logging
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import watchtower

from benchmarks.harness import progress
from todo import cloudwatch

ROUNDS = 7
CALLS = 4000
SHIPPED_EVENTS = 20_000
RECORD = {
    "timestamp": "2026-01-01T00:00:00.000Z",
    "event": "request_finished",
    "http_method": "GET",
    "http_route": "/api/v1/todos",
    "note": "x" * 300,
}
SHAPES = ("1 thread", "4 threads", "1 thread beside a CPU-bound one")
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
        "ours": lambda: cloudwatch.handler(folder / "spool"),
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
        if shape == SHAPES[2]:
            threading.Thread(target=_spin, args=(is_over,), daemon=True).start()
        threads = 4 if shape == SHAPES[1] else 1
        times: list[float] = []
        workers = [threading.Thread(target=_log, args=(logger, CALLS // threads, times)) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        is_over.set()
        logger.handlers[0].close()
    return times


def _spin(is_over: threading.Event) -> None:
    while not is_over.is_set():
        sum(range(1000))


def _log(logger: logging.Logger, count: int, times: list[float]) -> None:
    clock = time.perf_counter_ns
    for _ in range(200):
        logger.info(RECORD)
    own = []
    for _ in range(count):
        start = clock()
        logger.info(RECORD)
        own.append((clock() - start) / 1000)
    times += own


def percentiles(times: list[float]) -> tuple[float, float, float]:
    """p50, p99 and p99.9."""
    ordered = sorted(times)
    return tuple(ordered[int(len(ordered) * share)] for share in (0.5, 0.99, 0.999))  # type: ignore[return-value]


def logging_calls() -> dict[tuple[str, str], tuple[float, float, float]]:
    """The medians of the percentiles, by shape and variant; prints them."""
    medians = {}
    print("One logging call, microseconds (median of the rounds)\n")
    print(f"{'':34}{'':18}{'p50':>9}{'p99':>9}{'p99.9':>10}{'p99 min..max':>20}")
    for shape in SHAPES:
        rounds: dict[str, list[tuple[float, float, float]]] = {variant: [] for variant in VARIANTS}
        for number in range(ROUNDS):
            for variant in VARIANTS:
                progress(f"{shape}  round {number + 1}/{ROUNDS}  {variant}")
                rounds[variant].append(percentiles(call_times_us(variant, shape)))
        for variant, figures in rounds.items():
            p50, p99, p999 = (statistics.median(column) for column in zip(*figures, strict=True))
            medians[shape, variant] = (p50, p99, p999)
            noise = f"{min(f[1] for f in figures):.0f}..{max(f[1] for f in figures):.0f}"
            print(f"{shape:34}{variant:18}{p50:9.1f}{p99:9.1f}{p999:10.1f}{noise:>20}")
    return medians


def verdict(name: str, ratio: float, goal: float) -> None:
    """Print one goal and whether it was met."""
    print(f"{name:70}{ratio:8.2f}  goal {goal:.2f}  {'met' if ratio <= goal else 'MISSED'}")


def shipping() -> None:
    """CPU of the shipper against a plain boto3 loop over the same events; prints both."""
    from tests.cloudwatch.harness import Stub

    ours, plain = [], []
    elapsed = []
    for number in range(ROUNDS):
        for name, figures in (("shipper", ours), ("boto3 loop", plain)):
            progress(f"shipping  round {number + 1}/{ROUNDS}  {name}")
            stub = Stub()
            with tempfile.TemporaryDirectory() as folder:
                if name == "shipper":
                    _fill(Path(folder))
                result = subprocess.run(
                    [sys.executable, "-m", "benchmarks.delivery", name, folder],
                    env=stub.environment(),
                    capture_output=True,
                    check=True,
                    text=True,
                )
            stub.close()
            cpu_s, elapsed_s = map(float, result.stdout.split())
            figures.append(cpu_s / SHIPPED_EVENTS * 10_000 * 1000)
            if name == "shipper":
                elapsed.append(SHIPPED_EVENTS / elapsed_s)
    shipper_ms, loop_ms, rate = map(statistics.median, (ours, plain, elapsed))
    print(f"\nCPU per 10,000 events: shipper {shipper_ms:.0f} ms, boto3 loop {loop_ms:.0f} ms")
    print(f"The shipper sends {rate:,.0f} events a second to a stub on the same two cores")
    ratios = [a / b for a, b in zip(ours, plain, strict=True)]
    verdict(f"shipper's CPU to the loop's ({min(ratios):.2f}..{max(ratios):.2f})", statistics.median(ratios), 1.3)


def _fill(folder: Path) -> None:
    spool = cloudwatch.Spool(folder)
    payload = json.dumps(RECORD).encode()
    for _ in range(SHIPPED_EVENTS):
        spool.append(payload, int(time.time() * 1000), logging.INFO)


def measured(name: str, folder: Path) -> None:
    """In a process of its own: send all events, print CPU and elapsed seconds without the imports'."""
    run = _shipper(folder) if name == "shipper" else _boto3_loop()
    started, cpu = time.perf_counter(), _cpu_s()
    run()
    print(_cpu_s() - cpu, time.perf_counter() - started)


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _shipper(folder: Path) -> Callable[[], object]:
    from todo.cloudwatch.delivery import CloudWatchDelivery
    from todo.cloudwatch.folder import SpoolFolder
    from todo.cloudwatch.log_stream import LogStream
    from todo.cloudwatch.rejects import Rejects
    from todo.cloudwatch.shipper import Shipper
    from todo.cloudwatch.statistics import Statistics
    from todo.cloudwatch.stop import Stop

    stop, numbers = Stop(deadline_s=None), Statistics(folder)
    stop.request()
    log_stream = LogStream("group", "stream")
    log_stream.create()
    delivery = CloudWatchDelivery(log_stream, rejects=Rejects(folder), stop=stop, statistics=numbers, name="bench")
    return Shipper(SpoolFolder(folder), delivery, stop=stop, statistics=numbers, name="bench").run


def _boto3_loop() -> Callable[[], object]:
    import boto3

    client = boto3.client("logs")
    client.create_log_group(logGroupName="group")
    client.create_log_stream(logGroupName="group", logStreamName="stream")
    message = json.dumps({"event_id": "0123456789abcdef-12345"} | RECORD)
    per_batch = 1_048_576 // (len(message) + 26)

    def run() -> None:
        for start in range(0, SHIPPED_EVENTS, per_batch):
            count = min(per_batch, SHIPPED_EVENTS - start)
            events = [{"timestamp": int(time.time() * 1000), "message": message} for _ in range(count)]
            client.put_log_events(logGroupName="group", logStreamName="stream", logEvents=events)

    return run


def main() -> None:
    """Measure all and judge it by the goals."""
    if len(sys.argv) > 1:
        return measured(sys.argv[1], Path(sys.argv[2]))
    medians = logging_calls()
    print()
    one, _, busy = SHAPES
    p99 = {key: figures[1] for key, figures in medians.items()}
    verdict("p99, 1 thread: ours to stock watchtower", p99[one, "ours"] / p99[one, "stock watchtower"], 1.1)
    verdict("p99, beside a CPU-bound thread: ours to os.write", p99[busy, "ours"] / p99[busy, "os.write"], 1 / 3)
    shipping()
    return None


if __name__ == "__main__":
    main()
