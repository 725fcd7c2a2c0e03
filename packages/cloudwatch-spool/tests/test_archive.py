"""Without AWS the same events go to files, one an hour, which are kept within days and bytes."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cloudwatch_spool.archive import ArchiveDelivery, sweep
from cloudwatch_spool.event import Event
from cloudwatch_spool.statistics import Statistics
from cloudwatch_spool.stop import DeadlineError, Stop

NOON_MS = int(datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp() * 1000)
HOUR_MS = 3_600_000


def archive(
    tmp_path: Path, stop: Stop | None = None, group: str = "group", stream: str = "stream"
) -> ArchiveDelivery:
    return ArchiveDelivery(
        tmp_path,
        group,
        stream,
        retention_days=36_500,
        max_bytes=1 << 30,
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
    archive(tmp_path, group="/ecs/todo".strip("/")).send([event()])

    assert (tmp_path / "ecs/todo/stream/2026-03-04T12.ndjson").exists()


@pytest.mark.parametrize(("group", "stream"), [("..", "x"), ("a", "../../x"), ("/etc", "x")])
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
