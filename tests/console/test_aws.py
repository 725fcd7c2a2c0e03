"""What the pages draw when the logs are on AWS: the same, by questions that say what they cost."""

import pytest

from logs_insights import Results, Statistics, TimeRange
from todo.console.app import create_console
from todo.console.live import Live
from todo.console.sources import Sources

HOST = "127.0.0.1:1"
ROUTE = {"http_method": "GET", "http_route": "/a", "total_ms": "20", "n": "2", "p95_ms": "11.5"}
EVENT = {
    "@timestamp": "2026-11-25 10:00:00.000",
    "event": "request_finished",
    "correlation_id": "id-1",
    "duration_ms": "7",
}


@pytest.fixture
def asked():
    """What was asked, with its range of time."""
    return []


@pytest.fixture
def client(asked, tmp_path):
    """A client of a console whose logs answer the same events to all."""

    def ask(text: str, span: TimeRange) -> Results:
        asked.append((text, span))
        record = EVENT if "correlation_id = " in text else ROUTE | {"example": "id-1"}
        row = [{"field": name, "value": value} for name, value in record.items()]
        return Results([*record], [row], Statistics(1, 1, 2e9))

    sources = Sources(
        named="CloudWatch Logs, group",
        options=" --aws --log-group group",
        is_aws=True,
        ask=ask,
        files=None,
        index=tmp_path / "index.sqlite",
        loads=tmp_path,
        spool=tmp_path,
    )
    return create_console(sources, Live(), None, [HOST]).test_client()


def get(client, path):
    answer = client.get(path, headers={"Host": HOST})
    assert answer.status_code == 200, answer.text
    return answer.json


def test_an_hour_is_asked_for_unless_somebody_says_more(client, asked):
    for path, hours in (("/api/trace/id-1", 1), ("/api/trace/id-1?minutes=120", 2)):
        get(client, path)
        span = asked[-1][1]
        assert span.end_ms - span.start_ms == hours * 3_600_000


def test_a_trace_and_a_ranking_are_drawn_from_the_answers(client):
    [trace] = get(client, "/api/trace/id-1")["traces"]
    assert (trace["correlation_id"], trace["duration_ms"]) == ("id-1", 7.0)
    [row] = get(client, "/api/routes")["rows"]
    assert (row["key"], row["p95_ms"], row["example"]) == ("GET /a", 11.5, "id-1")


def test_a_query_says_what_it_cost(client):
    answer = client.post("/api/query", json={"text": "limit 1"}, headers={"Host": HOST})
    assert answer.json["usd"] == pytest.approx(0.01)


def test_no_index_is_made(client, tmp_path):
    get(client, "/api/statements")
    assert list(tmp_path.iterdir()) == []
    assert get(client, "/api/state")["is_aws"]
