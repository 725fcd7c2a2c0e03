"""The format: what was appended is read back, and nothing else, whatever happens to the file."""

import os
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudwatch_spool.format import (
    HEADER_BYTES,
    PREAMBLE_BYTES,
    Drops,
    Record,
    decode,
    write_record,
)
from cloudwatch_spool.segment import SegmentReader, SegmentWriter

PAYLOAD = b'{"message": "hello"}'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "w.00000000.segment"


def new_writer(path: Path, size: int = 1 << 16) -> SegmentWriter:
    return SegmentWriter(path, size=size, first_sequence=0, drops=Drops())


@dataclass
class Reading:
    records: list[Record]
    is_finished: bool
    damaged_count: int

    @property
    def sequences(self) -> list[int]:
        return [record.sequence for record in self.records]


def read_all(path: Path) -> Reading:
    reader = SegmentReader(path)
    records = []
    for record in reader.read():
        reader.take(record)
        records.append(record)
    reading = Reading(records, reader.is_finished, reader.damaged_count())
    reader.close()
    return reading


def filled(path: Path, count: int = 100, *, is_sealed: bool = True) -> list[bytes]:
    """A segment of a writer that is gone; the payloads in it."""
    writer = new_writer(path)
    payloads = [b'{"n": %d, "x": "%b"}' % (number, b"x" * (number % 50)) for number in range(count)]
    for number, payload in enumerate(payloads):
        writer.append(payload, 1000 + number, 0, 20, number)
    if is_sealed:
        writer.seal(count)
    else:
        writer.abandon()
    return payloads


def test_a_record_is_read_back_with_all_its_fields(path: Path) -> None:
    writer = new_writer(path)
    writer.append(PAYLOAD, 1234, 567, 30, 7)

    (record,) = read_all(path).records
    assert record[:-1] == (PAYLOAD, 1234, 567, 30, 7)
    writer.abandon()


def test_an_empty_payload_is_a_record_too(path: Path) -> None:
    writer = new_writer(path)
    writer.append(b"", 1, 0, 20, 0)

    assert [record.payload for record in read_all(path).records] == [b""]
    writer.abandon()


def test_the_segment_of_a_living_writer_is_not_finished(path: Path) -> None:
    writer = new_writer(path)
    writer.append(PAYLOAD, 1, 0, 20, 0)

    assert not read_all(path).is_finished
    writer.abandon()


@pytest.mark.parametrize("is_sealed", [True, False], ids=["sealed", "writer dead"])
def test_a_segment_is_finished_once_nothing_can_follow(path: Path, is_sealed: bool) -> None:
    filled(path, is_sealed=is_sealed)

    assert read_all(path).is_finished


def test_reading_goes_on_from_where_it_stopped(path: Path) -> None:
    payloads = filled(path)
    half = read_all(path).records[49]

    reader = SegmentReader(path, offset=half.end, record_count=50)
    assert [record.payload for record in reader.read()] == payloads[50:]
    reader.close()


def test_a_record_larger_than_one_read_comes_back_whole(path: Path) -> None:
    payload = b"x" * 3_000_000
    writer = new_writer(path, PREAMBLE_BYTES + HEADER_BYTES + len(payload))
    writer.append(payload, 1, 0, 20, 0)
    writer.seal(1)

    assert read_all(path).records[0].payload == payload


def test_a_full_segment_has_no_room(path: Path) -> None:
    writer = new_writer(path, PREAMBLE_BYTES + HEADER_BYTES + 10)

    assert writer.room_bytes == 10
    writer.abandon()


def test_a_half_written_record_is_no_record(path: Path) -> None:
    filled(path, 3, is_sealed=False)
    whole = read_all(path).records
    with path.open("r+b") as file:
        file.seek(whole[1].end + HEADER_BYTES - 1)
        file.write(b"\0\0")

    assert read_all(path).sequences == [0, 1]


