"""A wrong clock costs nothing: CloudWatch's time decides, and waiting goes by a clock that cannot
step.
"""

import json

import pytest

from .harness import HERE, STOCK, Delivery, wait_until


def start_shipper(delivery: Delivery, **environment: str) -> None:
    delivery.start_shipper(program=[HERE / "patched_ship.py"], **environment)


@pytest.mark.parametrize("offset_h", [-3, -1, 1, 3])
def test_a_shipper_whose_clock_is_off_loses_nothing(delivery: Delivery, offset_h: int) -> None:
    start_shipper(delivery, CLOCK_OFFSET_S=str(offset_h * 3600))
    delivery.write(500)
    delivery.wait_delivered()

    assert delivery.audit().verdict == (0, 0, 0)


@pytest.mark.parametrize("offset_h", [-3, -1, 1, 3])
def test_a_host_whose_clock_is_off_loses_nothing(delivery: Delivery, offset_h: int) -> None:
    delivery.stub.faults(clock_offset_s=-offset_h * 3600)
    delivery.start_shipper()
    delivery.write(500)
    delivery.wait_delivered()

    audit = delivery.audit()
    assert (*audit.verdict, audit.duplicates) == (0, 0, 0, 0)


def test_sending_goes_on_at_its_interval_when_the_clock_steps_back(delivery: Delivery) -> None:
    start_shipper(delivery, CLOCK_STEP_S="3600")
    delivery.write(3000, rate=1000)
    delivery.wait_delivered()

    assert delivery.audit().verdict == (0, 0, 0)


def test_stock_watchtower_sends_nothing_after_the_clock_steps_back(delivery: Delivery) -> None:
    writer = delivery.start(HERE / "app.py", 1000, 200, "stay", CLOCK_STEP_S="3600", **STOCK)
    assert writer.stdout.readline() == "written\n"

    assert (
        len(delivery.audit().lost) > 500
    )  # of the 800 written since, for four seconds; its interval is one


def test_a_skew_that_breaks_signing_is_waited_out_and_told(delivery: Delivery) -> None:
    delivery.stub.faults(check_clock=True, clock_offset_s=-3600)
    delivery.start_shipper()
    delivery.write(500)
    wait_until(lambda: "waits: InvalidSignatureException" in delivery.stderr.read_text())
    wait_until(lambda: round(status(delivery)["clock_skew_s"] or 0, -2) == 3600)
    delivery.stub.faults(check_clock=True)
    delivery.wait_delivered()

    assert delivery.audit().verdict == (0, 0, 0)


def status(delivery: Delivery) -> dict[str, float]:
    return json.loads((delivery.spool / "status.json").read_text())
