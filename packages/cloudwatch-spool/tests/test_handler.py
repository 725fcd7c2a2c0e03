"""Whatever a record holds, the logging call returns and one valid JSON object arrives."""

import json
import logging
import logging.config
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import watchtower

import cloudwatch_spool
from cloudwatch_spool import SpoolClient

from .harness import HERE, STOCK, Delivery
from .local import Local


class Raising:
    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


def cyclic() -> dict[str, Any]:
    document: dict[str, Any] = {}
    document["self"] = document
    return document


CASES: dict[str, tuple[object, tuple[object, ...], dict[str, object]]] = {
    "a bad format argument": ("%d items", ("many",), {}),
    "too few arguments": ("%s and %s", ("one",), {}),
    "an empty text": ("", (), {}),
    "an empty text with extras": ("", (), {"todo_id": 3}),
    "a cyclic dict": (cyclic(), (), {}),
    "keys that are tuples": ({(1, 2): 3}, (), {}),
    "not a number": ({"value": float("nan")}, (), {}),
    "a lone surrogate": ("caf\ud800", (), {}),
    "a lone surrogate in a dict": ({"name": "caf\ud800"}, (), {}),
    "an object whose str raises": (Raising(), (), {}),
    "an argument whose str raises": ("%s", (Raising(),), {}),
    "an object": (object(), (), {}),
    "text that looks like JSON": ('{"half": ', (), {}),
    "JSON that is no object": ("[1, 2]", (), {}),
    "an id of its own": ({"event_id": "mine"}, (), {}),
    "an empty object": ("{}", (), {}),
}


@pytest.fixture
def logger(local: Local) -> Iterator[logging.Logger]:
    """A logger whose handler writes to the local spool."""
    logger = logging.Logger("test")
    handler = cloudwatch_spool.handler(local.path)
    logger.addHandler(handler)
    yield logger
    handler.close()


@pytest.mark.parametrize(("message", "arguments", "extra"), CASES.values(), ids=CASES)
def test_every_record_arrives_as_one_json_object(
    logger: logging.Logger,
    local: Local,
    message: object,
    arguments: tuple[object, ...],
    extra: dict[str, object],
) -> None:
    logger.info(message, *arguments, extra=extra)
    local.ship()

    (event,) = local.delivered()
    assert event["event_id"].endswith("-0")
    assert event["timestamp"].endswith("Z")


def test_a_record_that_cannot_be_formatted_says_what_it_was(
    logger: logging.Logger, local: Local
) -> None:
    logger.warning("%d items", "many")
    local.ship()

    (event,) = local.delivered()
    assert (event["message"], event["arguments"], event["level"]) == (
        "%d items",
        "('many',)",
        "WARNING",
    )
    assert event["format_error"].startswith("TypeError")


@pytest.mark.parametrize(
    "changes", [{"created": float("nan")}, {"levelno": 1 << 40}, {"levelno": None}]
)
def test_a_record_with_impossible_fields_arrives(
    logger: logging.Logger, local: Local, changes: dict[str, object]
) -> None:
    logger.handlers[0].handle(
        logging.makeLogRecord({"msg": "odd", "name": "n", "levelno": 20} | changes)
    )
    local.ship()

    assert [event["message"] for event in local.delivered()] == ["odd"]


def test_a_json_line_keeps_its_bytes_behind_the_id(logger: logging.Logger, local: Local) -> None:
    logger.handlers[0].setFormatter(None)
    line = '{"timestamp":"2026-01-02T03:04:05.678Z","n":1.0}'
    logger.info(line)
    local.ship()

    (text,) = local.stub.messages()
    assert text == f'{{"event_id":"{json.loads(text)["event_id"]}",{line[1:]}'


def test_filters_of_the_handler_count(logger: logging.Logger, local: Local) -> None:
    logger.handlers[0].addFilter(lambda record: record.getMessage() != "secret")
    logger.info("secret")
    logger.info("public")
    local.ship()

    assert [event["message"] for event in local.delivered()] == ["public"]


def test_plain_watchtower_can_write_to_a_spool_too(local: Local) -> None:
    handler = watchtower.CloudWatchLogHandler(
        use_queues=False, create_log_group=False, boto3_client=SpoolClient(local.spool)
    )
    logger = logging.Logger("test")
    logger.addHandler(handler)
    logger.info("hello")
    local.ship()

    assert [event["message"] for event in local.delivered()] == ["hello"]


