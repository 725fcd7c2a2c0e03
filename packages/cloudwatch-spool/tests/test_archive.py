"""Without AWS the same events go to files, one an hour, which are kept within days and bytes."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cloudwatch_spool import Archive, Stop, archive_files
from cloudwatch_spool.archive import ArchiveDelivery, sweep
from cloudwatch_spool.events import Event
from cloudwatch_spool.status import Statistics
from cloudwatch_spool.waiting import DeadlineError

NOON_MS = int(datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp() * 1000)
HOUR_MS = 3_600_000


def archive(
    tmp_path: Path, stop: Stop | None = None, group: str = "group", stream: str = "stream"
) -> ArchiveDelivery:
    return ArchiveDelivery(
        Archive(tmp_path, group, retention_days=36_500),
        stream,
        stop=stop or Stop(deadline_s=None),
        statistics=Statistics(tmp_path),
    )


def event(timestamp_ms: int = NOON_MS, text: str = '{"n":1}') -> Event:
    return Event(timestamp_ms, text.encode())


def test_an_event_is_one_line_in_the_file_of_its_hour(tmp_path: Path) -> None:
    archive(tmp_path).send([event(), event(NOON_MS + HOUR_MS, '{"n":2}'), event(NOON_MS + 1)])

    assert (tmp_path / "group/stream/2026-03-04T12.ndjson").read_text() == '{"n":1}\n{"n":1}\n'
    assert (tmp_path / "group/stream/2026-03-04T13.ndjson").read_text() == '{"n":2}\n'


def test_a_group_may_have_slashes(tmp_path: Path) -> None:
    archive(tmp_path, group="/ecs/todo").send([event()])

    assert (tmp_path / "ecs/todo/stream/2026-03-04T12.ndjson").exists()


@pytest.mark.parametrize(("group", "stream"), [("..", "x"), ("a", "../../x"), ("a", "/etc")])
def test_a_name_cannot_lead_out_of_the_archive(tmp_path: Path, group: str, stream: str) -> None:
    with pytest.raises(ValueError, match="lead out of"):
        archive(tmp_path, group=group, stream=stream)


def test_a_torn_last_line_is_removed_before_the_next(tmp_path: Path) -> None:
    archive(tmp_path).send([event()])
    path = tmp_path / "group/stream/2026-03-04T12.ndjson"
    with path.open("a") as file:
        file.write('{"torn": "' + "x" * 100_000)
    archive(tmp_path).send([event()])

    assert path.read_text() == '{"n":1}\n{"n":1}\n'


def test_a_full_disk_is_waited_out_until_the_deadline(tmp_path: Path) -> None:
    (tmp_path / "group").write_text("a file where a folder is needed")
    stop = Stop(deadline_s=0.3)
    delivery = archive(tmp_path, stop)
    stop.request()

    with pytest.raises(DeadlineError):
        delivery.send([event()])


def hours(folder: Path, *ages_h: float, size: int = 100) -> list[Path]:
    paths = []
    for age_h in ages_h:
        moment = datetime.fromtimestamp(time.time() - age_h * 3600, UTC)
        path = folder / "g/s" / moment.strftime("%Y-%m-%dT%H.ndjson")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
        paths.append(path)
    return paths


def test_files_beyond_the_retention_are_deleted(tmp_path: Path) -> None:
    new, old = hours(tmp_path, 1, 50)
    sweep(tmp_path, retention_days=2, max_bytes=1000)

    assert (new.exists(), old.exists()) == (True, False)


def test_the_oldest_files_make_room(tmp_path: Path) -> None:
    newest, middle, oldest = hours(tmp_path, 1, 2, 3)
    sweep(tmp_path, retention_days=2, max_bytes=200)

    assert (newest.exists(), middle.exists(), oldest.exists()) == (True, True, False)


def test_the_newest_file_is_kept_whatever_its_size(tmp_path: Path) -> None:
    (newest,) = hours(tmp_path, 1, size=5000)
    sweep(tmp_path, retention_days=2, max_bytes=200)

    assert newest.exists()


def test_a_line_of_the_archive_is_json(tmp_path: Path) -> None:
    archive(tmp_path).send([event(text='{"a":"\\n"}')])

    (line,) = (tmp_path / "group/stream/2026-03-04T12.ndjson").read_text().splitlines()
    assert json.loads(line) == {"a": "\n"}


@pytest.mark.parametrize(("group", "stream"), [("group", "stream"), ("/ecs/todo", "a/b")])
def test_what_is_written_is_listed(tmp_path: Path, group: str, stream: str) -> None:
    archive(tmp_path, group=group, stream=stream).send([event(), event(NOON_MS + HOUR_MS)])
    archive(tmp_path, group="another").send([event()])

    files = list(archive_files(tmp_path, group))
    assert [(file.group, file.stream, file.hour.hour) for file in files] == [
        (group, stream, 12),
        (group, stream, 13),
    ]
    assert all(file.path.read_text() == '{"n":1}\n' for file in files)


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "hours"),
    [
        (None, None, [11, 12, 13]),
        (NOON_MS, None, [12, 13]),
        (None, NOON_MS, [11, 12]),
        (NOON_MS, NOON_MS, [12]),
        (NOON_MS - 1, NOON_MS + HOUR_MS - 1, [11, 12]),
    ],
)
def test_only_files_that_a_time_range_touches_are_listed(
    tmp_path: Path, start_ms: int | None, end_ms: int | None, hours: list[int]
) -> None:
    archive(tmp_path).send([event(NOON_MS + n * HOUR_MS) for n in (-1, 0, 1)])

    files = archive_files(tmp_path, "group", start_ms=start_ms, end_ms=end_ms)
    assert [file.hour.hour for file in files] == hours


def test_a_compressed_file_is_listed_and_what_is_no_hour_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "group/stream"
    folder.mkdir(parents=True)
    for name in ("2026-03-04T12.ndjson.gz", "2026-02-31T12.ndjson", "notes.ndjson", "x.txt"):
        (folder / name).touch()

    assert [file.path.name for file in archive_files(tmp_path, "group")] == [
        "2026-03-04T12.ndjson.gz"
    ]


def test_without_an_archive_there_is_nothing_to_list(tmp_path: Path) -> None:
    assert list(archive_files(tmp_path / "none", "group")) == []
