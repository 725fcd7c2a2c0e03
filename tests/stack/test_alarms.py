"""The alarms: which of them ring, and for how long, in minutes that go wrong in one way each."""

import json
import tomllib
from pathlib import Path

import pytest

from .cloudwatch import Minute, state

KNOWN = tomllib.loads((Path(__file__).parent / "metrics.toml").read_text())
GIB = 1 << 30

# What a minute brings: the samples of each metric. ALB counts errors only where there are any.
QUIET: Minute = {
    "RequestCount": [500],
    "HTTPCode_ELB_5XX_Count": [],
    "HTTPCode_Target_5XX_Count": [],
    "TargetResponseTime": [0.1] * 100,
    "HealthyHostCount": [2, 2],
    "UnHealthyHostCount": [0, 0],
    "CPUUtilization": [30, 40],
    "MemoryUtilization": [30, 40],
    "DatabaseConnections": [20, 30],
    "FreeStorageSpace": [20 * GIB, 20 * GIB],
    "IncomingLogEvents": [1500],
}
# Of each alarm: what is bad enough, and what is not quite.
EDGES: dict[str, tuple[Minute, Minute]] = {
    "balancer-errors": ({"HTTPCode_ELB_5XX_Count": [1] * 6}, {"HTTPCode_ELB_5XX_Count": [1] * 5}),
    "slow": (
        {"TargetResponseTime": [0.1] * 94 + [1.1] * 6},
        {"TargetResponseTime": [0.1] * 96 + [30] * 4},
    ),
    "unhealthy": ({"UnHealthyHostCount": [0, 1]}, {"HealthyHostCount": [3, 2]}),
    "too-few-tasks": ({"HealthyHostCount": [2, 1]}, {"HealthyHostCount": [4, 2]}),
    "cpu": ({"CPUUtilization": [80, 92]}, {"CPUUtilization": [70, 100]}),
    # 80 % of the 225 of a db.t4g.small
    "database-connections": ({"DatabaseConnections": [10, 181]}, {"DatabaseConnections": [180]}),
    "database-storage": (
        {"FreeStorageSpace": [3 * GIB, 2 * GIB - 1]},
        {"FreeStorageSpace": [2 * GIB]},
    ),
    "errors": (
        {"RequestCount": [1000], "HTTPCode_Target_5XX_Count": [1] * 11},
        {"RequestCount": [1000], "HTTPCode_Target_5XX_Count": [1] * 10},
    ),
    "no-log-lines": ({"IncomingLogEvents": []}, {"IncomingLogEvents": [1]}),
}
# Minutes, the newest last; x is a bad one. A single one wakes nobody, nor does what is over.
LONG_ENOUGH = {"no-log-lines": ["xxxx", "xx.xx"]}
TOO_SHORT = {"no-log-lines": ["x", "xxx", "x.x", "xxxx.."]}
NOBODY_CALLS: Minute = {name: [] for name in ("RequestCount", "TargetResponseTime")} | {
    "IncomingLogEvents": []
}


def ringing(stack, minutes):
    """The names of the alarms that these minutes, the newest last, put into the state ALARM."""
    return {name for name, found in states(stack, minutes).items() if found == "ALARM"}


def states(stack, minutes):
    return {
        alarm["alarm_name"].removeprefix("todos-"): state(alarm, minutes)
        for alarm in stack.all("aws_cloudwatch_metric_alarm").values()
    }


def history(pattern, bad):
    """Ten quiet minutes, and then those of the pattern."""
    return [QUIET] * 10 + [QUIET | (bad if mark == "x" else {}) for mark in pattern]


@pytest.mark.parametrize("name", EDGES)
def test_an_alarm_rings_alone_when_it_is_bad_for_some_minutes(narrow, name):
    bad, _ = EDGES[name]

    for pattern in LONG_ENOUGH.get(name, ["xx", "x.x"]):
        assert ringing(narrow, history(pattern, bad)) == {name}, pattern


@pytest.mark.parametrize("name", EDGES)
def test_no_alarm_rings_for_a_moment_or_for_what_is_not_quite_bad(narrow, name):
    bad, not_quite = EDGES[name]

    for pattern in TOO_SHORT.get(name, ["x", "x..x", "xx.."]):
        assert ringing(narrow, history(pattern, bad)) == set(), pattern
    assert ringing(narrow, history("x" * 10, not_quite)) == set()


def test_every_alarm_has_its_edges(narrow):
    assert set(states(narrow, [QUIET] * 10)) == set(EDGES)


