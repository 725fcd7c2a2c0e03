"""What the shipper costs: its CPU against a plain boto3 loop over the same batches."""

import json
import logging
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import boto3

import cloudwatch_spool
from benchmarks.delivery_calls import RECORD
from benchmarks.harness import progress
from cloudwatch_spool.cloudwatch import LogStream
from cloudwatch_spool.collector import Collector
from cloudwatch_spool.delivery import EndpointDelivery, Rejects
from cloudwatch_spool.folder import SpoolFolder
from cloudwatch_spool.shipper import Shipper
from cloudwatch_spool.status import Statistics
from cloudwatch_spool.testing import CloudWatchStub

__all__ = ["shipping"]

ROUNDS = 7
SHIPPED_EVENTS = 20_000


def shipping() -> list[float]:
    """CPU of the shipper to a plain boto3 loop's over the same events: a ratio per round."""
    ours, plain = [], []
    elapsed = []
    for number in range(ROUNDS):
        for name, figures in (("shipper", ours), ("boto3 loop", plain)):
            progress(f"shipping  round {number + 1}/{ROUNDS}  {name}")
            stub = CloudWatchStub()
            with tempfile.TemporaryDirectory() as folder:
                if name == "shipper":
                    _fill(Path(folder))
                result = subprocess.run(
                    [sys.executable, "-m", "benchmarks.delivery_shipping", name, folder],
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
    return [a / b for a, b in zip(ours, plain, strict=True)]


def _fill(folder: Path) -> None:
    spool = cloudwatch_spool.Spool(folder)
    payload = json.dumps(RECORD).encode()
    for _ in range(SHIPPED_EVENTS):
        spool.append(payload, int(time.time() * 1000), logging.INFO)


def measured(name: str, folder: Path) -> None:
    """In a process of its own: send all events, print CPU and elapsed seconds without imports."""
    run = _shipper(folder) if name == "shipper" else _boto3_loop()
    started, cpu = time.perf_counter(), _cpu_s()
    run()
    print(_cpu_s() - cpu, time.perf_counter() - started)


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _shipper(folder: Path) -> Callable[[], object]:
    """What `cloudwatch_spool.ship` puts together, connected already as the loop is."""
    spool, statistics = SpoolFolder(folder), Statistics(folder)
    log_stream = LogStream(cloudwatch_spool.CloudWatch("group"), "stream")
    log_stream.create()
    stop = cloudwatch_spool.Stop(deadline_s=None)
    stop.request()
    common: dict[str, Any] = {"stop": stop, "statistics": statistics, "name": "bench"}
    delivery = EndpointDelivery(log_stream, rejects=Rejects(folder), **common)
    collector = partial(Collector, spool, statistics=statistics)
    shipper = Shipper(spool, delivery, new_collector=collector, **common)

    def run() -> None:
        with spool.shipping() as lock:
            shipper.run(lock)

    return run


def _boto3_loop() -> Callable[[], object]:
    client = boto3.client("logs")
    client.create_log_group(logGroupName="group")
    client.create_log_stream(logGroupName="group", logStreamName="stream")
    message = json.dumps({"event_id": "0123456789abcdef-12345"} | RECORD)
    per_batch = 1_048_576 // (len(message) + 26)

    def run() -> None:
        for start in range(0, SHIPPED_EVENTS, per_batch):
            count = min(per_batch, SHIPPED_EVENTS - start)
            events = [
                {"timestamp": int(time.time() * 1000), "message": message} for _ in range(count)
            ]
            client.put_log_events(logGroupName="group", logStreamName="stream", logEvents=events)

    return run


if __name__ == "__main__":
    measured(sys.argv[1], Path(sys.argv[2]))
