"""The index: the same figures as the lines, whatever happens to files and processes between."""

import gzip
import json
import shutil

import pytest

from todo.console.follower import Follower
from todo.console.histogram import bucket_of, packed, percentile_ms, unpacked
from todo.console.index import Index
from todo.console.sources import Sources
from todo.console.summary import OTHERS, Summary

ALWAYS = (0, 1 << 40, 50)
AT = "2026-11-25T10:00:00Z"
TRACE_ID = "5759e988bd862e3fe1be46a994272793"


@pytest.fixture
def archive(tmp_path):
    """Call it with a name for a file in a folder of an archive."""

    def path(name):
        return tmp_path / "logs" / name

    path("").mkdir()
    return path


class Reader:
    """A follower on the files of a folder."""

    def __init__(self, folder, at):
        self.index = Index(at)
        self.lines = []
        self.follower = Follower(lambda: self.index, lambda: files(folder), self.lines.extend)

    def read(self):
        self.follower._list_at = 0.0  # as two seconds later
        self.follower.look(self.index)
        while self.follower.read_bytes < self.follower.total_bytes:
            before = self.follower.read_bytes
            self.follower.look(self.index)
            if self.follower.read_bytes == before:
                break
        return self

    def total(self, kind="route"):
        totals = self.index.totals(kind, *ALWAYS)
        return {total.key: (total.cell.n, round(total.cell.total_ms)) for total in totals}


def files(folder):
    from logs_insights import named_files

    return named_files(sorted(folder.glob("*.ndjson*")))


@pytest.fixture
def reader(archive, tmp_path):
    """Call it for a reader of the folder, as a new process would be one."""
    return lambda: Reader(archive(""), tmp_path / "index.sqlite")


def finished(number, minute=0, **more):
    line = {"event": "request_finished", "timestamp": f"2026-11-25T10:{minute:02}:00.000Z"}
    named = {"correlation_id": f"id-{number}", "http_method": "GET", "http_route": "/a"}
    return json.dumps(line | named | {"duration_ms": 10.0} | more) + "\n"


def test_lines_are_counted_once_however_often_they_are_looked_at(archive, reader):
    archive("a.ndjson").write_text("".join(map(finished, range(3))))
    first = reader().read().read()
    assert first.total() == {"GET /a": (3, 30)}
    with archive("a.ndjson").open("a") as file:
        file.write(finished(3))
    assert first.read().total() == reader().read().total() == {"GET /a": (4, 40)}


def test_the_last_lines_are_told_and_then_what_is_new(archive, reader):
    archive("a.ndjson").write_text("".join(map(finished, range(9000))))
    for a in (reader().read(), reader().read()):  # the second finds all of it in the index
        told = [line["correlation_id"] for line in a.lines]
        assert (told[-1], 1000 < len(told) < 9000) == ("id-8999", True)
    with archive("a.ndjson").open("a") as file:
        file.write(finished("new"))
    assert [line["correlation_id"] for line in a.read().lines][len(told) :] == ["id-new"]


def test_a_line_counts_when_it_is_whole(archive, reader):
    text = finished(1)
    archive("a.ndjson").write_text(text[:40])
    a = reader().read()
    assert a.total() == {}
    archive("a.ndjson").write_text(text)
    assert a.read().total() == {"GET /a": (1, 10)}


def test_a_file_that_is_compressed_later_is_not_counted_again(archive, reader):
    plain = archive("a.ndjson")
    plain.write_text("".join(map(finished, range(5))))
    a = reader().read()
    with plain.open("rb") as source, gzip.open(f"{plain}.gz", "wb") as target:
        shutil.copyfileobj(source, target)
    plain.unlink()
    assert a.read().total() == {"GET /a": (5, 50)}
    assert len(a.index.blocks("id-3", 10)) == 1


def test_a_file_that_comes_compressed_is_read_too(archive, reader):
    with gzip.open(archive("a.ndjson.gz"), "wt") as file:
        file.writelines(map(finished, range(5)))
    assert reader().read().read().total() == {"GET /a": (5, 50)}


def test_what_the_archive_has_deleted_is_forgotten(archive, reader):
    archive("a.ndjson").write_text(finished(1, minute=1))
    archive("b.ndjson").write_text(finished(2, minute=5))
    a = reader().read()
    archive("a.ndjson").unlink()
    assert a.read().total() == {"GET /a": (1, 10)}
    assert (a.index.blocks("id-1", 10), len(a.index.blocks("id-2", 10))) == ([], 1)


@pytest.mark.parametrize(
    "junk",
    ["\n", "no JSON\n", "[1]\n", '{"event": "request_finished"}\n', "\x00\n", "x" * 9**7 + "\n"],
)
def test_lines_that_are_none_are_passed_over(archive, reader, junk):
    archive("a.ndjson").write_text(junk + finished(1))
    assert reader().read().total() == {"GET /a": (1, 10)}


def test_an_index_that_is_damaged_is_made_again(archive, reader, tmp_path):
    archive("a.ndjson").write_text(finished(1))
    reader().read().index.close()
    for damage in (b"", b"no database at all" * 500):
        (tmp_path / "index.sqlite").write_bytes(damage)
        assert reader().read().total() == {"GET /a": (1, 10)}


