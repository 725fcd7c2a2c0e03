"""Whatever CloudWatch answers, and if it answers nothing: events wait on disk and then arrive."""

import logging
import statistics
import time
from pathlib import Path

import psutil
import pytest

import cloudwatch_spool

from .harness import GROUP, HERE, STOCK, STREAM, Delivery, length, wait_until
from .local import Local

MB = 1 << 20
THROTTLED = {"error": {"code": "ThrottlingException"}}
OUTAGES = {
    "refused": {"refuse": True},
    "black hole": {"blackhole": True},
    "reset mid-body": {"reset": True},
    "unavailable": {"error": {"code": "ServiceUnavailableException", "status": 503}},
    "throttled": THROTTLED,
    "no access": {"error": {"code": "AccessDeniedException"}},
    "not heard of": {"error": {"code": "SomethingNewException"}},
}


def stock_through(delivery: Delivery, **faults: object) -> None:
    """Stock watchtower writes before and during the fault, and ends when it is over."""
    process = delivery.start(HERE / "app.py", 3000, 1000, "stay", **STOCK)
    wait_until(lambda: delivery.stub.get("count") > 0)
    delivery.stub.faults(**faults)
    wait_until(lambda: "Failed to deliver logs: None" in delivery.stderr.read_text(), within_s=200)
    delivery.stub.faults()
    process.stdin.close()
    process.wait(120)


@pytest.mark.parametrize("fault", OUTAGES.values(), ids=OUTAGES)
def test_an_outage_delays_and_loses_nothing(delivery: Delivery, fault: dict[str, object]) -> None:
    delivery.stub.make_stream()
    shipper = delivery.start_shipper()
    delivery.stub.faults(**fault)
    writer = delivery.start(HERE / "app.py", length(1000, 60_000), length(1000, 100))
    wait_until(lambda: writer.poll() is not None, within_s=700)
    delivery.stub.faults()
    delivery.wait_delivered(within_s=90)

    audit = delivery.audit()
    assert audit.verdict == (0, 0, 0)
    assert delivery.stub.get("violations") == []
    assert psutil.Process(shipper.pid).memory_info().rss < 150 * MB


@pytest.mark.parametrize(
    "fault",
    [OUTAGES["unavailable"], THROTTLED, OUTAGES["no access"]],
    ids=["unavailable", "throttled", "no access"],
)
def test_stock_watchtower_loses_events_in_an_outage(
    delivery: Delivery, fault: dict[str, object]
) -> None:
    stock_through(delivery, **fault)

    assert delivery.audit().lost


def test_stock_watchtower_loses_events_when_connections_are_refused(delivery: Delivery) -> None:
    stock_through(delivery, refuse=True)

    assert delivery.audit().lost


def test_a_name_that_does_not_resolve_delays_and_loses_nothing(delivery: Delivery) -> None:
    delivery.stub.make_stream()
    delivery.write(100)
    lost = delivery.start_shipper(AWS_ENDPOINT_URL="http://logs.invalid")
    wait_until(lambda: "waits: EndpointConnectionError" in delivery.stderr.read_text())
    lost.kill()
    lost.wait()

    assert delivery.drain() == 0
    assert delivery.audit().verdict == (0, 0, 0)


def test_an_outage_costs_the_app_no_memory(delivery: Delivery) -> None:
    delivery.stub.faults(refuse=True)
    writer = delivery.start(HERE / "app.py", 40_000, 1e9, "stay")
    wait_until(lambda: delivery.spool.exists())
    before = psutil.Process(writer.pid).memory_full_info().uss
    writer.stdout.readline()

    assert psutil.Process(writer.pid).memory_full_info().uss - before < 10 * MB


