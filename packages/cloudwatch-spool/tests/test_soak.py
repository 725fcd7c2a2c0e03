"""The soak: faults come and go, processes die, and in the end everything has arrived or is told of.

`FAULT_SEED` repeats a run, `FAULT_SOAK_S` sets the seconds of a full one.
"""

import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import psutil
import pytest

from .harness import HERE, Delivery, ledger_ids, length, wait_until

MB = 1 << 20
SPOOL_MAX_BYTES = (
    16 * MB
)  # in segments of 256 KiB, so that each writer needs a new one every few seconds
FAULTS = [
    {"refuse": True}, {"reset": True}, {"blackhole": True}, {"drop_response": True}, {},
    {"error": {"code": "ThrottlingException", "probability": 0.5}}, {"good_key": "KEY2"},
]  # fmt: skip


@dataclass
class Soak:
    """Two writers, of which the first lives from beginning to end, and a shipper."""

    delivery: Delivery
    dice: random.Random
    writers: list["subprocess.Popen[str]"] = field(default_factory=list)
    copies: list[threading.Thread] = field(default_factory=list)
    samples: list[list[int]] = field(default_factory=list)
    killed: int = 0

    def start(self) -> None:
        self.writers = [self._writer(), self._writer()]
        self.shipper = self.delivery.start_shipper()

    def _writer(self) -> "subprocess.Popen[str]":
        """Its ledger goes through a pipe, which no full disk stops."""
        environment = {"LEDGER": "/dev/fd/1", "SPOOL_MAX_BYTES": str(SPOOL_MAX_BYTES)}
        writer = self.delivery.start(HERE / "app.py", 10_000_000, length(300, 50), **environment)
        self.copies.append(threading.Thread(target=self._copy_ledger, args=(writer,)))
        self.copies[-1].start()
        return writer

    def _copy_ledger(self, writer: "subprocess.Popen[str]") -> None:
        with self.delivery.ledger.open("a", buffering=1) as ledger:
            for line in writer.stdout:
                ledger.write(line)

    def step(self) -> None:
        """Another fault, for a moment; perhaps a full disk with it, or a death."""
        self.delivery.stub.faults(**self.dice.choice(FAULTS))
        is_full = self.dice.random() < 0.3
        if is_full:
            self._limit_files(0)
        time.sleep(self.dice.uniform(0.3, 1.5))
        if (
            is_full
        ):  # and nobody dies: one that never had a segment would take its count of drops with it
            self._limit_files(-1)
        elif self.dice.random() < 0.4:
            self.writers[1].kill()
            self.killed += 1
            self.writers[1] = self._writer()
        if self.dice.random() < 0.3:
            self.shipper.kill()
            self.shipper.wait()
            self.shipper = self.delivery.start_shipper()
        self._sample()

    def _limit_files(self, size: int) -> None:
        """No file of a writer may grow beyond this, as on a full disk. Linux only."""
        for writer in self.writers:
            if sys.platform == "linux":
                psutil.Process(writer.pid).rlimit(psutil.RLIMIT_FSIZE, (size, -1))

    def _sample(self) -> None:
        process = psutil.Process(self.writers[0].pid)
        files = len(os.listdir(self.delivery.spool))
        self.samples.append(
            [process.memory_info().rss, process.num_fds(), process.num_threads(), files]
        )

    def end(self) -> None:
        """No more faults; the writers stop in the middle of their work, the shipper when it has
        nothing left.
        """
        self.delivery.stub.faults()
        self._assert_alive()
        for writer in self.writers:
            writer.kill()
            writer.wait()
            self.killed += 1
        for copy in self.copies:
            copy.join()
        self.shipper.terminate()
        self.shipper.wait(60)
        assert self.delivery.drain() == 0

    def _assert_alive(self) -> None:
        """Once the backlog is gone, a new event arrives within seconds."""
        wait_until(
            self._has_arrived(ledger_ids(self.delivery.ledger, "done")), within_s=120, every_s=0.5
        )
        before = ledger_ids(self.delivery.ledger, "done")
        wait_until(lambda: bool(ledger_ids(self.delivery.ledger, "done") - before))
        new = ledger_ids(self.delivery.ledger, "done") - before
        wait_until(self._has_arrived(new), within_s=5)

    def _has_arrived(self, events: set[str]) -> Callable[[], bool]:
        def check() -> bool:
            audit = self.delivery.audit()
            return len(events - audit.accepted.keys()) <= audit.dropped_count

        return check


@pytest.fixture
def soak(delivery: Delivery) -> Iterator[Soak]:
    seed = int(os.environ.get("FAULT_SEED", random.randrange(1 << 30)))
    print(f"FAULT_SEED={seed}")  # shown if the test fails
    soak = Soak(delivery, random.Random(seed))
    yield soak
    delivery.close()
    for copy in soak.copies:
        copy.join()


def test_a_random_mix_of_faults_loses_nothing_untold(soak: Soak) -> None:
    soak.start()
    wait_until(lambda: bool(ledger_ids(soak.delivery.ledger, "done")))
    deadline = time.monotonic() + length(6, float(os.environ.get("FAULT_SOAK_S", 3600)))
    while time.monotonic() < deadline:
        soak.step()
    soak.end()

    audit = soak.delivery.audit()
    assert audit.verdict[1:] == (0, 0)
    # a writer may be killed between the drop of an event and the ledger's line on it
    assert len(audit.lost) <= audit.dropped_count <= len(audit.lost) + soak.killed
    assert soak.delivery.stub.get("violations") == []
    third = max(len(soak.samples) // 3, 1)
    for first, last, slack in zip(
        *(
            map(statistics.median, zip(*part, strict=True))
            for part in (soak.samples[:third], soak.samples[-third:])
        ),
        (10 * MB, 2, 0, 40),  # resident bytes, descriptors, threads, files
        strict=True,
    ):
        assert last <= first + slack
