"""What the pages draw, as JSON: requests, answers to queries, rankings, and delivery."""

import re
import time
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

import cloudwatch_spool
from canonical_log import fields as log_fields
from logs_insights import Results, TimeRange, cost_usd
from logs_insights.duckdb.aggregates import AGGREGATES
from logs_insights.duckdb.functions import FUNCTIONS
from logs_insights.language.commands import COMMANDS
from todo.views.catalog import named_queries
from todo.views.spans import folded
from todo.views.tracing import traces

from .follower import Follower
from .ranking import ranked
from .sources import Sources

__all__ = ["blueprint_of", "span_of"]

_MOST_ROWS = 1000
_MINUTES = re.compile(r"[0-9]{1,8}")


def blueprint_of(sources: Sources, follower: Follower | None) -> Blueprint:
    """The routes below /api, which the pages of this console ask."""
    blueprint = Blueprint("api", __name__, url_prefix="/api")

    @blueprint.get("/state")
    def state() -> Response:
        return jsonify(
            {
                "source": sources.named,
                "options": sources.options,
                "is_aws": sources.is_aws,
                "is_current": follower is None or follower.is_current.is_set(),
                "read_bytes": follower.read_bytes if follower else 0,
                "total_bytes": follower.total_bytes if follower else 0,
                "problem": follower.problem if follower else None,
            }
        )

    @blueprint.get("/trace/<given>")
    def trace(given: str) -> Response:
        results = sources.of_request(given, span_of(sources, request.args))
        if results is None:
            abort(400, "This is neither a correlation ID nor the trace root of an ALB.")
        records = results.records()
        found = [
            asdict(each) | {"folded": [asdict(span) for span in folded(each.spans)]}
            for each in traces(records)
        ]
        prints = {span["fingerprint"] for each in found for span in each["spans"]} - {""}
        plans = sources.plans(prints)
        return jsonify({"traces": found, "lines": records, "plans": plans})

    @blueprint.post("/query")
    def query() -> Response:
        asked = request.get_json()
        if not isinstance(asked, dict) or not isinstance(asked.get("text"), str):
            abort(400, "Send JSON with the query's text.")
        begun = time.monotonic()
        results = sources.ask(asked["text"], span_of(sources, asked))
        took_ms = (time.monotonic() - begun) * 1000
        return jsonify(_answer(results, took_ms, on_aws=sources.is_aws))

    @blueprint.get("/language")
    def language() -> Response:
        functions = {function.name for function in FUNCTIONS.values()} | set(AGGREGATES)
        return jsonify(
            {
                "queries": [asdict(each) for each in named_queries()],
                "commands": {name: each.usage for each in COMMANDS for name in each.names},
                "functions": sorted(functions),
                "fields": dict.fromkeys(sources.fields(), "")
                | {field.name: field.meaning for field in log_fields.fields_of()},
            }
        )

    @blueprint.get("/routes")
    def routes() -> Response:
        return jsonify(ranked(sources, "route", span_of(sources, request.args)))

    @blueprint.get("/statements")
    def statements() -> Response:
        return jsonify(ranked(sources, "statement", span_of(sources, request.args)))

    @blueprint.get("/delivery")
    def delivery() -> Response:
        return jsonify(
            {"spool": str(sources.spool)} | cloudwatch_spool.status(sources.spool).as_fields()
        )

    return blueprint


def span_of(sources: Sources, given: Any) -> TimeRange:
    """The range of time that `minutes` asks for."""
    minutes = str(given.get("minutes") or "")
    if minutes and not _MINUTES.fullmatch(minutes):
        abort(400, "minutes must be a number.")
    return sources.span(int(minutes) if minutes else None)


def _answer(results: Results, took_ms: float, *, on_aws: bool) -> dict[str, Any]:
    statistics = results.statistics
    return {
        "columns": results.columns,
        "rows": results.records()[:_MOST_ROWS],
        "row_count": len(results.rows),
        "warnings": results.warnings,
        "matched": statistics.records_matched,
        "scanned": statistics.records_scanned,
        "bytes": statistics.bytes_scanned,
        "took_ms": took_ms,
        "usd": cost_usd(statistics) if on_aws else None,
    }
