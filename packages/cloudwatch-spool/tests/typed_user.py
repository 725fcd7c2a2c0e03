"""A user's app, for type checkers: they find no fault in it, and see the types of what it calls."""

import logging
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, assert_type

import cloudwatch_spool
from cloudwatch_spool import (
    Archive,
    CloudWatch,
    Otlp,
    Span,
    Stop,
    Traces,
    span_id_of,
    trace_id_of,
)


def log(spool: Path) -> None:
    handler = cloudwatch_spool.handler(spool, max_bytes=1 << 26, level=logging.INFO)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logging.getLogger().addHandler(handler)


def ship(spool: Path, *, to_aws: bool) -> int:
    to = CloudWatch("group", retention_days=7) if to_aws else Archive("logs", "group")
    remedies = {"NoCredentialsError": "Ask for some."}
    left = cloudwatch_spool.ship(
        spool, to, stop=Stop(deadline_s=5), echo=sys.stdout, remedies=remedies
    )
    assert_type(left, cloudwatch_spool.Backlog)
    return left.events


def spans_of(line: Mapping[str, Any], time_ns: int) -> Iterator[Span]:
    trace, span = trace_id_of(line["correlation_id"]), span_id_of(line["event_id"])
    yield Span(trace, span, line["event"], time_ns, time_ns, attributes={"level": line["level"]})


def ship_traces(spool: Path) -> None:
    to = Otlp.xray("eu-central-1", resource={"service.name": "kitchen"})
    cloudwatch_spool.ship(spool, CloudWatch("group"), traces=Traces(to, spans_of))


def behind_s(spool: Path) -> float:
    now = cloudwatch_spool.status(spool)
    assert_type(now.counters, cloudwatch_spool.Counters | None)
    return now.backlog.seconds if now.is_running else float("inf")


def streams(archive: Path) -> set[str]:
    return {file.stream for file in cloudwatch_spool.archive_files(archive, "group", start_ms=0)}
