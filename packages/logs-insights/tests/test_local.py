"""The local engine: which files and lines it reads, what it skips, what it reports."""

import gzip
import json
from pathlib import Path

import pytest

from logs_insights import InsightsError, LogFile, TimeRange, named_files, run_local
from logs_insights.duckdb import lines

EVENT = {"timestamp": "2026-11-23T10:00:00.000Z", "correlation_id": "cid-123456789", "n": 1}
TEN_O_CLOCK_MS = 1_795_428_000_000


def line(**fields) -> str:
    return json.dumps(EVENT | fields) + "\n"


def test_both_ends_of_the_range_are_included(tmp_path: Path):
    file = tmp_path / "events.ndjson"
    file.write_text(
        "".join(line(timestamp=f"2026-11-23T10:00:0{second}.000Z", n=second) for second in range(4))
    )
    span = TimeRange(TEN_O_CLOCK_MS + 1000, TEN_O_CLOCK_MS + 2000)

    rows = run_local("fields n | sort n asc", named_files([file]), time_range=span).records()

    assert rows == [{"n": "1"}, {"n": "2"}]


def test_log_and_log_stream_are_those_of_the_file(tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / name).write_text(line())
    files = [LogFile(tmp_path / "one", "app", "web-1"), LogFile(tmp_path / "two", "app", "deep/2")]

    rows = run_local("stats count(*) as n by @log, @logStream | sort @logStream", files).records()

    assert rows == [
        {"@log": "app", "@logStream": "deep/2", "n": "1"},
        {"@log": "app", "@logStream": "web-1", "n": "1"},
    ]


def test_a_path_is_a_stream_of_the_group_that_its_folder_names(tmp_path: Path):
    (tmp_path / "app.ndjson").write_text(line())

    rows = run_local("fields @log, @logStream", [str(tmp_path / "app.ndjson")]).records()

    assert rows == [{"@log": tmp_path.name, "@logStream": "app.ndjson"}]


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(InsightsError, match=r"there is no file .*x\.ndjson"):
        named_files([tmp_path / "x.ndjson"])


def test_a_range_without_files_has_no_rows_and_still_checks_the_query():
    assert run_local("fields a", []).rows == []


def test_compressed_and_plain_files_are_read_together(tmp_path: Path):
    (tmp_path / "a.ndjson").write_text(line(n=1))
    with gzip.open(tmp_path / "b.ndjson.gz", "wt") as file:
        file.write(line(n=2))

    files = named_files([tmp_path / "a.ndjson", tmp_path / "b.ndjson.gz"])

    assert run_local("fields n | sort n asc", files).records() == [{"n": "1"}, {"n": "2"}]


@pytest.mark.parametrize("most_bytes", [0, lines._MAX_WHOLE_BYTES], ids=["by lines", "whole"])
@pytest.mark.parametrize(
    "content",
    [line(n=1) + line(n=2), line(n=1) + "\n\n" + line(n=2), line(n=1) + line(n=2).rstrip()],
    ids=["ended", "with blank lines", "not ended"],
)
def test_a_file_is_read_whole_or_line_by_line_with_the_same_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, most_bytes: int
):
    monkeypatch.setattr(lines, "_MAX_WHOLE_BYTES", most_bytes)
    file = tmp_path / "events.ndjson"
    file.write_text(content)

    results = run_local("fields n | sort n asc", named_files([file]))

    assert results.records() == [{"n": "1"}, {"n": "2"}]
    assert results.statistics.records_scanned == content.rstrip().count("\n") + 1
    assert results.statistics.records_matched == 2


@pytest.mark.parametrize(("start", "end"), [("", "\r\n"), ("\ufeff", "\n")])
def test_a_message_has_no_byte_order_mark_and_no_carriage_return(
    tmp_path: Path, start: str, end: str
):
    file = tmp_path / "events.ndjson"
    file.write_text(start + line(n=1) + line(n=2), encoding="utf-8", newline=end)

    rows = run_local("stats count(*) as count by @message", named_files([file])).records()

    assert rows == [{"@message": line(n=n).rstrip(), "count": "1"} for n in (1, 2)]


DAMAGED = {
    "not UTF-8": b'{"n":"\xff","correlation_id":"cid-123456789"}\n',
    "longer than an event can be": b'{"n":"' + b"x" * 2_000_000 + b'"}\n',
}
TEXTS = {
    "half written": b'{"timestamp":"2026-11-23T10:00:00Z","n":5,"correlation_id":"cid-123456789',
    "no JSON": b"Traceback (most recent call last): cid-123456789\n",
    "a number": b"5\n",
    "broken inside": b'{"n":5,,"correlation_id":"cid-123456789"}\n',
    "control characters": b"a\x01b\x02c\x00d\n",
}


@pytest.mark.parametrize("query", ["fields n", "filter n < 9 | fields n", "stats count(*) as n"])
@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_bytes_that_are_no_text_are_skipped_and_counted(tmp_path: Path, damage: bytes, query: str):
    file = tmp_path / "events.ndjson"
    file.write_bytes(line().encode() + b"\n" + damage)

    results = run_local(query, named_files([file]))

    assert results.records() == [{"n": "1"}]
    assert results.statistics.records_skipped == 1


