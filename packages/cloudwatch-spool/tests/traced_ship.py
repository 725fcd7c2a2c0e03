"""Ships lines to an archive and their spans to a receiver, in small steps, until it is killed."""

import sys
from pathlib import Path

import cloudwatch_spool
from cloudwatch_spool import Archive, Otlp, Span, Traces


def spans_of(line, time_ns):
    yield Span(
        cloudwatch_spool.trace_id_of("a trace"),
        cloudwatch_spool.span_id_of(line["event_id"]),
        line["id"],
        time_ns - 5_000_000,
        time_ns,
    )


spool = Path(sys.argv[1])
cloudwatch_spool.ship(
    spool,
    Archive(spool.parent / "logs", "group"),
    interval_s=0.01,
    traces=Traces(Otlp(sys.argv[2]), spans_of),
)
