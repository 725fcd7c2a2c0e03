"""What may not go to CloudWatch as it is: too large, too old, too new, or refused for no known
reason.
"""

import hashlib
import json
import logging
import math
import threading
import time
import warnings
from typing import Any

import pytest
import watchtower

from cloudwatch_spool import Service

from .harness import GROUP, STREAM
from .local import Local

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
KIB = 1024
SIZES = [
    1,
    256 * KIB - 1,
    256 * KIB,
    256 * KIB + 1,
    999_999,
    1_000_000,
    1_000_001,
    1 << 20,
    5 << 20,
]


def now_ms() -> int:
    return int(time.time() * 1000)


def fine(local: Local) -> bool:
    return local.stub.get("violations") == []


def numbered(number: int, body: str) -> str:
    return json.dumps({"id": number, "body": body})


def rejoined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    texts = [part["part_text"] for part in sorted(parts, key=lambda part: part["part"])]
    assert len(texts) == parts[0]["parts"]
    return json.loads("".join(texts))


@pytest.mark.parametrize(
    "character", ["x", '"', "\N{GRINNING FACE}", "\x01"], ids=["plain", "quote", "emoji", "control"]
)
@pytest.mark.parametrize("size", SIZES)
def test_a_large_event_arrives_whole_in_valid_parts(
    local: Local, size: int, character: str
) -> None:
    body = character * (size // len(character.encode()) or 1)
    local.append(
        json.dumps({"id": "large", "correlation_id": "c1", "body": body}, ensure_ascii=False),
        now_ms(),
    )
    local.ship()

    delivered = local.delivered()
    whole = delivered[0] if len(delivered) == 1 else rejoined(delivered)
    assert hashlib.sha256(whole["body"].encode()).digest() == hashlib.sha256(body.encode()).digest()
    assert {event["correlation_id"] for event in delivered} == {"c1"}
    assert fine(local)


def test_the_parts_of_an_event_have_ids_of_their_own(local: Local) -> None:
    local.append(json.dumps({"body": "x" * 2_500_000}), now_ms())
    local.ship()

    writer = local.delivered()[0]["part_of"].removesuffix("-0")
    assert sorted(event["event_id"] for event in local.delivered()) == [
        f"{writer}-0-{n}" for n in (1, 2, 3)
    ]
    assert {event["part_of"] for event in local.delivered()} == {f"{writer}-0"}


def test_stock_watchtower_cuts_a_large_event(local: Local) -> None:
    stock = with_stock(local)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stock.emit(
            logging.makeLogRecord(
                {"msg": json.dumps({"body": "x" * (300 * KIB)}), "created": time.time()}
            )
        )

    with pytest.raises(ValueError, match="Unterminated string"):
        local.delivered()


def with_stock(local: Local) -> watchtower.CloudWatchLogHandler:
    return watchtower.CloudWatchLogHandler(
        GROUP, STREAM, use_queues=False, boto3_client=local.client()
    )


OFFSETS_MS = {
    "15 days old": -15 * DAY_MS,
    "just too old": -14 * DAY_MS - 5000,
    "just not too old": -14 * DAY_MS + 60_000,
    "25 hours old": -25 * HOUR_MS,
    "now": 0,
    "just not too new": 2 * HOUR_MS - 60_000,
    "just too new": 2 * HOUR_MS + 60_000,
    "3 hours ahead": 3 * HOUR_MS,
}


def test_events_of_any_time_arrive_once_with_their_true_time(local: Local) -> None:
    base_ms = now_ms()
    for name, offset_ms in OFFSETS_MS.items():
        local.append(json.dumps({"id": name, "true_ms": base_ms + offset_ms}), base_ms + offset_ms)
    local.ship()

    assert sorted(event["id"] for event in local.delivered()) == sorted(OFFSETS_MS)
    assert fine(local)
    for text, _, timestamp_ms in local.stub.get("events"):
        event = json.loads(text)
        assert (
            abs(timestamp_ms - base_ms) < 120_000
            if "delivery_clamped" in event
            else timestamp_ms == event["true_ms"]
        )


def test_a_clamped_event_says_why_and_keeps_its_timestamp(local: Local) -> None:
    local.append('{"message": "old"}', 0)
    local.ship()

    (event,) = local.delivered()
    assert event["delivery_clamped"] == "too_old"
    assert event["timestamp"] == "1970-01-01T00:00:00.000Z"


def test_only_rejected_events_are_sent_again(local: Local) -> None:
    for number in range(30):
        local.append(f'{{"id": {number}}}', now_ms() - (5 * DAY_MS if number % 3 else 0))
    statistics = local.ship(retention_days=3)

    assert sorted(event["id"] for event in local.delivered()) == list(range(30))
    assert statistics.events_clamped == 20
    assert sum(call.get("events", 0) for call in local.stub.puts()) == 30 + 20


def test_an_event_refused_when_it_is_sent_again_is_put_aside_alone(local: Local) -> None:
    local.append('{"id": -1}', now_ms())
    local.ship()
    refused = local.delivered()[0]["event_id"].removesuffix("-0") + "-2"
    local.stub.faults(poison=f'"delivery_clamped":"too_old","event_id":"{refused}"')
    for number in range(3):
        local.append(f'{{"id": {number}}}', now_ms() - 15 * DAY_MS)
    local.append('{"id": 3}', now_ms())
    statistics = local.ship()

    assert sorted(event["id"] for event in local.delivered() if "id" in event) == [-1, 0, 2, 3]
    assert [event["rejected_event_id"] for event in local.delivered() if "event" in event] == [
        refused
    ]
    assert statistics.events_quarantined == 1


def test_stock_watchtower_loses_events_that_are_too_old_or_too_new(local: Local) -> None:
    local.ship()
    stock = with_stock(local)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for offset_s in (-15 * 86_400, 0, 3 * 3600):
            stock.emit(
                logging.makeLogRecord(
                    {"msg": f'{{"id": {offset_s}}}', "created": time.time() + offset_s}
                )
            )

    assert [event["id"] for event in local.delivered()] == [0]


def test_one_poison_event_is_found_and_the_others_arrive(local: Local) -> None:
    local.append('{"id": -1}', now_ms())
    local.ship()
    local.stub.faults(poison="arsenic")
    for number in range(1000):
        local.append(numbered(number, "arsenic" if number == 617 else "tea"), now_ms())
    before = len(local.stub.puts())
    statistics = local.ship()

    delivered = local.delivered()
    assert sorted(event["id"] for event in delivered if "id" in event) == [
        n for n in range(-1, 1000) if n != 617
    ]
    assert [event["event"] for event in delivered if "event" in event] == ["delivery_rejected"]
    assert statistics.events_quarantined == 1
    assert len(local.stub.puts()) - before <= 1 + math.ceil(math.log2(1000)) + 2


def test_a_marker_takes_the_place_of_a_poison_event_which_is_kept(local: Local) -> None:
    local.append(numbered(0, "arsenic"), now_ms())
    local.stub.faults(poison="arsenic")
    local.ship()

    (marker,) = local.delivered()
    assert (marker["event"], marker["level"]) == ("delivery_rejected", "ERROR")
    assert b"arsenic" in (local.path / "rejected.ndjson").read_bytes()


def test_several_poison_events_in_one_batch_are_all_found(local: Local) -> None:
    local.stub.faults(poison="arsenic")
    for number in range(200):
        local.append(numbered(number, "tea" if number % 50 else "arsenic"), now_ms())
    statistics = local.ship()

    delivered = [event["id"] for event in local.delivered() if "id" in event]
    assert sorted(delivered) == [n for n in range(200) if n % 50]
    assert statistics.events_quarantined == 4


def test_a_batch_says_which_service_its_lines_are_of(local: Local) -> None:
    local.append('{"id": 1}', now_ms())
    local.ship(service=Service("kitchen", "production", {"PlatformType": "AWS::ECS"}))

    (call,) = [call for call in local.stub.puts() if "entity" in call]
    assert call["entity"] == {
        "keyAttributes": {"Type": "Service", "Name": "kitchen", "Environment": "production"},
        "attributes": {"PlatformType": "AWS::ECS"},
    }


def test_a_refused_service_is_told_and_costs_no_line(
    local: Local, capfd: pytest.CaptureFixture[str]
) -> None:
    local.stub.faults(reject_entity="InvalidAttributes")
    for number in range(2):
        local.append(json.dumps({"id": number}), now_ms() - number * 25 * HOUR_MS)
    local.ship(service=Service("kitchen", "production"))

    assert sorted(event["id"] for event in local.delivered()) == [0, 1]
    assert capfd.readouterr().err.count("(entity) is refused: InvalidAttributes") == 1


@pytest.mark.parametrize(
    "service",
    [("", "production", {}), ("kitchen", "x" * 513, {}), ("kitchen", "production", {"Host": ""})],
)
def test_a_service_that_cloudwatch_would_refuse_is_an_error_at_once(service: Any) -> None:
    with pytest.raises(ValueError, match=r"service"):
        Service(*service)


def test_nothing_is_put_aside_when_everything_is_refused(local: Local) -> None:
    """The fault is then not in the events, and they wait."""
    local.append('{"id": 1}', now_ms())
    local.append('{"id": 2}', now_ms())
    local.stub.faults(error={"code": "InvalidParameterException"})
    threading.Timer(0.5, local.stub.faults).start()
    statistics = local.ship()

    assert sorted(event["id"] for event in local.delivered() if "id" in event) == [1, 2]
    assert statistics.events_quarantined == 0


def test_stock_watchtower_loses_a_whole_batch_to_one_poison_event(local: Local) -> None:
    local.ship()
    local.append('{"id": -1}', now_ms())
    local.ship()
    local.stub.faults(poison="arsenic")
    stock = with_stock(local)
    stock.sequence_tokens[STREAM] = None
    batch = [{"timestamp": now_ms(), "message": f'{{"id": {n}}}'} for n in range(10)]
    batch.append({"timestamp": now_ms(), "message": "arsenic"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stock._submit_batch(batch, STREAM)

    assert [event["id"] for event in local.delivered()] == [-1]
