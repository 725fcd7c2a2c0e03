"""What other commands are told of the stack."""

import re
from runpy import run_path

import pytest

from .conftest import FOLDER
from .shapes import REGIONS


@pytest.mark.parametrize(("shape", "region"), REGIONS)
def test_outputs_lead_to_the_stacks_parts(stacks, shape, region):
    """By the names and ARNs that AWS's commands take."""
    stack = stacks[shape]
    outputs = stack.outputs

    assert outputs["region"] == region
    assert outputs["log_group"] == stack["aws_cloudwatch_log_group.main"]["name"]
    assert outputs["cluster"] == stack["aws_ecs_cluster.main"]["name"]
    assert outputs["service"] == stack["aws_ecs_service.app"]["name"]
    assert outputs["task_definition"] == stack["aws_ecs_task_definition.app"]["arn"]
    assert outputs["balancer_name"] == stack["aws_lb.main"]["dns_name"]
    assert {c["image"] for c in stack.containers().values()} == {outputs["image"]}
    assert outputs["query_ids"] == {
        query["name"].removeprefix("todos/"): query["query_definition_id"]
        for query in stack.all("aws_cloudwatch_query_definition").values()
    }


@pytest.mark.parametrize(("shape", "region"), REGIONS)
def test_the_consoles_addresses_are_of_the_region(stacks, shape, region):
    stack = stacks[shape]
    console = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#"
    dashboard = stack["aws_cloudwatch_dashboard.main"]["dashboard_name"]

    assert stack.outputs["insights_url"] == f"{console}logsV2:logs-insights"
    assert stack.outputs["dashboard_url"] == f"{console}dashboards/dashboard/{dashboard}"


def test_the_price_list_gets_what_the_stack_consists_of(narrow):
    size = {
        "tasks": 2,
        "vcpu": 0.5,
        "memory_gib": 3,
        "architecture": "ARM64",
        "database_class": "db.t4g.small",
        "storage_gib": 30,
        "multi_az": True,
        "own_network": True,
    }

    assert size.items() <= narrow.outputs["size"].items()


def test_without_a_variable_the_stack_is_the_one_of_the_price_list(default):
    prices = run_path(str(FOLDER / "cost.py"))

    assert prices["Size"](**default.outputs["size"]) == prices["Size"]()
    assert len(default.all("aws_cloudwatch_metric_alarm")) == prices["Size"]().alarms


@pytest.mark.parametrize("shape", ["default", "narrow", "denied", "learner_lab", "options"])
def test_two_stacks_live_side_by_side(stacks, shape):
    """Whatever has a name has the stack's."""
    keys = ("name", "identifier", "family", "alarm_name", "dashboard_name", "detector_name")
    keys += ("name_prefix", "bucket_prefix")
    inside = ("data.", "aws_iam_role_policy.", "aws_lb_target_group.", "aws_route53_record.")
    inside += ("aws_default_security_group.",)  # AWS named it
    names = {
        address: [values[key] for key in keys if isinstance(values.get(key), str)]
        for address, values in stacks[shape].resources.items()
        if not address.startswith(inside)
    }
    nameless = [a for a, found in names.items() if found and "todos" not in "".join(found)]

    assert len(names) > 20
    assert nameless == []


def test_tasks_carry_the_stacks_tags_into_the_bill(default):
    assert default["aws_ecs_service.app"]["propagate_tags"] in ("SERVICE", "TASK_DEFINITION")


def test_the_provider_works_where_and_as_whom_it_is_told_and_tags_what_it_makes():
    """A mocked one takes no arguments: of these only the text can be looked at."""
    text = re.sub(" +", " ", (FOLDER / "versions.tf").read_text())

    assert "\n region = var.region\n" in text
    assert "= var.credentials_file == null ? null : [var.credentials_file]\n" in text
    assert re.findall(r"(skip_\w+) = (.+)", text) == [
        ("skip_credentials_validation", "var.emulator"),
        ("skip_metadata_api_check", "var.emulator"),
    ]
    assert 'Application = var.name, ManagedBy = "terraform" }' in text
