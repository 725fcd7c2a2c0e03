"""`cloudwatch-spool`, as a person or a container runs it."""

import json
import os
import pty
import re
import shutil

from .harness import GROUP, Delivery, assert_known, wait_until
from .local import Local


def ship(delivery: Delivery, *options: object, verb: str = "ship"):
    return delivery.start_shipper("--archive", delivery.archive, *options, verb=verb)


def status(delivery: Delivery) -> tuple[int, dict[str, object]]:
    """Exit code and numbers."""
    process = delivery.start("-m", "cloudwatch_spool", "status", delivery.spool)
    numbers = json.loads(process.stdout.read())
    return process.wait(30), numbers


def test_drain_empties_the_spool_into_the_archive(delivery: Delivery) -> None:
    delivery.write(500)

    assert ship(delivery, verb="drain").wait(60) == 0
    assert len(delivery.archived()) == 500
    assert [path.name for path in delivery.archive.iterdir()] == [GROUP]


def test_a_shipper_that_is_stopped_ends_at_its_deadline_and_tells_what_is_left(
    delivery: Delivery,
) -> None:
    delivery.stub.faults(refuse=True)
    delivery.write(500)
    shipper = delivery.start_shipper("--deadline", 1)
    wait_until(lambda: "waits: " in delivery.stderr.read_text())
    shipper.terminate()

    assert shipper.wait(30) == 0
    assert (
        f"500 log events stay in {delivery.spool} for the next start" in delivery.stderr.read_text()
    )


def test_drain_with_nothing_to_do_succeeds(delivery: Delivery) -> None:
    assert ship(delivery, verb="drain").wait(60) == 0


def test_echo_prints_the_delivered_lines_as_they_are_into_a_pipe(delivery: Delivery) -> None:
    delivery.write(10)
    shipper = ship(delivery, "--echo", verb="drain")
    output = shipper.stdout.read()

    assert [json.loads(line) for line in output.splitlines()] == delivery.archived()


def test_echo_is_coloured_on_a_terminal() -> None:
    ours, theirs = pty.openpty()
    from cloudwatch_spool.echo import EchoingDelivery
    from cloudwatch_spool.events import Event

    class Nowhere:
        def send(self, events: object) -> None: ...
        def close(self) -> None: ...

    with open(theirs, "w") as terminal:
        event = Event(
            1000, b'{"timestamp":"t","level":"ERROR","event":"exception","message":"no luck"}'
        )
        EchoingDelivery(Nowhere(), terminal).send([event])
        text = os.read(ours, 1000).decode()
    os.close(ours)

    assert text.rstrip() == f"\x1b[31m{event.message.decode()}\x1b[0m"


def test_status_tells_how_far_behind_delivery_is(delivery: Delivery) -> None:
    delivery.write(300)
    exit_code, numbers = status(delivery)

    assert exit_code == 1
    assert numbers["behind_events"] == 300
    assert numbers["behind_seconds"] > 0
    assert numbers["spool_bytes"] == sum(
        path.stat().st_size for path in delivery.spool.glob("*.segment")
    )


def test_status_of_a_spool_that_is_not_there_makes_none(delivery: Delivery) -> None:
    exit_code, numbers = status(delivery)

    assert (exit_code, numbers["behind_events"]) == (1, 0)
    assert not delivery.spool.exists()


def test_status_succeeds_while_a_shipper_runs(delivery: Delivery) -> None:
    delivery.write(300)
    ship(delivery)
    wait_until(lambda: len(delivery.archived()) == 300)
    wait_until(lambda: status(delivery)[1].get("events_shipped") == 300)

    exit_code, numbers = status(delivery)
    assert (exit_code, numbers["is_running"], numbers["behind_events"]) == (0, True, 0)


def test_status_names_the_problem_that_delivery_waits_on(delivery: Delivery) -> None:
    delivery.stub.faults(refuse=True)
    delivery.write(300)
    delivery.start_shipper()
    wait_until(lambda: "EndpointConnectionError" in str(status(delivery)[1].get("problem")))

    assert status(delivery)[1]["retries"] > 0


def test_a_folder_that_cannot_be_used_is_told_in_one_line(delivery: Delivery) -> None:
    blocked = delivery.folder / "a file" / "spool"
    blocked.parent.write_text("")

    assert delivery.start_shipper(spool=blocked).wait(30) == 1
    assert delivery.stderr.read_text().startswith("Error: ")
    assert len(delivery.stderr.read_text().splitlines()) == 1


def test_a_damaged_spool_is_delivered_but_for_the_damage(delivery: Delivery) -> None:
    delivery.write(3000)
    (segment,) = delivery.spool.glob("*.segment")
    data = bytearray(segment.read_bytes())
    data[100_000] ^= 1
    data[200_000:201_000] = bytes(1000)
    segment.write_bytes(data)

    assert delivery.drain() == 0
    audit = delivery.audit()
    assert audit.verdict[1:] == (0, 0)
    (damage,) = [event for event in audit.others if event["event"] == "delivery_damage"]
    assert damage["damaged_count"] == len(audit.lost)
    assert 2 <= len(audit.lost) <= 10


def test_what_is_no_segment_does_not_stop_the_shipper(delivery: Delivery) -> None:
    delivery.write(10)
    (delivery.spool / "0000.00000000.segment").write_bytes(os.urandom(100_000))
    (delivery.spool / "0001.00000000.segment").write_bytes(b"")
    (delivery.spool / "dead.new").write_bytes(b"")
    (delivery.spool / "positions.json").write_text("{half")

    assert delivery.drain() == 0
    assert delivery.audit().verdict == (0, 0, 0)
    assert not list(delivery.spool.glob("*.segment"))
    assert not list(delivery.spool.glob("*.new"))


def test_a_stopped_task_delivers_slowly_or_leaves_the_rest_for_the_next(delivery: Delivery) -> None:
    """First the app stops, then the shipper, and CloudWatch is slow, down, and then back."""
    delivery.stub.faults(delay_s=0.5)
    shipper = delivery.start_shipper("--deadline", 2)
    delivery.write(5000)
    wait_until(lambda: delivery.stub.get("count") > 0)
    delivery.stub.faults(refuse=True)
    delivery.write(2000)
    shipper.terminate()

    assert shipper.wait(60) == 0
    left = re.findall(r"(\d+) log events stay", delivery.stderr.read_text())
    assert int(left[-1]) == len(delivery.audit().lost) >= 2000
    delivery.stub.faults()
    assert delivery.drain() == 0
    assert delivery.audit().verdict == (0, 0, 0)


def test_what_a_task_left_behind_can_be_delivered_from_a_copy(delivery: Delivery) -> None:
    """The platform kills the shipper before its deadline; its volume is read on another host."""
    shipper = delivery.start_shipper("--deadline", 100)
    delivery.write(500)
    delivery.wait_delivered()
    delivery.stub.faults(refuse=True)
    delivery.write(500)
    wait_until(lambda: "waits: " in delivery.stderr.read_text())
    shipper.terminate()
    shipper.kill()
    shipper.wait()
    copy = shutil.copytree(delivery.spool, delivery.folder / "copy")
    delivery.stub.faults()

    assert len(delivery.audit().lost) == 500
    assert delivery.drain(spool=copy) == 0
    audit = delivery.audit()
    assert (*audit.verdict, audit.duplicates) == (0, 0, 0, 0)


def test_the_shipper_reports_its_own_numbers_with_the_events(local: Local) -> None:
    local.append("{}", 1000)
    local.ship(report_interval_s=0)

    report = next(event for event in local.delivered() if event.get("event") == "delivery")
    assert_known(report)
