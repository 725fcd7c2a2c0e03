"""A killed shipper skips nothing and repeats at most one batch; its successor goes on where it was."""

import os
import signal
from pathlib import Path

import pytest

from .harness import HERE, Delivery, length, wait_until

POINTS = ["before sending", "after acceptance", "in the commit", "after the commit"]


def start_dying(delivery: Delivery, point: str):
    return delivery.start(HERE / "patched_ship.py", "ship", "--interval", "0.05", DIE=point)


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


def test_events_written_while_no_shipper_runs_are_delivered_by_the_next(delivery: Delivery) -> None:
    delivery.start_shipper("--drain").wait()
    delivery.write(1000)

    assert delivery.drain() == 0
    assert delivery.audit().verdict == (0, 0, 0)


def test_a_spool_has_one_shipper_at_a_time(delivery: Delivery) -> None:
    first = delivery.start_shipper()
    wait_until(lambda: (delivery.spool / "shipper.lock").exists())
    wait_until(lambda: "status.json" in os.listdir(delivery.spool))

    assert delivery.start_shipper().wait(30) == 1
    assert f"Another shipper is at work on {delivery.spool}" in delivery.stderr.read_text()
    first.kill()


def test_a_delivered_segment_is_deleted(delivery: Delivery) -> None:
    delivery.write(100)
    delivery.drain()

    assert list(Path(delivery.spool).glob("*.segment")) == []
