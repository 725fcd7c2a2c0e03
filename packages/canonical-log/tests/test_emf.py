"""The canonical line as metrics: Embedded Metric Format as its specification has it."""

import json
import time


def test_there_are_none_unless_asked_for(hello, lines):
    hello.get("/hello/you")
    assert "_aws" not in lines("request_finished")[0]


def test_each_metric_and_dimension_is_a_field_of_the_line(make_app, lines):
    make_app(emf_namespace="Todos").test_client().get("/hello/you")
    [line] = lines("request_finished")
    assert abs(line["_aws"]["Timestamp"] - time.time() * 1000) < 60_000
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Todos"
    assert directive["Dimensions"] == [["http_route", "status_class"]]
    assert {name: line[name] for names in directive["Dimensions"] for name in names} == {
        "http_route": "/hello/<name>",
        "status_class": "2xx",
    }
    units = {
        metric["Name"]: (metric["Unit"], type(line[metric["Name"]]))
        for metric in directive["Metrics"]
    }
    assert units == {
        "requests": ("Count", int),
        "errors": ("Count", int),
        "duration_ms": ("Milliseconds", float),
    }


def test_a_5xx_counts_as_an_error_and_nothing_else_does(make_app, lines):
    client = make_app(emf_namespace="Todos").test_client()
    for path in ("/hello/you", "/nowhere", "/crash"):
        client.get(path)
    told = [
        (line["http_route"], line["status_class"], line["errors"])
        for line in lines("request_finished")
    ]
    assert told == [("/hello/<name>", "2xx", 0), ("none", "4xx", 0), ("/crash", "5xx", 1)]


def test_no_dimension_has_a_value_that_a_client_chooses(make_app, lines):
    client = make_app(emf_namespace="Todos").test_client()
    for number in range(5):
        client.get(f"/hello/{number}", headers={"X-Correlation-ID": f"id-{number}"})
        client.get(f"/nowhere/{number}")
    dimensions = {
        json.dumps([line["http_route"], line["status_class"]]) for line in lines("request_finished")
    }
    assert len(dimensions) == 2
