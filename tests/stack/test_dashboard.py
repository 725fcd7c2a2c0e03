"""The dashboard: what each chart shows, of this stack alone."""

import json

import pytest

from .conftest import ROOT


def widgets(stack):
    return json.loads(stack["aws_cloudwatch_dashboard.main"]["dashboard_body"])["widgets"]


def test_widgets_lie_side_by_side(default):
    cells = [
        (x, y)
        for w in widgets(default)
        for x in range(w["x"], w["x"] + w["width"])
        for y in range(w["y"], w["y"] + w["height"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_a_chart_shows_what_its_title_says(default):
    shown = [w["properties"] for w in widgets(default) if w["type"] == "metric"]
    charts = {p["title"]: (p["stat"], [name for _, name, *_ in p["metrics"]]) for p in shown}

    assert charts == {
        "Requests and errors a minute": ("Sum", ["RequestCount", "HTTPCode_Target_5XX_Count"]),
        "Response time p95, s": ("p95", ["TargetResponseTime"]),
        "Tasks: CPU and memory, %": ("Average", ["CPUUtilization", "MemoryUtilization"]),
        "Healthy tasks": ("Minimum", ["HealthyHostCount"]),
        "Database: connections": ("Maximum", ["DatabaseConnections"]),
        "Log lines a minute": ("Sum", ["IncomingLogEvents"]),
    }


@pytest.mark.parametrize("shape", ["default", "narrow"])
def test_it_asks_in_the_stacks_region(stacks, shape):
    stack = stacks[shape]
    regions = {w["properties"].get("region") for w in widgets(stack) if w["type"] != "alarm"}

    assert regions == {stack.outputs["region"]}


def test_its_tables_are_saved_queries_of_the_log_group(default):
    folder = ROOT / "todo/views/queries"
    group = default["aws_cloudwatch_log_group.main"]["name"]
    tables = {
        w["properties"]["title"]: w["properties"]["query"]
        for w in widgets(default)
        if w["type"] == "log"
    }

    assert {"bottleneck_routes", "bottleneck_statements", "errors"} <= set(tables)
    assert tables == {
        name: f"SOURCE '{group}' | {(folder / name).with_suffix('.insights').read_text()}"
        for name in tables
    }


def test_it_shows_every_alarm(default):
    (shown,) = [w["properties"]["alarms"] for w in widgets(default) if w["type"] == "alarm"]

    assert len(shown) == len(default.all("aws_cloudwatch_metric_alarm"))
