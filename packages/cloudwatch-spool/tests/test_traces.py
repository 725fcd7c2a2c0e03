"""Spans of delivered lines arrive as surely as these, at a receiver that checks the protocol."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Received
from opentelemetry.proto.trace.v1.trace_pb2 import Status

import cloudwatch_spool
from cloudwatch_spool import Archive, Kind, Otlp, Span, Spool, Stop, Traces

from .harness import HERE, wait_until
from .receiver import Faults, Receiver, signature

TRACE = cloudwatch_spool.trace_id_of("a trace")


def spans_of(line: Mapping[str, Any], time_ns: int) -> Iterable[Span]:
    if "id" in line:
        yield Span(
            TRACE,
            cloudwatch_spool.span_id_of(line["event_id"]),
            str(line["id"]),
            time_ns - 5_000_000,
            time_ns,
            attributes={"body": line.get("body", "")},
        )


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    assert receiver.violations == []
    receiver.close()


class Shipped:
    """A spool with its archive, and the receiver of its spans."""

    def __init__(self, folder: Path, receiver: Receiver) -> None:
        self.path, self.archive = folder / "spool", folder / "logs"
        self.receiver = receiver
        self.spool = Spool(self.path)

    @property
    def traces(self) -> Path:
        return cloudwatch_spool.traces_folder(self.path)

    def write(self, count: int, first: int = 0, **fields: object) -> list[str]:
        """The names of the spans that are owed for them."""
        now_ms = int(time.time() * 1000)
        names = [f"{number:05}" for number in range(first, first + count)]
        for name in names:
            self.spool.append(json.dumps({"id": name} | fields).encode(), now_ms, 20)
        return names

    def lines(self) -> list[str]:
        files = cloudwatch_spool.archive_files(self.archive, "group")
        lines = [line for file in files for line in file.path.read_text().splitlines()]
        return sorted(json.loads(line)["id"] for line in lines if '"id"' in line)

    def ship(self, stop: Stop | None = None, *, drain: bool = True, **options: Any) -> None:
        traces = Traces(**{"to": Otlp(self.receiver.endpoint), "spans_of": spans_of} | options)
        cloudwatch_spool.ship(
            self.path,
            Archive(self.archive, "group"),
            stop=stop or Stop(deadline_s=60),
            drain=drain,
            interval_s=0.05,
            traces=traces,
        )

    @contextmanager
    def shipping(self, **options: Any) -> Iterator[Stop]:
        stop = Stop(deadline_s=60)
        thread = threading.Thread(target=self.ship, args=(stop,), kwargs={"drain": False} | options)
        thread.start()
        try:
            yield stop
        finally:
            stop.request()
            thread.join()

    def left(self) -> int:
        return cloudwatch_spool.status(self.traces).backlog.events


@pytest.fixture
def shipped(tmp_path: Path, receiver: Receiver) -> Shipped:
    return Shipped(tmp_path, receiver)


def test_each_line_arrives_as_a_line_and_as_a_span(shipped: Shipped) -> None:
    owed = shipped.write(3000)
    shipped.ship()

    assert shipped.lines() == owed
    assert shipped.receiver.names() == owed
    assert list(shipped.traces.glob("*.segment")) == []


def test_a_span_arrives_with_all_that_it_says(shipped: Shipped) -> None:
    def everything(line: Mapping[str, Any], time_ns: int) -> Iterable[Span]:
        yield Span(
            TRACE,
            "00f067aa0ba902b7",
            "GET /todos",
            time_ns - 1_500_000,
            time_ns,
            kind=Kind.SERVER,
            parent_span_id="b9c7c989f97918e1",
            attributes={"text": "é", "whole": 1 << 40, "half": 0.5, "yes": True},
            error="no luck",
            link=("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b8"),
        )

    shipped.write(1)
    resource = {"service.name": "kitchen"}
    shipped.ship(spans_of=everything, to=Otlp(shipped.receiver.endpoint, resource))

    (span,) = shipped.receiver.spans.values()
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, "b9c7c989f97918e1")
    assert (span.kind, span.status.code) == (Received.SPAN_KIND_SERVER, Status.STATUS_CODE_ERROR)
    assert span.end_time_unix_nano - span.start_time_unix_nano == 1_500_000
    values = {each.key: each.value for each in span.attributes}
    assert values["text"].string_value == "é"
    assert values["whole"].int_value == 1 << 40
    assert values["half"].double_value == 0.5
    assert values["yes"].bool_value is True
    assert [each.span_id.hex() for each in span.links] == ["00f067aa0ba902b8"]
    assert shipped.receiver.resources == [resource]


@pytest.mark.parametrize(
    "faults",
    [
        Faults(status=503),
        Faults(status=500),
        Faults(status=429, headers={"Retry-After": "0.2"}),
        Faults(status=401),
        Faults(status=404),
    ],
    ids=lambda faults: str(faults.status),
)
def test_spans_wait_for_a_receiver_that_refuses_and_lines_do_not(
    shipped: Shipped, faults: Faults
) -> None:
    shipped.receiver.faults = faults
    owed = shipped.write(100)
    with shipped.shipping():
        wait_until(lambda: shipped.lines() == owed)
        wait_until(lambda: shipped.receiver.requests >= 2)
        assert shipped.receiver.names() == []
        shipped.receiver.faults = Faults()

    assert shipped.receiver.names() == owed


def test_a_receiver_that_is_away_delays_spans_and_no_line(shipped: Shipped) -> None:
    owed = shipped.write(100)
    shipped.ship(Stop(deadline_s=2), to=Otlp("http://127.0.0.1:9/v1/traces"))
    assert shipped.lines() == owed
    assert shipped.left() == 100
    shipped.ship()

    assert shipped.receiver.names() == owed


def test_the_time_that_a_receiver_asks_for_is_waited(shipped: Shipped) -> None:
    shipped.receiver.faults = Faults(status=429, headers={"Retry-After": "600"})
    shipped.write(1)
    with shipped.shipping() as stop:
        wait_until(lambda: shipped.receiver.requests == 1)
        wait_until(lambda: bool(status_problem(shipped)))
        shipped.receiver.faults = Faults()
        time.sleep(0.5)  # several times the first wait without it
        assert shipped.receiver.requests == 1
        stop.request()
        stop.request()


def status_problem(shipped: Shipped) -> str | None:
    counters = cloudwatch_spool.status(shipped.traces).counters
    return counters.problem if counters else None


def test_a_drain_ends_at_its_deadline_while_the_receiver_hangs(shipped: Shipped) -> None:
    shipped.receiver.faults = Faults(hangs=True)
    owed = shipped.write(10)
    shipped.ship(Stop(deadline_s=1))

    assert shipped.lines() == owed
    assert shipped.left() == 10


def test_one_span_that_is_refused_is_kept_and_the_others_arrive(shipped: Shipped) -> None:
    shipped.receiver.faults = Faults(poison="arsenic")
    owed = shipped.write(100)
    shipped.write(1, first=100, body="arsenic")
    shipped.ship()

    assert shipped.receiver.names() == [*owed, "delivery_rejected"]
    assert b"arsenic" in (shipped.traces / "rejected.ndjson").read_bytes()


def test_spans_that_a_receiver_takes_and_drops_are_told_and_not_sent_again(
    shipped: Shipped, capfd: pytest.CaptureFixture[str]
) -> None:
    shipped.receiver.faults = Faults(partial={"rejectedSpans": "3", "errorMessage": "too old"})
    shipped.write(10)
    shipped.ship()

    assert shipped.receiver.requests == 1
    assert "dropped 3 spans: too old" in capfd.readouterr().err
    assert cloudwatch_spool.status(shipped.traces).counters.events_dropped == 3


def test_requests_to_x_ray_are_signed(shipped: Shipped, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "KEY1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    shipped.write(10)
    shipped.ship(to=Otlp(shipped.receiver.endpoint, region="eu-central-1"))

    (headers,) = shipped.receiver.headers
    expected = signature(headers, shipped.receiver.bodies[0], region="eu-central-1")
    assert headers["Authorization"].endswith(f"Signature={expected}")


def test_x_rays_endpoint_is_that_of_its_region() -> None:
    to = Otlp.xray("us-west-2", resource={"service.name": "kitchen"})

    assert (to.endpoint, to.region) == (
        "https://xray.us-west-2.amazonaws.com/v1/traces",
        "us-west-2",
    )


def test_headers_that_are_given_are_sent(shipped: Shipped) -> None:
    shipped.write(1)
    shipped.ship(to=Otlp(shipped.receiver.endpoint, headers={"Authorization": "Bearer t"}))

    assert shipped.receiver.headers[0]["Authorization"] == "Bearer t"


def test_a_mapping_that_fails_costs_no_line_and_is_told_once(
    shipped: Shipped, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(line: Mapping[str, Any], time_ns: int) -> Iterable[Span]:
        if line["id"] != "00003":
            raise KeyError("spoon")
        return spans_of(line, time_ns)

    owed = shipped.write(10)
    shipped.ship(spans_of=broken)

    assert shipped.lines() == owed
    assert shipped.receiver.names() == ["00003"]
    assert capfd.readouterr().err.count("no spans of some lines: KeyError('spoon')") == 1


def test_spans_over_their_cap_are_dropped_and_counted_and_no_line_is(shipped: Shipped) -> None:
    shipped.receiver.faults = Faults(status=503)
    owed = shipped.write(3000, body="x" * 1000)
    with shipped.shipping(max_bytes=1 << 20):
        wait_until(lambda: shipped.lines() == owed)
        shipped.receiver.faults = Faults()

    arrived = shipped.receiver.names()
    assert 0 < len(arrived) < 3000
    dropped = cloudwatch_spool.status(shipped.traces).counters.events_dropped
    assert len(arrived) + dropped == 3000


def test_a_line_in_parts_is_one_span(shipped: Shipped) -> None:
    shipped.write(1, body="x" * 2_500_000)
    shipped.ship(spans_of=lambda line, now: spans_of({**line, "body": ""}, now))

    assert shipped.receiver.names() == ["00000"]


def test_a_span_that_is_too_large_goes_without_its_attributes(shipped: Shipped) -> None:
    owed = shipped.write(1, body="x" * 300_000)
    shipped.ship()

    assert shipped.receiver.names() == owed
    (span,) = shipped.receiver.spans.values()
    assert list(span.attributes) == []


def test_shippers_killed_again_and_again_lose_no_span(shipped: Shipped) -> None:
    """Each is killed at a moment of its work; a span that is sent twice is the same one."""
    owed: list[str] = []
    for number in range(6):
        owed += shipped.write(500, first=number * 500)
        before = shipped.receiver.requests
        shipper = subprocess.Popen(
            [sys.executable, HERE / "traced_ship.py", shipped.path, shipped.receiver.endpoint],
            env=os.environ | {"PYTHONPATH": str(HERE)},
        )
        try:
            wait_until(lambda before=before: shipped.receiver.requests > before)
        finally:
            shipper.kill()
            shipper.wait()
    shipped.ship()

    assert shipped.receiver.names() == owed
    assert shipped.left() == 0
