"""The alarms: of metrics that AWS has, of this stack's parts, and how they take bad minutes."""

import json
import math
import tomllib
from pathlib import Path

import pytest

KNOWN = tomllib.loads((Path(__file__).parent / "metrics.toml").read_text())
GIB = 1 << 30
NONE = None  # a minute without a value

# Alarm, minutes of its metric (newest last), and the state that they put it in.
SCENES = [
    ("balancer-errors", [0, 0, 0], "OK"),
    ("balancer-errors", [NONE, NONE, NONE], "OK"),
    ("balancer-errors", [3, 20, 30], "ALARM"),
    ("slow", [0.2, 0.3, 0.2], "OK"),
    ("slow", [0.2, 3, 2], "ALARM"),
    ("slow", [NONE, NONE, NONE], "OK"),
    ("unhealthy", [0, 0, 0], "OK"),
    ("unhealthy", [0, 1, 1], "ALARM"),
    ("too-few-tasks", [2, 2, 2], "OK"),
    ("too-few-tasks", [2, 1, 1], "ALARM"),
    ("too-few-tasks", [NONE, NONE, NONE], "ALARM"),
    ("cpu", [50, 70, 60], "OK"),
    ("cpu", [80, 95, 99], "ALARM"),
    ("database-connections", [10, 50, 60], "OK"),
    ("database-connections", [80, 110, 111], "ALARM"),
    ("database-storage", [10 * GIB, 9 * GIB, 8 * GIB], "OK"),
    ("database-storage", [3 * GIB, GIB, GIB], "ALARM"),
]
# The same with (requests, part) of each minute.
COMBINED = [
    ("errors", [(1000, 0)] * 5, "OK"),
    ("errors", [(1000, NONE)] * 5, "OK"),
    ("errors", [(0, NONE)] * 5, "OK"),
    ("errors", [(1000, 5)] * 5, "OK"),
    ("errors", [(1000, 30)] * 5, "ALARM"),
    ("no-log-lines", [(1000, 3000)] * 5, "OK"),
    ("no-log-lines", [(0, NONE)] * 5, "OK"),
    ("no-log-lines", [(1000, NONE)] * 5, "ALARM"),
]


def state(alarm, minutes):
    """As CloudWatch evaluates "M out of N" with the treatment of missing data."""
    over = alarm["comparison_operator"] == "GreaterThanThreshold"
    assert over or alarm["comparison_operator"] == "LessThanThreshold"
    newest = minutes[-alarm["evaluation_periods"] :]
    breaking = 0
    for value in newest:
        if value is NONE:
            breaking += alarm["treat_missing_data"] == "breaching"
        else:
            breaking += value > alarm["threshold"] if over else value < alarm["threshold"]
    return "ALARM" if breaking >= alarm["datapoints_to_alarm"] else "OK"


class Metric(float):
    """A metric's value; what is divided by none is missing, as in CloudWatch."""

    def __rtruediv__(self, other):
        return other / float(self) if self else math.nan


def calculated(expression, requests, part):
    """Metric math, in as much of it as the alarms use."""
    names = {
        "requests": Metric(requests),
        "part": part,
        "FILL": lambda value, instead: instead if value is NONE else value,
        "IF": lambda condition, then, otherwise: then if condition else otherwise,
    }
    return eval(expression.replace(" AND ", " and "), names)


@pytest.mark.parametrize(("name", "minutes", "expected"), SCENES)
def test_an_alarm_rings_in_bad_minutes_and_not_in_good_ones(narrow, name, minutes, expected):
    alarm = narrow[f'aws_cloudwatch_metric_alarm.main["{name}"]']

    assert alarm["period"] == 60
    assert state(alarm, minutes) == expected


@pytest.mark.parametrize(("name", "minutes", "expected"), COMBINED)
def test_a_combined_alarm_rings_in_bad_minutes(narrow, name, minutes, expected):
    alarm = narrow[f'aws_cloudwatch_metric_alarm.combined["{name}"]']
    (result,) = [query for query in alarm["metric_query"] if query["return_data"]]
    values = [calculated(result["expression"], *minute) for minute in minutes]

    assert state(alarm, values) == expected


def test_every_alarm_has_its_scenes(narrow):
    alarms = [name.split('"')[1] for name in narrow.all("aws_cloudwatch_metric_alarm")]

    assert {name for name, *_ in SCENES + COMBINED} == set(alarms)


def watched(stack):
    """(namespace, metric, dimensions, statistic) of all that alarms and dashboard ask for."""
    for alarm in stack.all("aws_cloudwatch_metric_alarm").values():
        if alarm["metric_name"]:
            statistic = alarm["statistic"] or alarm["extended_statistic"]
            yield alarm["namespace"], alarm["metric_name"], alarm["dimensions"], statistic
        for query in alarm["metric_query"] or ():
            for metric in query["metric"]:
                yield (
                    metric["namespace"],
                    metric["metric_name"],
                    metric["dimensions"],
                    metric["stat"],
                )
    body = json.loads(stack["aws_cloudwatch_dashboard.main"]["dashboard_body"])
    for widget in body["widgets"]:
        for namespace, name, *pairs in widget["properties"].get("metrics", ()):
            dimensions = dict(zip(pairs[::2], pairs[1::2], strict=True))
            yield namespace, name, dimensions, widget["properties"]["stat"]


def test_every_metric_is_one_that_aws_publishes(narrow):
    for namespace, name, dimensions, statistic in watched(narrow):
        known = KNOWN[namespace][name]
        assert sorted(dimensions) in known["dimensions"], name
        assert ("p" if statistic.startswith("p") else statistic) in known["statistics"], name


def test_every_metric_is_of_this_stacks_parts(narrow):
    service = narrow["aws_ecs_service.app"]
    parts = {
        "LoadBalancer": narrow["aws_lb.main"]["arn_suffix"],
        "TargetGroup": narrow["aws_lb_target_group.app"]["arn_suffix"],
        "ClusterName": narrow["aws_ecs_cluster.main"]["name"],
        "ServiceName": service["name"],
        "DBInstanceIdentifier": narrow["aws_db_instance.main"]["identifier"],
        "LogGroupName": narrow["aws_cloudwatch_log_group.main"]["name"],
    }

    for _, name, dimensions, _ in watched(narrow):
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
    for alarm in default.all("aws_cloudwatch_metric_alarm").values():
        assert not alarm["alarm_actions"]
