"""What a query on AWS may cost, before it is asked: what was ingested in its time is at most what
it scans.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request

from logs_insights import InsightsError, Statistics, TimeRange, cost_usd, logs_client

from .api import span_of
from .sources import Sources

__all__ = ["blueprint_of"]

_MOST_POINTS = 1440  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html


def blueprint_of(sources: Sources) -> Blueprint:
    """GET /api/cost: the most bytes that a query over so many `minutes` scans, and their price."""
    blueprint = Blueprint("volume", __name__)

    @blueprint.get("/api/cost")
    def cost() -> Response:
        span = span_of(sources, request.args)
        most = Statistics(0, 0, _ingested_bytes(sources.log_groups, span))
        return jsonify({"bytes": most.bytes_scanned, "usd": cost_usd(most)})

    return blueprint


def _ingested_bytes(groups: Sequence[str], span: TimeRange) -> float:
    """What CloudWatch Logs took in for the groups in this time, by the metric IncomingBytes, which
    is no query. Raises InsightsError.
    """
    from botocore.exceptions import (  # type: ignore[import-untyped]  # it ships no types
        BotoCoreError,
        ClientError,
    )

    client = _metrics_client()
    try:
        return sum(_of_group(client, _name_of(group), span) for group in groups)
    except (ClientError, BotoCoreError) as error:
        raise InsightsError(str(error)) from None


def _of_group(client: Any, name: str, span: TimeRange) -> float:
    assert span.start_ms is not None and span.end_ms is not None  # noqa: PT018, S101  # on AWS
    spent_ms = span.end_ms - span.start_ms
    # A minute's figures are kept for 15 days, and an hour's for more than a year.
    period_s = next(
        each for each in (60, 3600, 86_400) if spent_ms <= _MOST_POINTS * each * 1000 or each > 3600
    )
    points = client.get_metric_statistics(
        Namespace="AWS/Logs",
        MetricName="IncomingBytes",
        Dimensions=[{"Name": "LogGroupName", "Value": name}],
        StartTime=datetime.fromtimestamp(span.start_ms / 1000, UTC),
        EndTime=datetime.fromtimestamp(span.end_ms / 1000, UTC),
        Period=period_s,
        Statistics=["Sum"],
    )["Datapoints"]
    return float(sum(point["Sum"] for point in points))


def _name_of(group: str) -> str:
    """The name in an ARN, such as arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*."""
    return group.split(":")[6] if group.startswith("arn:") else group


def _metrics_client() -> Any:
    import boto3  # type: ignore[import-untyped]  # it ships no types either

    return boto3.client("cloudwatch", region_name=logs_client().meta.region_name)