def test_a_logging_call_does_not_feel_an_outage(delivery: Delivery) -> None:
    delivery.stub.make_stream()
    delivery.start_shipper()
    logger = logging.Logger("test")
    logger.addHandler(cloudwatch_spool.handler(delivery.spool))
    ratios = []
    for _ in range(int(length(15, 100))):
        delivery.stub.faults()
        without_us = slowest_percentile_us(logger)
        delivery.stub.faults(refuse=True)
        ratios.append(slowest_percentile_us(logger) / without_us)

    assert (
        statistics.median(ratios) < 1.5
    )  # both were measured in turns, on however noisy a machine


def slowest_percentile_us(logger: logging.Logger, calls: int = 2000) -> float:
    """The time that all but a hundredth of the calls took at most."""
    times = []
    for _ in range(calls):
        start = time.perf_counter()
        logger.info('{"message": "hello"}')
        times.append(time.perf_counter() - start)
    return sorted(times)[calls * 99 // 100] * 1e6


def test_calls_become_rare_while_throttled(delivery: Delivery) -> None:
    delivery.stub.make_stream()
    delivery.write(10)
    delivery.stub.faults(**THROTTLED)
    delivery.start_shipper()
    wait_until(
        lambda: sum(call["outcome"] == "ThrottlingException" for call in delivery.stub.puts()) >= 6
    )

    calls = [
        call["at"] for call in delivery.stub.puts() if call["outcome"] == "ThrottlingException"
    ]
    assert (
        calls[-1] - calls[0] > 0.1
    )  # the sixth wait is ten times the first, whatever the dice say


def test_throttling_now_and_then_loses_nothing(delivery: Delivery) -> None:
    delivery.stub.make_stream()
    delivery.stub.faults(error={"code": "ThrottlingException", "probability": 0.3})
    delivery.start_shipper()
    delivery.write(length(2000, 60_000), 1000)
    delivery.wait_delivered()

    assert delivery.audit().verdict == (0, 0, 0)


def test_a_lost_response_repeats_at_most_its_batch(delivery: Delivery) -> None:
    delivery.stub.make_stream()
    delivery.stub.faults(drop_response=True)
    delivery.write(500)
    delivery.start_shipper()
    wait_until(lambda: len(delivery.stub.puts()) >= 3)
    delivery.stub.faults()
    delivery.wait_delivered()

    audit = delivery.audit()
    assert audit.verdict == (0, 0, 0)
    repeated = sum(1 for call in delivery.stub.puts() if call.get("accepted") == 500) - 1
    assert audit.duplicates == 500 * repeated


def credentials(delivery: Delivery) -> dict[str, str]:
    """Let boto3 fetch its credentials from the stub, as it does on ECS."""
    url = delivery.stub.control_url + "/credentials"
    return {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": url,
        "AWS_ACCESS_KEY_ID": "",
        "AWS_SECRET_ACCESS_KEY": "",
    }


def test_expired_credentials_are_fetched_anew(delivery: Delivery) -> None:
    delivery.stub.make_stream()
    delivery.start_shipper(**credentials(delivery))
    delivery.write(100)
    delivery.wait_delivered()
    delivery.stub.faults(good_key="KEY2")
    delivery.write(500)
    wait_until(
        lambda: any(call["outcome"] == "ExpiredTokenException" for call in delivery.stub.puts())
    )
    delivery.stub.faults(good_key="KEY2", next_key="KEY2")
    delivery.wait_delivered()

    assert delivery.audit().verdict == (0, 0, 0)
    assert delivery.stub.puts()[-1]["key"] == "KEY2"


def test_a_failing_credential_endpoint_delays_and_loses_nothing(delivery: Delivery) -> None:
    delivery.stub.make_stream()
    delivery.stub.faults(credentials_down=True)
    delivery.write(500)
    delivery.start_shipper(**credentials(delivery))
    wait_until(lambda: "delivery to CloudWatch waits: " in delivery.stderr.read_text())
    delivery.stub.faults()
    delivery.wait_delivered()

    assert delivery.audit().verdict == (0, 0, 0)


def test_stock_watchtower_loses_events_while_credentials_are_expired(delivery: Delivery) -> None:
    stock_through(delivery, good_key="KEY2")

    assert delivery.audit().lost


def test_a_credential_process_that_prints_nonsense_is_waited_out(
    delivery: Delivery, tmp_path: Path
) -> None:
    delivery.stub.make_stream()
    config = tmp_path / "config"
    config.write_text("[default]\ncredential_process = echo nonsense\n")
    delivery.write(500)
    delivery.start_shipper(
        AWS_CONFIG_FILE=str(config), AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY=""
    )
    wait_until(lambda: "waits: ConfigurationError" in delivery.stderr.read_text())
    keys = '{"Version": 1, "AccessKeyId": "KEY1", "SecretAccessKey": "secret"}'
    config.write_text(f"[default]\ncredential_process = echo '{keys}'\n")
    delivery.wait_delivered()

    assert delivery.audit().verdict == (0, 0, 0)


def test_a_bug_stops_the_shipper_instead_of_being_tried_for_ever(local: Local) -> None:
    class Broken:
        def __getattr__(self, name: str) -> object:
            raise TypeError("a bug")

    local.append("{}", 1000)
    local.client = Broken
    with pytest.raises(TypeError, match="a bug"):
        local.ship()


def test_group_and_stream_are_created_with_their_retention(delivery: Delivery) -> None:
    delivery.write(100)

    assert delivery.drain("--retention-days", 7) == 0
    assert delivery.stub.get("groups") == {GROUP: {"streams": [STREAM], "retention_days": 7}}


def test_a_deleted_group_is_created_again(delivery: Delivery) -> None:
    delivery.stub.make_stream()
    delivery.start_shipper()
    delivery.write(500)
    delivery.wait_delivered()
    delivery.stub.delete_group()
    delivery.write(500)
    delivery.wait_delivered()

    assert delivery.audit().verdict == (0, 0, 0)


def test_events_wait_for_a_group_that_the_shipper_shall_not_create(delivery: Delivery) -> None:
    delivery.write(100)
    delivery.start_shipper("--no-create-group")
    wait_until(lambda: "waits: ResourceNotFoundException" in delivery.stderr.read_text())
    assert delivery.stub.get("groups") == {}
    delivery.stub.make_stream()
    delivery.wait_delivered()

    assert delivery.audit().verdict == (0, 0, 0)


def test_events_wait_while_creating_is_forbidden(delivery: Delivery) -> None:
    delivery.stub.faults(deny_create=True)
    delivery.write(500)
    delivery.start_shipper()
    wait_until(lambda: "waits: AccessDeniedException" in delivery.stderr.read_text())
    delivery.stub.faults()
    delivery.wait_delivered()

    assert delivery.audit().verdict == (0, 0, 0)


def test_stock_watchtower_loses_events_when_the_group_is_deleted(delivery: Delivery) -> None:
    delivery.write(1, **STOCK)
    process = delivery.start(HERE / "app.py", 2000, 500, **STOCK)
    wait_until(lambda: delivery.stub.get("count") > 100)
    delivery.stub.delete_group()
    process.wait(120)

    assert delivery.audit().lost


def test_an_app_starts_and_logs_while_cloudwatch_is_away(delivery: Delivery) -> None:
    delivery.stub.faults(refuse=True)

    delivery.write(100)
    assert delivery.stub.get("calls") == []


def test_stock_watchtower_keeps_an_app_from_starting_while_cloudwatch_is_away(
    delivery: Delivery,
) -> None:
    delivery.stub.faults(refuse=True)

    assert delivery.start(HERE / "app.py", 1, 1, **STOCK).wait(120) != 0


def test_a_problem_is_told_on_stderr_once(delivery: Delivery) -> None:
    delivery.stub.make_stream()
    delivery.stub.faults(**OUTAGES["no access"])
    delivery.write(1)
    delivery.start_shipper()
    wait_until(lambda: len(delivery.stub.puts()) > 3)

    assert Path(delivery.stderr).read_text().count("waits: AccessDenied") == 1
