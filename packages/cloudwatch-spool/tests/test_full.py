"""A full spool or disk: the app goes on, the least important events are dropped, and it is told
exactly.
"""

import json
import logging
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudwatch_spool.folder import SpoolFolder

from .harness import HERE, Delivery, Stub, ledger_ids, length, wait_until

MB = 1 << 20
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def levels(ledger: Path) -> dict[str, str]:
    """The level of every event owed."""
    lines = (line.split() for line in ledger.read_text().splitlines())
    return {
        event: logging.getLevelName(int(level)) for word, event, level in lines if word == "done"
    }


def spool_bytes(delivery: Delivery) -> int:
    return SpoolFolder(delivery.spool).used_bytes()


@pytest.fixture(scope="module")
def overrun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Delivery, int, list[int]]]:
    """A spool that two processes have overrun threefold, then emptied; its cap, and the sizes it
    had.
    """
    stub = Stub()
    delivery = Delivery(stub, tmp_path_factory.mktemp("overrun"))
    cap = int(length(5, 20)) * MB
    yield delivery, cap, overrun_sizes(delivery, cap)
    delivery.close()
    stub.close()


def overrun_sizes(delivery: Delivery, cap: int) -> list[int]:
    delivery.stub.faults(refuse=True)
    command = [HERE / "overrun.py", 3 * cap // 2]
    writers = [delivery.start(*command, SPOOL_MAX_BYTES=str(cap)) for _ in range(2)]
    sizes = []

    def are_done() -> bool:
        sizes.append(spool_bytes(delivery))
        return len(ledger_ids(delivery.ledger, "done")) >= 3 * cap // 1100

    wait_until(are_done, within_s=200)
    shipper = delivery.start_shipper()
    delivery.stub.faults()
    wait_until(lambda: spool_bytes(delivery) <= cap // 10, within_s=120)
    for writer in writers:
        writer.stdin.close()
        assert writer.wait(60) == 0
    shipper.terminate()
    assert shipper.wait(60) == 0
    assert delivery.drain() == 0
    return sizes


def test_an_overrun_spool_keeps_to_its_cap_and_reports_what_it_dropped(
    overrun: tuple[Delivery, int, list[int]],
) -> None:
    delivery, cap, sizes = overrun
    level_of = levels(delivery.ledger)
    audit = delivery.audit()
    lost = Counter(level_of[event] for event in audit.lost)

    assert max(sizes) <= cap
    assert (len(audit.phantom), len(audit.corrupt), audit.duplicates) == (0, 0, 0)
    assert lost.total() > 100
    reported: Counter[str] = Counter()
    for gap in audit.gaps:
        reported.update({name: gap.get(f"dropped_{name.lower()}", 0) for name in LEVELS})
    assert +reported == lost
    assert audit.dropped_count == lost.total()


def test_an_overrun_spool_drops_the_lowest_levels_first(
    overrun: tuple[Delivery, int, list[int]],
) -> None:
    delivery, _, _ = overrun
    level_of = levels(delivery.ledger)
    owed = Counter(level_of.values())
    lost = Counter(level_of[event] for event in delivery.audit().lost)

    shares = [lost[level] / owed[level] for level in LEVELS]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > shares[-1]


def test_an_overrun_spool_tells_the_ids_that_are_missing(
    overrun: tuple[Delivery, int, list[int]],
) -> None:
    """Within the range of each gap exactly as many sequence numbers are missing as it says."""
    delivery, _, _ = overrun
    sequences: dict[str, set[int]] = {}
    for text in delivery.stub.messages():
        writer, _, sequence = json.loads(text)["event_id"].rpartition("-")
        if sequence.isdigit():
            sequences.setdefault(writer, set()).add(int(sequence))

    ranges = []
    for gap in delivery.audit().gaps:
        told = range(gap["dropped_first_sequence"], gap["dropped_last_sequence"] + 1)
        assert len(set(told) - sequences[gap["dropped_writer"]]) == gap["dropped_count"]
        ranges.append(told)
    for there in sequences.values():
        missing = set(range(max(there) + 1)) - there
        assert all(any(number in told for told in ranges) for number in missing)


def test_a_full_disk_costs_no_request_and_is_reported_exactly(delivery: Delivery) -> None:
    written = subprocess.run(
        [sys.executable, HERE / "full_disk.py", str(8 * MB)],
        env=delivery.environment(LEDGER="/dev/fd/1", SPOOL_MAX_BYTES=str(64 * MB)),
        capture_output=True,
        check=True,
    )
    delivery.ledger.write_bytes(written.stdout)

    assert delivery.drain() == 0
    audit = delivery.audit()
    assert len(audit.lost) > 1000
    assert audit.dropped_count == len(audit.lost)
    assert (len(audit.phantom), len(audit.corrupt), audit.duplicates) == (0, 0, 0)
    assert written.stderr.count(b"log events are being dropped, lowest level first: [Errno") == 1


def test_a_disk_that_is_full_from_the_start_is_reported_too(delivery: Delivery) -> None:
    code = (
        "import os, resource, app\n"
        "unlimited = resource.RLIM_INFINITY\n"
        "app.install_handler(); writer = app.Writer(os.environ['LEDGER'])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, unlimited))\n"
        "[writer.write() for _ in range(50)]\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (unlimited, unlimited))\n"
        "import time; time.sleep(0.1)\n"
        "[writer.write() for _ in range(50)]\n"
    )
    environment = delivery.environment(LEDGER="/dev/fd/1")
    environment["PYTHONPATH"] = str(HERE)
    command = [sys.executable, "-c", code]
    written = subprocess.run(command, env=environment, capture_output=True, check=True)
    delivery.ledger.write_bytes(written.stdout)

    assert delivery.drain() == 0
    audit = delivery.audit()
    assert (len(audit.lost), len(audit.accepted)) == (50, 50)
    assert [gap["dropped_count"] for gap in audit.gaps] == [50]


def test_a_disk_too_full_to_note_a_position_is_emptied_all_the_same(delivery: Delivery) -> None:
    delivery.write(3000, SPOOL_MAX_BYTES=str(5 * MB))
    (delivery.spool / "positions.new-json").mkdir()  # so that writing it fails

    assert delivery.drain() == 0
    audit = delivery.audit()
    assert (*audit.verdict, audit.duplicates) == (0, 0, 0, 0)
    assert not list(delivery.spool.glob("*.segment"))


def test_a_killed_process_still_reports_what_it_dropped(delivery: Delivery) -> None:
    cap = 5 * MB
    writer = delivery.start(HERE / "overrun.py", 2 * cap, SPOOL_MAX_BYTES=str(cap))
    assert writer.stdout.readline() == "written\n"
    writer.kill()
    writer.wait()

    assert delivery.drain() == 0
    audit = delivery.audit()
    assert audit.dropped_count == len(audit.lost) > 100