def test_bytes_that_are_no_text_are_counted_where_an_id_is_looked_for(tmp_path: Path):
    file = tmp_path / "events.ndjson"
    file.write_bytes(line().encode() + DAMAGED["not UTF-8"])

    results = run_local('filter correlation_id = "cid-123456789" | fields n', named_files([file]))

    assert results.records() == [{"n": "1"}]
    assert results.statistics.records_skipped == 1


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_any_other_line_is_an_event_with_its_text(tmp_path: Path, text: bytes):
    file = tmp_path / "events.ndjson"
    file.write_bytes(line().encode() + text)

    results = run_local(
        "filter not ispresent(n) | fields @message, correlation_id", named_files([file])
    )

    assert results.records() == [{"@message": text.decode().rstrip("\n")}]
    assert results.statistics.records_skipped == 0


def test_the_statistics_count_lines_matches_and_bytes(tmp_path: Path):
    file = tmp_path / "events.ndjson"
    file.write_text("".join(line(n=n) for n in range(10)))

    statistics = run_local(
        "filter n >= 7 | stats count(*) by n | limit 1", named_files([file])
    ).statistics

    assert (statistics.records_matched, statistics.records_scanned) == (3, 10)
    assert statistics.bytes_scanned == file.stat().st_size


def test_at_most_200_fields_of_an_event_are_discovered(ask):
    event = {
        f"key{n:03d}": f"value {n}" for n in range(300)
    }  # after the timestamp, key198 is the 200th

    assert ask("fields key198, key199, key299", [event]) == [{"key198": "value 198"}]


def test_the_elements_of_lists_count_among_the_200(ask):
    event = {
        "long": list(range(150)),
        "more": {f"k{n}": n for n in range(100)},
        "end": 1,
        "padding": "x" * 1500,
    }

    assert ask("fields long.149, end", [event]) == [{"long.149": "149"}]


def test_nested_values_have_dotted_names_and_lists_their_indexes(ask):
    event = {
        "a": {"b": [{"c": "deep"}, 5]},
        "a.b.x": "whole name",
        "s": '{"in": 1}',
        "t": True,
        "u": "true",
    }

    rows = ask("fields a.b.0.c, a.b.1, a.b.x, a.b, s.in, s, t, u", [event])

    assert rows == [
        {
            "a.b.0.c": "deep",
            "a.b.1": "5",
            "a.b.x": "whole name",
            "s": '{"in": 1}',
            "t": "1",
            "u": "true",
        }
    ]


def test_a_key_with_an_at_sign_has_two(ask):
    assert ask("fields @@version", [{"@version": "7"}]) == [{"@@version": "7"}]


def test_keys_with_slashes_and_tildes_are_found(ask):
    assert ask("fields `a/b`, `c~d`", [{"a/b": 1, "c~d": 2}]) == [{"a/b": "1", "c~d": "2"}]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2026-11-23T10:00:00.123Z", "2026-11-23 10:00:00.123"),
        ("2026-11-23T12:00:00+02:00", "2026-11-23 10:00:00.000"),
        (1795428000000, "2026-11-23 10:00:00.000"),
    ],
)
def test_the_time_of_an_event_is_its_timestamp_in_utc(ask, written, shown):
    assert [
        row.get("@timestamp")
        for row in ask("fields @timestamp, n", [{"timestamp": written, "n": 1}])
    ] == [shown]


def test_without_fields_the_time_and_the_whole_message_are_shown(ask):
    (row,) = ask("filter n = 1", [{"n": 1}])

    assert row == {
        "@timestamp": "2026-11-23 10:00:00.000",
        "@message": '{"timestamp": "2026-11-23T10:00:00.000Z", "n": 1}',
    }


def test_without_a_sort_the_newest_event_comes_first(ask):
    assert ask("fields n", [{"n": 1}, {"n": 2}]) == [{"n": "2"}, {"n": "1"}]


def test_the_last_display_wins_and_fields_add_up(ask):
    assert ask("fields a | fields b", [{"a": 1, "b": 2}]) == [{"a": "1", "b": "2"}]
    assert ask("fields a | display a | display b", [{"a": 1, "b": 2}]) == [{"b": "2"}]


def test_the_smallest_limit_counts(ask):
    assert len(ask("limit 3 | limit 2", [{}] * 5)) == 2


def test_dedup_keeps_every_row_without_the_key(ask):
    rows = ask(
        "fields k, n | sort n asc | dedup k",
        [{"k": 1, "n": 1}, {"n": 2}, {"k": 1, "n": 3}, {"n": 4}],
    )

    assert [row["n"] for row in rows] == ["1", "2", "4"]


def test_stats_without_events_are_one_row_with_a_count_of_zero(ask):
    assert ask("filter n > 5 | stats count(*) as n, sum(x) as total", [{}]) == [{"n": "0"}]


def test_a_quote_in_a_string_or_a_name_stays_text(ask):
    rows = ask(
        """filter a = "it's" or a = '"' | fields `it's` as `a"b` | sort a asc""",
        [{"a": "it's", "it's": 1}],
    )

    assert rows == [{'a"b': "1"}]


def test_a_bare_true_is_one_in_json_and_a_text_that_says_so(ask):
    events = [{"t": t, "n": n} for n, t in enumerate([True, "true", False, "false", "yes"])]

    assert ask("filter t = true | sort n asc | fields n", events) == [{"n": "0"}, {"n": "1"}]
    assert ask("filter t = false | sort n asc | fields n", events) == [{"n": "2"}, {"n": "3"}]
