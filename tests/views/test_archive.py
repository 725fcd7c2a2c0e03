"""The files of the archive that a query about a time range reads."""

import json
from pathlib import Path

import pytest

from logs_insights import InsightsError, TimeRange, run_local
from todo.views.archive import archive_files

HOUR_MS = 3_600_000
TEN_O_CLOCK_MS = 1_795_428_000_000


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Two streams of the group `app`, with an event in each of three hours."""
    for stream, hour in [("web-1", "09"), ("web-1", "10"), ("deep/web-2", "11")]:
        folder = tmp_path / "app" / stream
        folder.mkdir(parents=True, exist_ok=True)
        event = json.dumps({"timestamp": f"2026-11-23T{hour}:30:00.000Z"}) + "\n"
        (folder / f"2026-11-23T{hour}.ndjson").write_text(event)
    return tmp_path


def test_only_files_of_hours_in_the_range_are_read(archive: Path):
    span = TimeRange(TEN_O_CLOCK_MS + HOUR_MS // 4, TEN_O_CLOCK_MS + HOUR_MS // 2)

    assert [file.path.name for file in archive_files(archive, "app", span)] == [
        "2026-11-23T10.ndjson"
    ]


def test_without_a_range_every_file_is_read(archive: Path):
    assert len(archive_files(archive, "app", TimeRange())) == 3


def test_log_and_log_stream_are_the_archives_folders(archive: Path):
    files = archive_files(archive, "app", TimeRange())

    rows = run_local("stats count(*) as n by @log, @logStream | sort @logStream", files).records()

    assert rows == [
        {"@log": "app", "@logStream": "deep/web-2", "n": "1"},
        {"@log": "app", "@logStream": "web-1", "n": "2"},
    ]


@pytest.mark.parametrize("is_there", [False, True])
def test_an_archive_without_lines_is_explained(tmp_path: Path, is_there: bool):
    if is_there:
        (tmp_path / "app").mkdir()

    with pytest.raises(InsightsError, match=r"no log lines of the group app .*: start the applic"):
        archive_files(tmp_path, "app", TimeRange())
