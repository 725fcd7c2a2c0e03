"""What the pages draw when the logs are on AWS: the same, by questions that say what they cost."""

from unittest.mock import ANY

import boto3
import pytest
from botocore.stub import Stubber

from logs_insights import QueryError, Results, Statistics, TimeRange
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
        if text == "refused":
            raise QueryError("no such command", text, 3)
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
        log_groups=("arn:aws:logs:us-east-1:1:log-group:group:*",),
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


def test_an_error_of_aws_is_shown_at_its_place(client, asked, monkeypatch):
    answer = client.post("/api/query", json={"text": "refused"}, headers={"Host": HOST})
    assert (answer.status_code, answer.json["position"], answer.json["line"]) == (400, 3, 1)


@pytest.mark.parametrize(("minutes", "period_s"), [(60, 60), (1440, 60), (10_080, 3600)])
def test_before_a_query_it_says_what_it_may_cost_at_most(client, monkeypatch, minutes, period_s):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    metrics = boto3.client(
        "cloudwatch", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    monkeypatch.setattr("todo.console.volume._metrics_client", lambda: metrics)
    expected = {
        "Namespace": "AWS/Logs",
        "MetricName": "IncomingBytes",
        "Dimensions": [{"Name": "LogGroupName", "Value": "group"}],
        "StartTime": ANY,
        "EndTime": ANY,
        "Period": period_s,
        "Statistics": ["Sum"],
    }
    with Stubber(metrics) as stub:
        answer = {"Datapoints": [{"Sum": 1.5e9}, {"Sum": 0.5e9}]}
        stub.add_response("get_metric_statistics", answer, expected)
        assert get(client, f"/api/cost?minutes={minutes}") == {"bytes": 2e9, "usd": 0.01}
        stub.add_client_error("get_metric_statistics", "AccessDenied", "not you")
        refused = client.get("/api/cost", headers={"Host": HOST})
    assert (refused.status_code, "not you" in refused.json["detail"]) == (503, True)


def test_no_index_is_made(client, tmp_path):
    get(client, "/api/statements")
    assert list(tmp_path.iterdir()) == []
    assert get(client, "/api/state")["is_aws"]