def test_statements_made_up_without_end_are_bounded():
    lines = [
        {"event": "query", "timestamp": "2026-11-25T10:00:00Z", "db_fingerprint": str(number)}
        for number in range(1000)
    ]
    summary = Summary()
    summary.count(lines)
    others = [cell for (_, _, key), cell in summary.cells.items() if key == OTHERS]
    assert (len(summary.cells), [cell.n for cell in others]) == (201, [800])
    assert len(summary.texts) <= 201


@pytest.mark.parametrize("duration_ms", [0.02, 0.5, 3.0, 42.0, 999.0, 60_000.0])
def test_a_percentile_is_right_within_5_percent(duration_ms):
    buckets = unpacked(packed({bucket_of(duration_ms): 7}))
    assert percentile_ms(buckets, 95) == pytest.approx(duration_ms, rel=0.05)


def test_a_percentile_of_nothing_is_none():
    assert percentile_ms({}, 50) is None


def test_a_statement_that_was_written_by_chance_stands_for_those_that_were_not():
    both = {"timestamp": "2026-11-25T10:00:00.000000Z", "sample_rate": 0.1}
    statement = {"event": "query", "db_fingerprint": "f", "db_duration_ms": 2}
    request = {"event": "request_finished", "http_method": "GET", "duration_ms": 5}
    summary = Summary()
    summary.count([both | statement, both | request])

    cells = {kind: cell for (kind, _, _), cell in summary.cells.items()}
    assert (cells["statement"].n, cells["statement"].total_ms) == (10, 20)
    assert (cells["route"].n, cells["route"].total_ms) == (1, 5)  # each request has this line


@pytest.mark.parametrize("name", ["sample_rate", "db_duration_ms", "duration_ms", "db_query_count"])
@pytest.mark.parametrize("value", [1e300, -1e300, 1e-300, 10**30, 0, -1, "many", None])
def test_a_number_that_cannot_be_leaves_the_index_as_it_is(archive, reader, name, value):
    both = {"timestamp": "2026-11-25T10:00:00.000000Z", name: value}
    events = ({"event": "query", "db_fingerprint": "f"}, {"event": "request_finished"})
    lines = [json.dumps(both | event) for event in events]
    archive("hour.ndjson").write_text("\n".join(lines) + "\n")

    assert {key: n for key, (n, _) in reader().read().total("statement").items()} == {"f": 1}


def test_a_statement_has_its_code_its_plan_and_how_many_requests_repeat_it(archive, reader):
    statement = {"event": "query", "db_fingerprint": "f1", "db_statement": "SELECT 1"}
    timed = {"timestamp": AT, "db_duration_ms": 2.0}
    plan = {
        "event": "profile_plan",
        "timestamp": AT,
        "db_fingerprint": "f1",
        "db_plan": "Seq Scan on todos",
    }
    ended = {"event": "request_finished", "timestamp": AT, "db_n_plus_one_fingerprint": "f1"}
    lines = [statement | timed | {"db_origin": "a.py:7 show"}, statement | timed, ended]
    with archive("a.ndjson").open("w") as file:
        for line in (*lines, plan | {"db_finding": "reads every row"}):
            file.write(json.dumps(line) + "\n")
    index = reader().read().index
    described = ("SELECT 1", "a.py:7 show", "Seq Scan on todos", "reads every row")
    assert index.described("f1") == described
    [total] = index.totals("statement", *ALWAYS)
    assert (total.cell.n, total.cell.n_plus_one) == (2, 1)
    assert index.described("f2") == ("f2", None, None, None)


def test_the_fields_of_the_lines_are_known_but_not_without_end(archive, reader):
    with archive("a.ndjson").open("w") as file:
        file.write(json.dumps({"own_field": 1, "x" * 200: 1}) + "\n")
    assert reader().read().index.fields() == ["own_field"]
    with archive("a.ndjson").open("a") as file:
        file.write(json.dumps({f"made-up-{number}": 1 for number in range(3000)}) + "\n")
    assert len(reader().read().index.fields()) == 2000


@pytest.mark.parametrize(
    "root", [{"xray_trace_id": "1-5759e988-bd862e3fe1be46a994272793"}, {"trace_id": TRACE_ID}]
)
def test_the_root_of_a_balancer_leads_to_its_requests_by_the_index(archive, reader, tmp_path, root):
    line = {"event": "request_finished", "timestamp": AT, "correlation_id": "id-1"}
    archive("a.ndjson").write_text(json.dumps(line | root) + "\n")
    reader().read().index.close()
    at, folder = tmp_path / "index.sqlite", archive("")
    nothing = dict.fromkeys(("named", "options", "ask", "loads", "spool"))  # all lines are not read
    sources = Sources(**nothing, is_aws=False, files=lambda: files(folder), index=at)
    found = sources.of_request("Root=1-5759e988-bd862e3fe1be46a994272793", sources.span(None))
    assert [row["correlation_id"] for row in found.records()] == ["id-1"]