def test_nobody_is_woken_when_nobody_calls(narrow):
    assert ringing(narrow, [QUIET | NOBODY_CALLS] * 10) == set()


def test_no_task_at_all_rings_although_its_metrics_are_gone(narrow):
    gone: Minute = {name: [] for name in ("HealthyHostCount", "UnHealthyHostCount")}

    assert ringing(narrow, [QUIET | gone] * 10) == {"too-few-tasks"}


def test_an_alarm_of_a_part_that_says_nothing_does_not_call_it_well(narrow):
    silent: Minute = {name: [] for name in QUIET}
    found = states(narrow, [silent] * 10)

    assert {name for name, state in found.items() if state == "INSUFFICIENT_DATA"} == {
        "cpu",
        "database-connections",
        "database-storage",
    }


def test_too_few_tasks_are_fewer_than_the_least_that_were_asked_for(default):
    one: Minute = {"HealthyHostCount": [1]}
    none: Minute = {"HealthyHostCount": [0]}

    assert ringing(default, [QUIET | one] * 10) == set()
    assert ringing(default, [QUIET | none] * 10) == {"too-few-tasks"}


def watched(stack):
    """(namespace, metric, dimensions, statistic, period) of all that alarms and dashboard read."""
    for alarm in stack.all("aws_cloudwatch_metric_alarm").values():
        if alarm["metric_name"]:
            statistic = alarm["statistic"] or alarm["extended_statistic"]
            dimensions = alarm["dimensions"]
            yield alarm["namespace"], alarm["metric_name"], dimensions, statistic, alarm["period"]
        for query in alarm["metric_query"] or ():
            for metric in query["metric"]:
                keys = ("namespace", "metric_name", "dimensions", "stat", "period")
                yield tuple(metric[key] for key in keys)
    body = json.loads(stack["aws_cloudwatch_dashboard.main"]["dashboard_body"])
    for properties in (widget["properties"] for widget in body["widgets"]):
        for namespace, name, *pairs in properties.get("metrics", ()):
            dimensions = dict(zip(pairs[::2], pairs[1::2], strict=True))
            yield namespace, name, dimensions, properties["stat"], properties["period"]


def test_every_metric_is_one_that_aws_publishes_and_of_this_stack_alone(narrow):
    """By the most dimensions: fewer would count what others do in the cluster, too."""
    for namespace, name, dimensions, statistic, period in watched(narrow):
        known = KNOWN[namespace][name]
        wanted = [names for names in known["dimensions"] if "AvailabilityZone" not in names]
        assert sorted(dimensions) == max(wanted, key=len), name
        assert ("p" if statistic.startswith("p") else statistic) in known["statistics"], name
        assert period == 60, "the minute that charts and thresholds speak of"


def test_every_metric_is_of_this_stacks_parts(narrow):
    parts = {
        "LoadBalancer": narrow["aws_lb.main"]["arn_suffix"],
        "TargetGroup": narrow["aws_lb_target_group.app"]["arn_suffix"],
        "ClusterName": narrow["aws_ecs_cluster.main"]["name"],
        "ServiceName": narrow["aws_ecs_service.app"]["name"],
        "DBInstanceIdentifier": narrow["aws_db_instance.main"]["identifier"],
        "LogGroupName": narrow["aws_cloudwatch_log_group.main"]["name"],
    }

    for _, name, dimensions, *_ in watched(narrow):
        assert dimensions == {key: parts[key] for key in dimensions}, name


def test_alarm_mail_arrives(narrow):
    (topic,) = narrow.all("aws_sns_topic").values()
    (subscription,) = narrow.all("aws_sns_topic_subscription").values()

    for alarm in narrow.all("aws_cloudwatch_metric_alarm").values():
        assert alarm["alarm_actions"] == alarm["ok_actions"] == [topic["arn"]]
        assert alarm["actions_enabled"] is not False
    assert topic["kms_master_key_id"] != "alias/aws/sns", "CloudWatch may not use that key"
    assert (subscription["topic_arn"], subscription["protocol"], subscription["endpoint"]) == (
        topic["arn"],
        "email",
        "someone@example.com",
    )


def test_without_an_address_nobody_is_told(default):
    assert not default.all("aws_sns_topic")
    assert not default.all("aws_sns_topic_subscription")
    for alarm in default.all("aws_cloudwatch_metric_alarm").values():
        assert not alarm["alarm_actions"]
