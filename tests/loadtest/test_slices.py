"""Log lines are asked for in slices that an answer of CloudWatch Logs can hold."""

from collections import Counter
from datetime import UTC, datetime

import duckdb
import pytest

from logs_insights import InsightsError, Results, Statistics, TimeRange
from todo.loadtest.lines import load_requests, wait_for_requests

START_MS = int(datetime(2026, 11, 23, 10, tzinfo=UTC).timestamp() * 1000)
MOST_ROWS = 10_000


def moment(second: int) -> str:
    return datetime.fromtimestamp(START_MS / 1000 + second, UTC).strftime("%Y-%m-%d %H:%M:%S.000")


class CloudWatch:
    """Answers the two questions of this module like CloudWatch: whole seconds, both ends included,
    10,000 rows.
    """

    def __init__(self, per_second: list[int]) -> None:
        self.per_second = per_second
        self.asked: list[TimeRange] = []

    def __call__(self, text: str, span: TimeRange) -> Results:
        if "stats count(*)" in text:
            rows = [
                {"moment": moment(second), "n": str(n)}
                for second, n in enumerate(self.per_second)
                if n
            ]
        else:
            self.asked.append(span)
            first, last = span.start_ms // 1000, -(-span.end_ms // 1000)
            rows = [
                {
                    "@timestamp": moment(second),
                    "correlation_id": f"{second}-{number}",
                    "event_id": f"{second}-{number}",
                }
                for second, n in enumerate(self.per_second)
                if first <= START_MS // 1000 + second <= last
                for number in range(n)
            ][:MOST_ROWS]
        cells = [[{"field": name, "value": value} for name, value in row.items()] for row in rows]
        return Results([], cells, Statistics(0, 0, 0))


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
    ids=["one", "even", "uneven", "a full second", "exactly full"],
)
def test_every_line_is_fetched_once(per_second):
    found = Counter({int(second): n for second, n in fetched(CloudWatch(per_second))})

    assert found == Counter(dict(enumerate(per_second)))


def test_as_few_slices_are_asked_for_as_hold_the_lines():
    cloudwatch = CloudWatch([300] * 100)

    fetched(cloudwatch)

    assert len(cloudwatch.asked) == 4


def test_more_lines_in_a_second_than_an_answer_holds_are_refused():
    with pytest.raises(InsightsError, match="10,001 lines within 1 s"):
        fetched(CloudWatch([10_001]))


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
