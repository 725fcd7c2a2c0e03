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


@pytest.mark.parametrize(
    ("query", "groups"),
    [
        ("fields a", {"app"}),
        ("SOURCE 'web' | fields a", {"app", "web"}),
        ("filter id in (SOURCE 'aws/web' | fields id)", {"app", "aws/web"}),
        ("SOURCE logGroups() | fields a", {"app", "aws", "web"}),
    ],
)
def test_the_groups_that_a_query_names_are_read_too(tmp_path: Path, query: str, groups: set[str]):
    for group in ("app", "web", "aws/web", "../outside"):
        folder = tmp_path / "archive" / group / "stream"
        folder.mkdir(parents=True)
        (folder / "2026-11-23T10.ndjson").write_text("{}\n")

    files = archive_files(tmp_path / "archive", ["app"], TimeRange(), query)

    assert {file.log for file in files} == groups


def test_a_query_cannot_name_a_group_outside_of_the_archive(tmp_path: Path):
    for group in ("archive/app", "outside"):
        (tmp_path / group / "stream").mkdir(parents=True)
        (tmp_path / group / "stream/2026-11-23T10.ndjson").write_text("{}\n")

    with pytest.raises(InsightsError, match="leads out of the archive"):
        archive_files(tmp_path / "archive", "app", TimeRange(), "SOURCE '../outside' | fields a")
