"""What the database does to answer: how often it reads files, what it sorts, where it spills."""

import json
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from logs_insights import run_local
from logs_insights.duckdb import profile
from logs_insights.duckdb.connection import connect

EVENTS = [
    {"timestamp": f"2026-11-23T10:{minute:02}:00Z", "server": f"web-{minute % 3}", "ms": minute}
    for minute in range(60)
]
STATS = [
    "stats count(*) as n by server, bin(5m) as t",
    "stats sum(n) as total, max(t) as t by server",
    "stats max(total) as most by dateceil(t, 1h) as t",
    "stats avg(most), count(*) by t",
]
READS = "READ_TEXT"


@pytest.fixture
def operators(events_file, monkeypatch: pytest.MonkeyPatch):
    """Call it with a query for how many operators of each kind it took, files read among them."""
    counted: Counter[str] = Counter()

    def count(operator: dict) -> None:
        counted[operator["type"]] += 1
        counted[READS] += operator["extra_info"].get("Function") == READS
        for child in operator.get("children", ()):
            count(child)

    def add(_, connection) -> None:
        for operator in json.loads(connection.get_profiling_information(format="json"))["operator"]:
            count(operator)

    def ask(query: str) -> Counter[str]:
        counted.clear()
        run_local(query, [events_file(EVENTS)])
        return counted

    monkeypatch.setattr(profile.Counts, "add", add)
    return ask


@pytest.mark.parametrize("stats", range(1, len(STATS) + 1))
def test_a_query_of_several_stats_reads_the_files_once(operators, stats: int):
    assert operators(" | ".join(STATS[:stats]))[READS] == 1


@pytest.mark.parametrize(
    "query",
    [
        "fields @timestamp, @message | sort ms desc | limit 3",
        "fields server | sort server | limit 3",
        "fields server | limit 3",
        "filter ms > 3 | sort ms asc, server desc | limit 3",
        "stats count(*) as n by server | sort n desc | limit 2",
    ],
)
def test_a_sort_with_a_limit_keeps_only_its_first_rows(operators, query: str):
    took = operators(query)

    assert (took["TOP_N"], took[READS]) == (1, 1)


def test_what_is_spilled_is_readable_by_this_user_only_and_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    with connect() as connection:
        connection.execute("SET memory_limit = '40MB'")
        connection.execute("CREATE TABLE t AS SELECT md5(i::VARCHAR) FROM range(2000000) t(i)")
        (folder,) = tmp_path.iterdir()
        spilled = list(folder.iterdir())
        mode = folder.stat().st_mode & 0o777

    assert spilled
    assert mode == 0o700
    assert not list(tmp_path.iterdir())