def test_stock_watchtower_raises_a_bad_format_argument_into_the_caller(local: Local) -> None:
    logger = logging.Logger("test")
    logger.addHandler(
        watchtower.CloudWatchLogHandler(boto3_client=local.client(), create_log_group=False)
    )

    with pytest.raises(TypeError):
        logger.info("%d items", "many")


def test_a_signal_handler_may_log_in_the_middle_of_an_append(local: Local) -> None:
    spool = local.spool

    class Interrupting(bytes):
        """Logs while it is being copied, as a signal handler would."""

        def __len__(self) -> int:
            if not self.has_interrupted:
                type(self).has_interrupted = True
                spool.append(b'{"id": "inner"}', 1, 20)
            return super().__len__()

        has_interrupted = False

    spool.append(Interrupting(b'{"id": "outer"}'), 1, 20)
    local.ship()

    assert sorted(event["id"] for event in local.delivered()) == ["inner", "outer"]


def test_events_of_one_millisecond_keep_their_order_across_threads(
    logger: logging.Logger, local: Local
) -> None:
    idle = logger.handlers[0]._append.__self__._idle
    lanes = []
    for _ in range(3):
        logger.info("first")
        lanes.append(idle.pop())
    idle.extend(lanes)
    for microsecond in range(50):
        idle.rotate()  # another lane than before, as if a thread without the GIL had taken that
        record = {"msg": str(microsecond), "levelno": 20, "created": 1.7e9 + microsecond / 1e6}
        logger.handle(logging.makeLogRecord(record))
    local.ship()

    messages = [event["message"] for event in local.delivered() if event["message"] != "first"]
    assert messages == [str(n) for n in range(50)]


def at_exit(delivery: Delivery, **environment: str) -> None:
    process = delivery.start(HERE / "exits.py", **environment)
    assert process.wait(120) == 0


def test_events_arrive_after_reconfiguration_shutdown_and_at_exit(delivery: Delivery) -> None:
    at_exit(delivery)
    delivery.drain()

    audit = delivery.audit()
    assert (*audit.verdict, len(audit.accepted)) == (0, 0, 0, 500)


def test_stock_watchtower_loses_events_after_reconfiguration_and_at_exit(
    delivery: Delivery,
) -> None:
    at_exit(delivery, **STOCK)

    assert delivery.audit().lost


def test_a_process_that_logs_imports_nothing_of_aws(tmp_path: Path) -> None:
    code = (
        "import logging, sys, cloudwatch_spool\n"
        f"logging.getLogger().addHandler(cloudwatch_spool.handler({str(tmp_path)!r}))\n"
        "logging.error('hello')\n"
        "sys.exit(', '.join(sys.modules.keys() & {'boto3', 'botocore', 'watchtower'}) or 0)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_record_is_stored_with_its_level_logger_and_exception(
    logger: logging.Logger, local: Local
) -> None:
    try:
        raise KeyError("spoon")
    except KeyError:
        logger.exception("no %s", "spoon")
    local.ship()

    (event,) = local.delivered()
    assert (event["level"], event["logger"], event["message"]) == ("ERROR", "test", "no spoon")
    assert event["exception"].endswith("KeyError: 'spoon'")


@pytest.mark.parametrize("where", ["no folder", "a file"])
def test_a_spool_that_cannot_be_written_is_an_error_at_once(tmp_path: Path, where: str) -> None:
    blocked = tmp_path / "blocked"
    if where == "a file":
        blocked.write_text("")
    else:
        blocked.symlink_to(tmp_path / "nowhere" / "else")

    with pytest.raises(cloudwatch_spool.SpoolFolderError, match=f"(?s)stored.*{blocked}"):
        cloudwatch_spool.handler(blocked / "spool")


def test_a_spool_of_another_user_is_an_error_at_once(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    cloudwatch_spool.handler(spool)
    code = (
        "import os, sys, cloudwatch_spool\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        f"cloudwatch_spool.handler({str(spool)!r})"
    )
    for folder in (spool, tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    spool.chmod(0o555)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert "Permission denied" in result.stderr
    assert f"Let user {65534 if os.getuid() == 0 else os.getuid()} write" in result.stderr
