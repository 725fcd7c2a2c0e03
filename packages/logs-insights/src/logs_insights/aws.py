"""Runs queries on AWS: StartQuery, then GetQueryResults until it is done, StopQuery when
interrupted.

boto3 is needed to make the client, so nothing here imports it, or botocore, before it is used.
"""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from .errors import InsightsError, QueryError
from .results import Results, Row, Statistics
from .time_range import TimeRange

USD_PER_GB = 0.005  # of data scanned, us-east-1; CloudWatch pricing, read 2026-11
_TIMEOUT_S = 3600  # AWS stops a query after 60 minutes
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 2.0

_REMEDIES = {
    "ResourceNotFoundException": "there is no such log group in this account and region",
    "LimitExceededException": "too many queries are running in this account (AWS allows 100);"
    " try again",
    "ThrottlingException": "AWS asks for fewer calls; try again",
    "ServiceUnavailableException": "CloudWatch Logs is not available now; try again",
    "AccessDeniedException": "these credentials may not run logs:StartQuery on the log group",
    "UnrecognizedClientException": "AWS does not know these credentials",
    "ExpiredTokenException": "the credentials have expired",
}

Progress = Callable[[str, Statistics], None]


def logs_client(region: str | None = None) -> Any:
    """A boto3 client for CloudWatch Logs, in the region given, else in that of AWS_REGION, else
    where boto3 finds one (AWS_DEFAULT_REGION, the profile).

    Raises InsightsError when boto3 is not installed, or when it cannot tell the region.
    """
    try:
        import boto3  # type: ignore[import-untyped]  # boto3 ships no types
        from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]  # nor this
    except ImportError as error:
        raise InsightsError("asking AWS needs boto3: pip install 'logs-insights[aws]'") from error
    try:
        return boto3.client("logs", region_name=region or os.environ.get("AWS_REGION") or None)
    except BotoCoreError as error:
        raise InsightsError(
            f"AWS cannot be asked: {error} Name the region in AWS_REGION or AWS_DEFAULT_REGION,"
            " and the credentials as for the AWS CLI"
        ) from error


def run_aws(
    client: Any,
    text: str,
    *,
    log_groups: str | Sequence[str] = (),
    time_range: TimeRange,
    limit: int | None = None,
    on_progress: Progress = lambda status, statistics: None,
    pause: Callable[[float], None] = time.sleep,
) -> Results:
    """The answer of CloudWatch Logs Insights, through a boto3 client for `logs`.

    `log_groups` are names or ARNs, at most 50; none where the query begins with SOURCE. The range
    must have both ends. `limit` is the most rows that AWS returns, whatever the query says; without
    it there are as many as the query says, up to 100,000. `on_progress` hears the status and the
    statistics so far; `pause` waits a number of seconds between two looks at the results.

    Raises QueryError when AWS refuses the query, InsightsError for everything else. On Ctrl-C, as
    on any error, the query is stopped, since it costs money.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    groups = [log_groups] if isinstance(log_groups, str) else list(log_groups)
    try:
        query_id = client.start_query(**_request(text, groups, time_range, limit))["queryId"]
        try:
            return _wait(client, query_id, on_progress, pause)
        except BaseException:
            with suppress(ClientError, BotoCoreError):  # it may have ended by itself
                client.stop_query(queryId=query_id)
            raise
    except ClientError as error:
        raise _explained(error.response, text, ", ".join(groups)) from error
    except BotoCoreError as error:
        raise InsightsError(f"AWS cannot be asked: {error}") from error


def cost_usd(statistics: Statistics) -> float:
    """What AWS charges for a query that scanned so much."""
    return statistics.bytes_scanned / 1e9 * USD_PER_GB


def _request(
    text: str, groups: list[str], time_range: TimeRange, limit: int | None
) -> dict[str, Any]:
    if time_range.start_ms is None or time_range.end_ms is None:
        raise InsightsError("a query on AWS needs a time range with both ends")
    request: dict[str, Any] = {
        "startTime": time_range.start_ms // 1000,
        "endTime": -(-time_range.end_ms // 1000),
        "queryString": text,
    }
    if limit is not None:
        request["limit"] = limit
    if any(group.startswith("arn:") for group in groups):
        return request | {"logGroupIdentifiers": groups}
    return request | ({"logGroupNames": groups} if groups else {})


def _wait(
    client: Any, query_id: str, on_progress: Progress, pause: Callable[[float], None]
) -> Results:
    waited_s, pause_s = 0.0, _FIRST_PAUSE_S
    while waited_s < _TIMEOUT_S:
        answer = client.get_query_results(queryId=query_id)
        statistics = _statistics(answer.get("statistics", {}))
        on_progress(answer["status"], statistics)
        if answer["status"] == "Complete":
            return _results(_every_row(client, query_id, answer), statistics)
        if answer["status"] not in ("Scheduled", "Running", "Unknown"):
            raise InsightsError(f"AWS ended the query: {answer['status']}")
        pause(pause_s)
        waited_s += pause_s
        pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)
    raise InsightsError(f"AWS has not answered the query within {_TIMEOUT_S // 60} minutes")


def _every_row(client: Any, query_id: str, answer: dict[str, Any]) -> list[Row]:
    """The rows of the answer and of the pages behind it; AWS puts 10,000 on each."""
    rows: list[Row] = list(answer["results"])
    while token := answer.get("nextToken"):
        answer = client.get_query_results(queryId=query_id, nextToken=token)
        rows += answer["results"]
    return rows


def _results(answered: list[Row], statistics: Statistics) -> Results:
    """@ptr, a handle for GetLogRecord that AWS adds to each event, is left out."""
    rows = [[cell for cell in row if cell["field"] != "@ptr"] for row in answered]
    columns = list(dict.fromkeys(cell["field"] for row in rows for cell in row))
    return Results(columns, rows, statistics)


def _statistics(answered: dict[str, float]) -> Statistics:
    return Statistics(
        answered.get("recordsMatched", 0),
        answered.get("recordsScanned", 0),
        answered.get("bytesScanned", 0),
    )


def _explained(response: Any, text: str, groups: str) -> InsightsError:
    code, message = response["Error"]["Code"], response["Error"].get("Message", "")
    if code == "MalformedQueryException":
        place = response.get("queryCompileError", {}).get("location", {})
        return QueryError(
            f"AWS refuses the query: {message}", text, place.get("startCharOffset", 0)
        )
    remedy = _REMEDIES.get(code)
    said = f"{remedy} ({code}: {message})" if remedy else f"{code}: {message}"
    return InsightsError(f"{groups}: {said}" if groups else said)
