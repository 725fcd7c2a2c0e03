"""What CloudWatch does with the lines on request: it masks, and looks for unusual errors."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from canonical_log.schema import FIELDS

METRICS = tomllib.loads((Path(__file__).parent / "metrics.toml").read_text())
LINES = [
    ({"event": "request_finished", "level": "INFO", "http_status": 200}, False),
    ({"event": "log", "level": "WARNING"}, False),
    ({"event": "log", "level": "ERROR"}, True),
    ({"event": "log", "level": "CRITICAL"}, True),
    ({"event": "exception", "level": "ERROR"}, True),
]


def test_what_is_to_be_masked_is_found_and_masked(options, default):
    (policy,) = options.all("aws_cloudwatch_log_data_protection_policy").values()
    document = json.loads(policy["policy_document"])
    found, masked = document["Statement"]

    assert policy["log_group_name"] == options["aws_cloudwatch_log_group.main"]["name"]
    assert document["Version"] == "2021-06-01"
    assert found["Operation"] == {"Audit": {"FindingsDestination": {}}}
    assert masked["Operation"] == {"Deidentify": {"MaskConfig": {}}}
    assert found["Sid"] != masked["Sid"]
    assert (
        found["DataIdentifier"]
        == masked["DataIdentifier"]
        == [
            "arn:aws-elsewhere:dataprotection::aws:data-identifier/EmailAddress",
            "arn:aws-elsewhere:dataprotection::aws:data-identifier/PhoneNumber-DE",
        ]
    )
    assert not default.all("aws_cloudwatch_log_data_protection_policy")


@pytest.mark.parametrize(("line", "looked_at"), LINES, ids=str)
def test_unusual_errors_are_looked_for_among_errors(options, line, looked_at):
    (detector,) = options.all("aws_cloudwatch_log_anomaly_detector").values()
    terms = re.findall(r'\$\.(\w+) = "(\w+)"', detector["filter_pattern"])
    either = " || ".join(f'$.{field} = "{value}"' for field, value in terms)

    assert detector["filter_pattern"] == f"{{ {either} }}"
    assert any(line[field] == value for field, value in terms) is looked_at
    assert {field for field, _ in terms} <= {field.name for field in FIELDS}
    assert detector["log_group_arn_list"] == [options["aws_cloudwatch_log_group.main"]["arn"]]
    assert detector["enabled"]


def test_unusual_errors_ring_an_alarm(options, default):
    (detector,) = options.all("aws_cloudwatch_log_anomaly_detector").values()
    alarm = options["aws_cloudwatch_metric_alarm.anomalies[0]"]
    (topic,) = options.all("aws_sns_topic").values()
    known = METRICS[alarm["namespace"]][alarm["metric_name"]]

    assert sorted(alarm["dimensions"]) in known["dimensions"]
    assert alarm["statistic"] in known["statistics"]
    assert alarm["dimensions"]["LogAnomalyDetector"] == detector["detector_name"]
    assert alarm["dimensions"]["LogAnomalyPriority"] == "MEDIUM", "which counts HIGH, too"
    assert (alarm["comparison_operator"], alarm["threshold"]) == ("GreaterThanThreshold", 0)
    assert alarm["evaluation_periods"] == 1
    assert alarm["period"] == 300, "how often CloudWatch looks"
    assert detector["evaluation_frequency"] == "FIVE_MIN"
    assert alarm["treat_missing_data"] == "notBreaching"
    assert alarm["alarm_actions"] == alarm["ok_actions"] == [topic["arn"]]
    assert alarm["arn"] in options["aws_cloudwatch_dashboard.main"]["dashboard_body"]
    assert not default.all("aws_cloudwatch_log_anomaly_detector")
