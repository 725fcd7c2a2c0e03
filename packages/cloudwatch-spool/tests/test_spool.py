"""The spool in one process and in several: threads, forks, and what the kernel sees of it."""

import json
import logging
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from moto import mock_aws

from cloudwatch_spool import Spool
from cloudwatch_spool.cloudwatch import connect
from cloudwatch_spool.folder import SpoolFolder
from cloudwatch_spool.segment import SegmentReader

from .harness import GROUP, HERE, STREAM, Delivery
from .local import Local


def stored(folder: Path) -> dict[str, list[tuple[int, bytes]]]:
    """Sequence and payload of all records, by writer."""
    found: dict[str, list[tuple[int, bytes]]] = {}
    for writer, paths in SpoolFolder(folder).segments().items():
        for path in paths:
            reader = SegmentReader(path)
            found.setdefault(writer, []).extend(
                (record.sequence, record.payload) for record in reader.read()
            )
            reader.close()
    return found


def run_in_threads(target, *arguments: object) -> None:
    """One thread for each argument, all at once."""
    threads = [threading.Thread(target=target, args=(argument,)) for argument in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Blocking(bytes):
    """A payload whose copying stops half-way until it may go on, as in a thread without the GIL."""

    begun, may_go_on = threading.Event(), threading.Event()

    def __len__(self) -> int:
        self.begun.set()
        assert self.may_go_on.wait(60)
        return super().__len__()


def test_threads_store_every_event_once_and_without_a_hole(tmp_path: Path) -> None:
    spool = Spool(tmp_path)

    def write(thread: int) -> None:
        for number in range(2000):
            spool.append(b"%d:%d" % (thread, number), 1, 20)

    run_in_threads(write, *range(4))

    lanes = stored(tmp_path).values()
    for records in lanes:
        assert [sequence for sequence, _ in records] == list(range(len(records)))
    payloads = [payload for records in lanes for _, payload in records]
    assert len(payloads) == 8000
    assert set(payloads) == {b"%d:%d" % (t, n) for t in range(4) for n in range(2000)}


def test_threads_that_come_one_after_the_other_use_the_same_segment(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for number in range(20):
        run_in_threads(lambda number: spool.append(b"%d" % number, 1, 20), number)

    (records,) = stored(tmp_path).values()
    assert len(records) == 20


def test_a_thread_stopped_in_the_middle_of_an_append_holds_up_no_other(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    stopped = threading.Thread(target=spool.append, args=(Blocking(b"stopped"), 1, 20))
    stopped.start()
    assert Blocking.begun.wait(60)
    spool.append(b"another", 1, 20)  # under a lock this would wait for the other for ever
    Blocking.may_go_on.set()
    stopped.join()

    payloads = [payload for records in stored(tmp_path).values() for _, payload in records]
    assert sorted(payloads) == [b"another", b"stopped"]


def test_what_follows_an_append_that_was_cut_off_is_stored(tmp_path: Path) -> None:
    class CutOff(bytes):
        def __len__(self) -> int:
            raise SystemExit

    spool = Spool(tmp_path)
    spool.append(b"before", 1, 20)
    with pytest.raises(SystemExit):
        spool.append(CutOff(b"cut off"), 1, 20)
    spool.append(b"after", 1, 20)

    assert sorted(stored(tmp_path).values()) == [[(0, b"after")], [(0, b"before")]]


def test_a_finished_segment_is_complete_and_appending_goes_on(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append(b"before", 1, 20)
    spool.finish()
    (first,) = tmp_path.glob("*.segment")
    assert SegmentReader(first).preamble().is_sealed
    spool.append(b"after", 1, 20)

    assert list(stored(tmp_path).values()) == [[(0, b"before"), (1, b"after")]]


def test_when_no_lane_can_be_made_an_event_waits_for_one_that_is_in_use(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=90_000)  # one segment and no more
    spool.append(b"before", 1, logging.ERROR)
    lane = spool._idle.pop()
    threading.Timer(0.01, spool._idle.append, [lane]).start()
    spool.append(b"after", 1, logging.ERROR)

    assert list(stored(tmp_path).values()) == [[(0, b"before"), (1, b"after")]]


def test_a_spool_goes_on_in_a_new_segment_when_one_is_full(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=4 << 20)
    for _ in range(1000):
        spool.append(b"x" * 1000, 1, 20)

    (records,) = stored(tmp_path).values()
    assert [sequence for sequence, _ in records] == list(range(1000))
    assert len(list(tmp_path.glob("*.segment"))) > 10


def test_an_event_larger_than_a_segment_is_stored(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=16 << 20)
    spool.append(b"x" * 5_000_000, 1, 20)

    (((_, payload),),) = stored(tmp_path).values()
    assert len(payload) == 5_000_000


def test_a_forked_child_has_a_writer_and_a_sequence_of_its_own(tmp_path: Path) -> None:
    code = (
        "import os, sys; from cloudwatch_spool import Spool\n"
        f"spool = Spool({str(tmp_path)!r}); spool.append(b'parent', 1, 20)\n"
        "child = os.fork()\n"
        "if not child: spool.append(b'child', 1, 20); os._exit(0)\n"
        "os.waitpid(child, 0); spool.append(b'parent', 1, 20)\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)

    assert sorted(stored(tmp_path).values()) == [
        [(0, b"child")],
        [(0, b"parent"), (1, b"parent")],
    ]


def test_no_segment_is_made_before_the_first_event(tmp_path: Path) -> None:
    Spool(tmp_path)

    assert not [path for path in tmp_path.iterdir() if path.suffix in (".segment", ".new")]


LINUX_ONLY = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux can forbid system calls"
)


@LINUX_ONLY
def test_an_event_costs_no_system_call(delivery: Delivery) -> None:
    process = delivery.start(HERE / "no_system_calls.py", delivery.spool, 5000)

    assert process.wait(60) == 0
    assert [len(records) for records in stored(delivery.spool).values()] == [6000]


@LINUX_ONLY
def test_a_system_call_would_have_been_noticed(delivery: Delivery) -> None:
    process = delivery.start(HERE / "no_system_calls.py", delivery.spool, 5000, "write")

    assert process.wait(60) == -signal.SIGSYS


def test_events_reach_a_cloudwatch_of_other_make(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The happy path against moto, which knows nothing of this project."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "any")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        monkeypatch.setattr(local, "client", connect)
        local.append('{"message": "hello"}', int(time.time() * 1000))
        local.ship()
        answer = local.client().get_log_events(logGroupName=GROUP, logStreamName=STREAM)

    assert [json.loads(event["message"])["message"] for event in answer["events"]] == ["hello"]
