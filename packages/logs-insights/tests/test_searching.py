"""The search for a text in files agrees with a search line by line."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logs_insights.duckdb import searching
from logs_insights.duckdb.searching import TooManyLines, matching_lines

lines = st.lists(st.text("ab\rc", max_size=30), max_size=40)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    files=st.lists(lines, max_size=3),
    needle=st.text("ab", min_size=1, max_size=4),
    ends=st.booleans(),
)
def test_the_lines_with_the_text_are_found_across_blocks(
    tmp_path: Path, monkeypatch, files, needle, ends
):
    monkeypatch.setattr(searching, "_BLOCK_BYTES", 64)
    paths = [tmp_path / f"{number}.ndjson" for number in range(len(files))]
    for path, content in zip(paths, files, strict=True):
        path.write_bytes("\n".join(content).encode() + (b"\n" if ends else b""))

    found = matching_lines(paths, needle)

    wanted = [
        (line.rstrip("\r"), str(path))
        for path, content in zip(paths, files, strict=True)
        for line in content
        if needle in line
    ]
    assert sorted(found) == sorted(wanted)


def test_a_text_in_too_many_lines_is_given_up(tmp_path: Path):
    path = tmp_path / "many.ndjson"
    path.write_text("needle\n" * (searching.MAX_LINES + 1))

    with pytest.raises(TooManyLines):
        matching_lines([path], "needle")
