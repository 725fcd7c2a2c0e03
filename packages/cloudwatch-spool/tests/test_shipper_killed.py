"""A killed shipper skips nothing, repeats at most a batch, and another goes on where it was."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from .harness import HERE, Delivery, length, wait_until

POINTS = ["before sending", "after acceptance", "in the commit", "after the commit"]


def start_dying(delivery: Delivery, point: str):
    return delivery.start_shipper(program=[HERE / "patched_ship.py"], DIE=point)


@pytest.mark.parametrize("point", POINTS)
def test_a_shipper_killed_again_and_again_loses_nothing(delivery: Delivery, point: str) -> None:
    kills = int(length(2, 25))
    writer = delivery.start(HERE / "app.py", 1_000_000, 1000)
    for _ in range(kills):
        assert start_dying(delivery, point).wait(60) == -signal.SIGKILL
    writer.kill()
    writer.wait()

    assert delivery.drain() == 0
    audit = delivery.audit()
    assert audit.verdict == (0, 0, 0)
    largest = max(call.get("accepted", 0) for call in delivery.stub.puts())
    assert audit.duplicates <= kills * largest
    assert audit.duplicates == 0 or point in ("after acceptance", "in the commit")


def test_ten_shippers_killed_under_load_lose_nothing(delivery: Delivery) -> None:
    """Each is killed at some moment of its work; one that waited beside it goes on at once."""
    writer = delivery.start(HERE / "app.py", 1_000_000, 1000)
    shippers = [delivery.start_shipper(), delivery.start_shipper()]
    for _ in range(10):
        before = delivery.stub.get("count")
        wait_until(lambda before=before: delivery.stub.get("count") > before)
        time.sleep(random.uniform(0, 0.3))
        holder = (delivery.spool / "shipper.lock").read_text()
        active = next(shipper for shipper in shippers if f"pid {shipper.pid} " in holder)
        active.kill()
        active.wait()
        shippers = [shipper for shipper in shippers if shipper is not active]
        shippers.append(delivery.start_shipper())
    writer.kill()
    writer.wait()
    for shipper in shippers:
        shipper.terminate()
        shipper.wait(60)

    assert delivery.drain() == 0
    audit = delivery.audit()
    assert audit.verdict == (0, 0, 0)
    largest = max(call.get("accepted", 0) for call in delivery.stub.puts())
    assert audit.duplicates <= 10 * largest


def test_events_written_while_no_shipper_runs_are_delivered_by_the_next(delivery: Delivery) -> None:
    assert delivery.drain() == 0
    delivery.write(1000)

    assert delivery.drain() == 0
    assert delivery.audit().verdict == (0, 0, 0)


def test_a_second_shipper_waits_and_takes_over_when_the_first_is_killed(
    delivery: Delivery,
) -> None:
    first = delivery.start_shipper()
    wait_until(lambda: (delivery.spool / "status.json").exists())
    second = delivery.start_shipper()
    told = f"pid {first.pid} on {os.uname().nodename} ships {delivery.spool} already"
    wait_until(lambda: told in delivery.stderr.read_text())
    delivery.write(100)
    delivery.wait_delivered()
    first.kill()
    delivery.write(100)
    delivery.wait_delivered()

    assert second.poll() is None
    assert delivery.stderr.read_text().count(" already;") == 1
    assert delivery.audit().duplicates == 0


def test_a_shipper_that_waits_for_another_ends_when_it_is_asked_to(delivery: Delivery) -> None:
    delivery.stub.faults(refuse=True)
    delivery.write(10)
    delivery.start_shipper()
    wait_until(lambda: (delivery.spool / "status.json").exists())
    second = delivery.start_shipper("--deadline", 600)
    wait_until(lambda: " already;" in delivery.stderr.read_text())
    second.terminate()

    assert second.wait(30) == 0


def test_a_drain_beside_a_shipper_ends_when_the_spool_is_empty(delivery: Delivery) -> None:
    delivery.stub.faults(refuse=True)
    delivery.write(10)
    first = delivery.start_shipper()
    wait_until(lambda: (delivery.spool / "status.json").exists())
    drain = delivery.start_shipper("--deadline", 100, verb="drain")
    wait_until(lambda: " already;" in delivery.stderr.read_text())
    delivery.stub.faults()

    assert drain.wait(60) == 0
    assert first.poll() is None
    assert delivery.audit().verdict == (0, 0, 0)


def test_a_delivered_segment_is_deleted(delivery: Delivery) -> None:
    delivery.write(100)
    delivery.drain()

    assert list(Path(delivery.spool).glob("*.segment")) == []
