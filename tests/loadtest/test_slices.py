"""Log lines are asked for in slices that an answer of CloudWatch Logs can hold."""

import json
import re
from collections import Counter
from datetime import UTC, datetime

import duckdb
import pytest

from logs_insights import Results, Statistics, TimeRange, run_local
from todo.loadtest.lines import load_requests, wait_for_requests

START_MS = int(datetime(2026, 11, 23, 10, tzinfo=UTC).timestamp() * 1000)
MOST_ROWS = 10_000


def moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


class CloudWatch:
    """Answers the two questions of this module like CloudWatch: about whole seconds, both ends
    included, and with no more rows than the query says.
    """

    def __init__(self, per_second: list[int]) -> None:
        self.per_second = per_second
        self.asked: list[TimeRange] = []
        self.answered: list[int] = []

    def __call__(self, text: str, span: TimeRange) -> Results:
        if "stats count(*)" in text:
            rows = [
                {"moment": moment(START_MS + second * 1000), "n": str(n)}
                for second, n in enumerate(self.per_second)
                if n
            ]
        else:
            self.asked.append(span)
            rows = self.lines(text, span.start_ms // 1000, -(-span.end_ms // 1000))
            self.answered.append(len(rows))
        cells = [[{"field": name, "value": value} for name, value in row.items()] for row in rows]
        return Results([], cells, Statistics(0, 0, 0))

    def lines(self, text: str, first_s: int, last_s: int) -> list[dict[str, str]]:
        between = r"toMillis\(@timestamp\) >= (\d+) and toMillis\(@timestamp\) <= (\d+)"
        least, most = map(int, re.search(between, text).groups())
        return [
            {"@timestamp": moment(ms), "correlation_id": id_, "event_id": id_}
            for second, n in enumerate(self.per_second)
            if first_s <= START_MS // 1000 + second <= last_s
            for number in range(n)
            for ms in [START_MS + second * 1000 + number * 1000 // n]
            for id_ in [f"{second}-{number}"]
            if least <= ms <= most
        ][: int(text.rpartition("limit ")[2])]


def fetched(ask: CloudWatch) -> list[tuple[str, int]]:
    counted = wait_for_requests(
        ask,
        "run",
        TimeRange(START_MS, START_MS + 600_000),
        expected=0,
        until_s=0,
        on_progress=lambda text: None,
    )
    with duckdb.connect(":memory:") as database:
        load_requests(database, ask, "run", counted, lambda text: None)
        return database.execute(
            "SELECT split_part(id, '-', 1), count(*) FROM logged GROUP BY ALL"
        ).fetchall()


@pytest.mark.parametrize(
    "per_second",
    [[1], [300] * 100, [4000, 4000, 4000, 0, 0, 900], [1, 9990, 1], [0, 5000, 4000, 1000]],
    ids=["one", "even", "uneven", "a full second", "full"],
)
def test_every_line_is_fetched_once(per_second):
    found = Counter({int(second): n for second, n in fetched(CloudWatch(per_second))})

    assert found == Counter(dict(enumerate(per_second)))


def test_as_few_slices_are_asked_for_as_hold_the_lines():
    cloudwatch = CloudWatch([300] * 100)

    fetched(cloudwatch)

    assert len(cloudwatch.asked) == 4


def test_a_second_with_more_lines_than_a_slice_holds_is_cut():
    cloudwatch = CloudWatch([10, 24_000, 10])

    assert Counter(dict(fetched(cloudwatch))) == Counter({"0": 10, "1": 24_000, "2": 10})
    assert max(cloudwatch.answered) <= MOST_ROWS


def test_the_archive_has_more_lines_in_a_second_than_a_slice_holds(tmp_path):
    path = tmp_path / "busy.ndjson"
    with path.open("w", encoding="utf-8") as file:
        for number in range(24_000):
            at = moment(START_MS + number // 30).replace(" ", "T") + "Z"
            line = {"timestamp": at, "event": "request_finished", "run_id": "run"}
            ids = {"correlation_id": f"0-{number}", "event_id": f"0-{number}"}
            file.write(json.dumps(line | ids) + "\n")

    assert fetched(lambda text, span: run_local(text, [path], span)) == [("0", 24_000)]


def test_lines_that_are_on_their_way_are_waited_for(monkeypatch):
    cloudwatch = CloudWatch([1])
    monkeypatch.setattr(
        "todo.loadtest.lines.time.sleep", lambda seconds: cloudwatch.per_second.append(1)
    )

    counted = wait_for_requests(
        cloudwatch,
        "run",
        TimeRange(START_MS, START_MS + 9000),
        expected=3,
        until_s=9e9,
        on_progress=lambda text: None,
    )

    assert sum(piece.lines for piece in counted) == 3