def test_the_head_of_a_record_is_written_when_all_the_rest_is_there() -> None:
    class Target(bytearray):
        def __setitem__(self, where: Any, data: Any) -> None:
            super().__setitem__(where, data)
            stored.append(bytes(self))

    stored: list[bytes] = []
    target = Target(HEADER_BYTES + len(PAYLOAD))
    end = write_record(target, 0, PAYLOAD, 1, 0, 20, 0)

    whole = decode(target, 0)
    assert whole
    assert whole.end == end
    assert stored == [bytes(8) + target[8:]]


def test_only_the_damaged_record_is_missing_and_it_is_counted(path: Path) -> None:
    filled(path)
    damaged = read_all(path).records[40]
    with path.open("r+b") as file:
        file.seek(damaged.end - 1)
        file.write(b"\xff")

    reading = read_all(path)
    assert reading.sequences == [n for n in range(100) if n != 40]
    assert reading.damaged_count == 1


def test_records_behind_zeros_are_found(path: Path) -> None:
    filled(path)
    records = read_all(path).records
    with path.open("r+b") as file:
        file.seek(records[20].end)
        file.write(bytes(records[30].end - records[20].end))

    reading = read_all(path)
    assert reading.sequences == [*range(21), *range(31, 100)]
    assert reading.damaged_count == 10


def test_what_a_truncated_segment_lacks_is_counted(path: Path) -> None:
    filled(path)
    os.truncate(path, read_all(path).records[59].end)

    reading = read_all(path)
    assert len(reading.records) == 60
    assert reading.damaged_count == 40


def test_a_damaged_preamble_costs_no_record(path: Path) -> None:
    payloads = filled(path)
    with path.open("r+b") as file:
        file.write(bytes(PREAMBLE_BYTES))

    assert [record.payload for record in read_all(path).records] == payloads


def test_dropped_events_do_not_count_as_damaged(path: Path) -> None:
    writer = new_writer(path)
    writer.append(PAYLOAD, 1, 0, 20, 0)
    for sequence in (1, 2, 3):
        writer.count_drop(20, sequence, 1)
    writer.append(PAYLOAD, 1, 0, 40, 4)
    writer.seal(5)

    assert read_all(path).damaged_count == 0


@settings(max_examples=150, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 3000), max_size=60),
    damage=st.lists(
        st.tuples(st.sampled_from(["flip", "zero", "cut"]), st.floats(0, 1), st.integers(1, 500)),
        max_size=4,
    ),
    is_sealed=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_a_reader_never_makes_up_a_record_and_misses_only_damaged_ones(
    sizes: list[int],
    damage: list[tuple[str, float, int]],
    is_sealed: bool,
    seed: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("segment")
    path = folder / "w.00000000.segment"
    bytes_of = random.Random(seed)
    payloads = [bytes_of.randbytes(size).hex().encode() for size in sizes]
    writer = new_writer(path, 1 << 20)
    spans = []
    for sequence, payload in enumerate(payloads):
        if len(payload) > writer.room_bytes:
            break
        start = writer.position
        writer.append(payload, sequence, 0, 20, sequence)
        spans.append((start, writer.position))
    end = writer.position
    writer.seal(len(spans)) if is_sealed else writer.abandon()

    touched = set()
    data = bytearray(path.read_bytes())
    for kind, place, length in damage:
        start = PREAMBLE_BYTES + int(place * max(end - PREAMBLE_BYTES - 1, 0))
        stop = len(data) if kind == "cut" else min(start + length, len(data))
        if kind == "cut":
            del data[start:]
        elif kind == "zero":
            data[start:stop] = bytes(max(stop - start, 0))
        elif start < len(data):
            data[start] ^= 1 + length % 255
            stop = start + 1
        touched |= {n for n, (first, last) in enumerate(spans) if first < stop and last > start}
    path.write_bytes(data)

    found = {record.sequence: record.payload for record in read_all(path).records}
    assert all(payloads[sequence] == payload for sequence, payload in found.items())
    assert set(range(len(spans))) - found.keys() <= touched
