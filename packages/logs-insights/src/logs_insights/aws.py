"""Runs queries on AWS: StartQuery, then GetQueryResults until it is done, StopQuery when
interrupted.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from botocore.exceptions import (  # type: ignore[import-untyped]  # botocore ships no types
    BotoCoreError,
    ClientError,
)

from .duckdb.compiling import DEFAULT_LIMIT
from .duckdb.discovery import TimeRange
from .errors import InsightsError, QueryError
from .results import Results, Row, Statistics

USD_PER_GB = 0.005  # of data scanned, us-east-1; CloudWatch pricing, read 2026-11
_TIMEOUT_S = 3600  # AWS stops a query after 60 minutes
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 2.0

_REMEDIES = {
    "ResourceNotFoundException": "there is no such log group in this account and region",
    "LimitExceededException": "too many queries are running in this account (AWS allows 100); try again",
    "ThrottlingException": "AWS asks for fewer calls; try again",
    "ServiceUnavailableException": "CloudWatch Logs is not available now; try again",
    "AccessDeniedException": "these credentials may not run logs:StartQuery on the log group",
    "UnrecognizedClientException": "AWS does not know these credentials",
    "ExpiredTokenException": "the credentials have expired",
}

Progress = Callable[[str, Statistics], None]


def run(
    client: Any,
    text: str,
    *,
    log_group: str,
    span: TimeRange,
    limit: int = DEFAULT_LIMIT,
    on_progress: Progress = lambda status, statistics: None,
    pause: Callable[[float], None] = time.sleep,
) -> Results:
    """The answer of CloudWatch Logs Insights, through a boto3 client for `logs`.

    The range must have both ends. `on_progress` hears the status and the statistics so far. Raises
    QueryError when AWS refuses the query, InsightsError for everything else; on Ctrl-C the query is
    stopped, since it costs money.
    """
    if span.start_ms is None or span.end_ms is None:
        raise InsightsError("a query on AWS needs a time range: --since, or --from and --to")
    try:
        query_id = client.start_query(
            logGroupName=log_group,
            startTime=span.start_ms // 1000,
            endTime=-(-span.end_ms // 1000),
            queryString=text,
            limit=limit,
        )["queryId"]
    except (ClientError, BotoCoreError) as error:
        raise _explained(error, text, log_group) from error
    try:
        return _wait(client, query_id, on_progress, pause)
    except BaseException as error:
        with suppress(ClientError, BotoCoreError):  # it may have ended by itself
            client.stop_query(queryId=query_id)
        if isinstance(error, ClientError | BotoCoreError):
            raise _explained(error, text, log_group) from error
        raise


def cost_usd(statistics: Statistics) -> float:
    """What AWS charges for a query that scanned so much."""
    return statistics.bytes_scanned / 1e9 * USD_PER_GB


def _wait(
    client: Any, query_id: str, on_progress: Progress, pause: Callable[[float], None]
) -> Results:
    waited_s, pause_s = 0.0, _FIRST_PAUSE_S
    while waited_s < _TIMEOUT_S:
        answer = client.get_query_results(queryId=query_id)
        statistics = _statistics(answer.get("statistics", {}))
        on_progress(answer["status"], statistics)
        if answer["status"] == "Complete":
            return _results(answer["results"], statistics)
        if answer["status"] not in ("Scheduled", "Running", "Unknown"):
            raise InsightsError(f"AWS ended the query: {answer['status']}")
        pause(pause_s)
        waited_s += pause_s
        pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)
    raise InsightsError(f"AWS has not answered the query within {_TIMEOUT_S // 60} minutes")


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


def _explained(error: ClientError | BotoCoreError, text: str, log_group: str) -> InsightsError:
    if isinstance(error, BotoCoreError):
        return InsightsError(f"AWS cannot be asked: {error}")
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code == "MalformedQueryException":
        place = error.response.get("queryCompileError", {}).get("location", {})
        return QueryError(
            f"AWS refuses the query: {message}", text, place.get("startCharOffset", 0)
        )
    remedy = _REMEDIES.get(code)
    return InsightsError(
        f"{log_group}: {remedy} ({code}: {message})"
        if remedy
        else f"{log_group}: {code}: {message}"
    )
