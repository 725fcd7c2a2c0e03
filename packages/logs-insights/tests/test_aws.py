"""The AWS engine: its calls against moto, and recorded answers for what moto does not do."""

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from logs_insights import InsightsError, QueryError, TimeRange, cost_usd, run_aws

SPAN = TimeRange(1_795_428_000_000, 1_795_431_600_999)
QUERY = "fields @timestamp, event | limit 2"
STARTED = {"queryId": "q-1"}
RUNNING = {
    "status": "Running",
    "results": [],
    "statistics": {"recordsScanned": 10.0, "bytesScanned": 5000.0},
}
COMPLETE = {
    "status": "Complete",
    "results": [
        [
            {"field": "@timestamp", "value": "2026-11-23 10:00:00.000"},
            {"field": "event", "value": "query"},
            {"field": "@ptr", "value": "CmEKJgo="},
        ],
        [
            {"field": "@timestamp", "value": "2026-11-23 10:00:01.000"},
            {"field": "@ptr", "value": "CmEKJgp="},
        ],
    ],
    "statistics": {"recordsMatched": 2.0, "recordsScanned": 40.0, "bytesScanned": 2e9},
}


@pytest.fixture
def client():
    return boto3.client(
        "logs", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )


@pytest.fixture
def stub(client):
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def ask(client, **options):
    return run_aws(
        client, QUERY, log_groups="app", time_range=SPAN, pause=lambda _: None, **options
    )


def test_the_query_is_started_with_whole_seconds_that_cover_the_range(client, stub):
    expected = {
        "logGroupNames": ["app"],
        "startTime": 1_795_428_000,
        "endTime": 1_795_431_601,
        "queryString": QUERY,
        "limit": 7,
    }
    stub.add_response("start_query", STARTED, expected)
    stub.add_response("get_query_results", COMPLETE, {"queryId": "q-1"})

    ask(client, limit=7)


def test_groups_given_by_arn_are_identifiers_and_no_group_is_none(client, stub):
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:app"
    wanted = {"startTime": 1_795_428_000, "endTime": 1_795_431_601}
    for groups in ({"logGroupIdentifiers": [arn, "other"]}, {}):
        stub.add_response("start_query", STARTED, {**wanted, **groups, "queryString": QUERY})
        stub.add_response("get_query_results", COMPLETE)

    for groups in ([arn, "other"], []):
        run_aws(client, QUERY, log_groups=groups, time_range=SPAN)


def test_it_is_polled_until_it_is_complete(client, stub):
    heard = []
    stub.add_response("start_query", STARTED)
    stub.add_response("get_query_results", RUNNING)
    stub.add_response("get_query_results", COMPLETE)

    ask(
        client,
        on_progress=lambda status, statistics: heard.append((status, statistics.records_scanned)),
    )

    assert heard == [("Running", 10.0), ("Complete", 40.0)]


def test_rows_columns_and_statistics_come_without_the_pointers(client, stub):
    stub.add_response("start_query", STARTED)
    stub.add_response("get_query_results", COMPLETE)

    results = ask(client)

    assert results.columns == ["@timestamp", "event"]
    assert results.records()[0] == {"@timestamp": "2026-11-23 10:00:00.000", "event": "query"}
    assert (results.statistics.records_matched, results.statistics.bytes_scanned) == (2.0, 2e9)
    assert cost_usd(results.statistics) == pytest.approx(0.01)


def test_the_pages_behind_the_first_are_fetched(client, stub):
    stub.add_response("start_query", STARTED)
    stub.add_response("get_query_results", {**COMPLETE, "nextToken": "page-2"}, {"queryId": "q-1"})
    second = {"queryId": "q-1", "nextToken": "page-2"}
    stub.add_response("get_query_results", COMPLETE, second)

    assert len(ask(client).rows) == 4


def test_an_interrupted_query_is_stopped(client, stub):
    def interrupt(_seconds):
        raise KeyboardInterrupt

    stub.add_response("start_query", STARTED)
    stub.add_response("get_query_results", RUNNING)
    stub.add_response("stop_query", {"success": True}, {"queryId": "q-1"})

    with pytest.raises(KeyboardInterrupt):
        run_aws(client, QUERY, log_groups="app", time_range=SPAN, pause=interrupt)


def test_a_query_that_never_ends_is_stopped_after_an_hour(client, stub, monkeypatch):
    monkeypatch.setattr("logs_insights.aws._TIMEOUT_S", 0.5)
    stub.add_response("start_query", STARTED)
    for _ in range(2):
        stub.add_response("get_query_results", RUNNING)
    stub.add_response("stop_query", {"success": True}, {"queryId": "q-1"})

    with pytest.raises(InsightsError, match="has not answered"):
        ask(client)


def test_a_query_whose_answer_cannot_be_fetched_is_stopped(client, stub):
    stub.add_response("start_query", STARTED)
    stub.add_client_error("get_query_results", "ThrottlingException", "slow down")
    stub.add_response("stop_query", {"success": True}, {"queryId": "q-1"})

    with pytest.raises(InsightsError, match="asks for fewer calls"):
        ask(client)


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "Timeout"])
def test_a_query_that_aws_ends_is_an_error(client, stub, status):
    stub.add_response("start_query", STARTED)
    stub.add_response("get_query_results", RUNNING | {"status": status})
    stub.add_client_error("stop_query", "InvalidParameterException", "the query is not running")

    with pytest.raises(InsightsError, match=f"AWS ended the query: {status}"):
        ask(client)


def test_a_query_that_aws_refuses_is_shown_with_the_place(client, stub):
    stub.add_client_error(
        "start_query",
        "MalformedQueryException",
        "unexpected symbol found",
        modeled_fields={
            "queryCompileError": {"location": {"startCharOffset": 19, "endCharOffset": 24}}
        },
    )

    with pytest.raises(QueryError) as refused:
        ask(client)

    assert refused.value.column == 20


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("ResourceNotFoundException", "no such log group"),
        ("LimitExceededException", "AWS allows 100"),
        ("AccessDeniedException", "may not run"),
        ("ExpiredTokenException", "have expired"),
        ("SomethingNew", "SomethingNew"),
    ],
)
def test_an_error_of_aws_says_what_to_do(client, stub, code, remedy):
    stub.add_client_error("start_query", code, "text of AWS")

    with pytest.raises(InsightsError, match=remedy):
        ask(client)


def test_a_range_without_an_end_is_refused(client):
    with pytest.raises(InsightsError, match="needs a time range"):
        run_aws(client, QUERY, log_groups="app", time_range=TimeRange(5, None))


def test_the_calls_are_those_that_moto_knows(client):
    with mock_aws():
        client = boto3.client("logs", region_name="us-east-1")
        client.create_log_group(logGroupName="app")
        client.create_log_stream(logGroupName="app", logStreamName="web")
        client.put_log_events(
            logGroupName="app",
            logStreamName="web",
            logEvents=[{"timestamp": SPAN.start_ms + 1000, "message": "hello"}],
        )

        results = run_aws(
            client, "fields @message", log_groups="app", time_range=SPAN, pause=lambda _: None
        )

    assert results.records() == [{"@message": "hello"}]
