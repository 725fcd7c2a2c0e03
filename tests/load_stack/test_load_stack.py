"""What terraform/load comes to: machines that may do little, cost nothing idle, and are found."""

import json
import re

import boto3
import pytest
from botocore.stub import Stubber

from todo.loadtest.fargate.stack import Stack, find_stack

from .test_rights import BUCKET, KEY

# Kinds that cost nothing while no task runs; a repository and a bucket cost what they hold.
FREE = {
    *("aws_cloudwatch_log_group", "aws_ecs_cluster", "aws_ecs_task_definition"),
    *("aws_iam_role", "aws_iam_role_policy", "aws_security_group"),
    *("aws_vpc_security_group_egress_rule", "aws_s3_bucket", "aws_s3_bucket_policy"),
    *("aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket_public_access_block"),
}


def container(state):
    (only,) = json.loads(state["aws_ecs_task_definition.main"]["container_definitions"])
    return only


def test_nothing_costs_while_no_machine_runs(default):
    kinds = {address.split(".")[0] for address in default if not address.startswith("data.")}

    assert kinds == FREE


def test_the_bucket_is_private_takes_tls_only_and_empties_itself(states):
    bucket = states["given"]["aws_s3_bucket.main"]["id"]
    access = states["given"]["aws_s3_bucket_public_access_block.main"]
    policy = states["given"]["aws_s3_bucket_policy.main"]
    lifecycle = states["given"]["aws_s3_bucket_lifecycle_configuration.main"]
    (denied,) = states["given"]["data.aws_iam_policy_document.only_tls"]["statement"]
    (condition,) = denied["condition"]
    (rule,) = lifecycle["rule"]

    assert {access["bucket"], policy["bucket"], lifecycle["bucket"]} == {bucket}
    blocked = ("block_public_acls", "block_public_policy", "ignore_public_acls")
    assert all(access[name] for name in (*blocked, "restrict_public_buckets"))
    assert "only_tls" in policy["policy"]
    assert (denied["effect"], denied["actions"]) == ("Deny", ["s3:*"])
    assert sorted(denied["resources"]) == [BUCKET, f"{BUCKET}/*"]
    assert denied["principals"][0]["identifiers"] == ["*"]
    assert (condition["test"], condition["variable"], condition["values"]) == (
        *("Bool", "aws:SecureTransport"),
        ["false"],
    )
    assert rule["status"] == "Enabled"
    assert rule["expiration"][0]["days"] == 1
    assert rule["abort_incomplete_multipart_upload"][0]["days_after_initiation"] == 1
    assert states["given"]["aws_cloudwatch_log_group.main"]["retention_in_days"] == 1
    assert states["given"]["aws_s3_bucket.main"]["force_destroy"], "a destroy leaves nothing"


def test_a_machine_runs_unprivileged_and_has_two_minutes_to_bring_its_samples(default):
    machine = container(default)
    task = default["aws_ecs_task_definition.main"]

    assert machine["readonlyRootFilesystem"]
    assert machine["user"] == "6400:6400"
    assert machine["linuxParameters"] == {
        "initProcessEnabled": True,
        "capabilities": {"add": [], "drop": ["ALL"]},
    }
    assert machine["stopTimeout"] == 120
    written = {each["containerPath"]: each["sourceVolume"] for each in machine["mountPoints"]}
    assert sorted(written) == ["/load", "/tmp"]
    assert set(written.values()) == {volume["name"] for volume in task["volume"]}


def test_a_machine_is_one_that_fargate_takes_of_the_size_that_was_asked_for(states):
    for shape, cpu, memory in (("default", 1024, 2048), ("given", 2048, 4096)):
        task = states[shape]["aws_ecs_task_definition.main"]
        assert task["requires_compatibilities"] == ["FARGATE"]
        assert task["network_mode"] == "awsvpc"
        assert (int(task["cpu"]), int(task["memory"])) == (cpu, memory)
        assert task["runtime_platform"][0]["operating_system_family"] == "LINUX"


@pytest.mark.parametrize(("shape", "region"), [("default", "us-east-1"), ("given", "eu-central-1")])
def test_a_machine_is_told_where_its_bucket_is_and_its_words_never_block_it(states, shape, region):
    machine = container(states[shape])
    log = machine["logConfiguration"]

    assert {each["name"]: each["value"] for each in machine["environment"]} == {
        "AWS_DEFAULT_REGION": region,
        "BUCKET": states[shape]["aws_s3_bucket.main"]["id"],
    }
    assert log["logDriver"] == "awslogs"
    assert log["options"] == {
        "awslogs-group": states[shape]["aws_cloudwatch_log_group.main"]["name"],
        "awslogs-region": region,
        "awslogs-stream-prefix": "load",
        "mode": "non-blocking",
        "max-buffer-size": "4m",
    }


@pytest.mark.parametrize(
    "earlier",
    [
        "aws_iam_role_policy.main",
        "aws_s3_bucket_policy.main",
        "aws_vpc_security_group_egress_rule.main",
    ],
)
def test_what_todo_load_finds_can_be_started_at_once(default, earlier):
    assert earlier in default["aws_ecs_task_definition.main"]["depends_on"]


def test_the_key_is_a_secret_of_the_container(states):
    assert container(states["default"])["secrets"] == []
    assert container(states["given"])["secrets"] == [{"name": "TODO_API_KEY", "valueFrom": KEY}]


@pytest.mark.parametrize(
    ("shape", "vcpu", "subnets", "sends_key", "architecture"),
    [
        ("default", 1, ["subnet-default-1", "subnet-default-2"], False, "X86_64"),
        ("given", 2, ["subnet-given"], True, "ARM64"),
    ],
)
def test_todo_load_finds_what_starting_a_machine_takes(
    states, shape, vcpu, subnets, sends_key, architecture
):
    task = states[shape]["aws_ecs_task_definition.main"]
    keys = {"aws_access_key_id": "id", "aws_secret_access_key": "key"}
    ecs = boto3.client("ecs", region_name="us-east-1", **keys)
    answer = {
        "taskDefinitionArn": task["arn"],
        "cpu": str(task["cpu"]),
        "runtimePlatform": {"cpuArchitecture": task["runtime_platform"][0]["cpu_architecture"]},
        "containerDefinitions": json.loads(task["container_definitions"]),
    }
    with Stubber(ecs) as stub:
        stub.add_response(
            "describe_task_definition", {"taskDefinition": answer}, {"taskDefinition": "load"}
        )
        found = find_stack(ecs, task["family"])
    ecs.close()

    assert found == Stack(
        name=states[shape]["aws_ecs_cluster.main"]["name"],
        task_definition=task["arn"],
        subnets=subnets,
        security_group=states[shape]["aws_security_group.main"]["id"],
        bucket="load-1",
        log_group=states[shape]["aws_cloudwatch_log_group.main"]["name"],
        vcpu=vcpu,
        architecture=architecture,
        k6_version="1.1.0",
        sends_key=sends_key,
    )


def test_the_provider_works_where_and_as_whom_it_is_told_and_tags_what_it_makes(checkout):
    """A mocked one takes no arguments: of these only the text can be looked at."""
    text = re.sub(" +", " ", (checkout / "terraform" / "load" / "versions.tf").read_text())

    assert "\n region = var.region\n" in text
    assert "= var.credentials_file == null ? null : [var.credentials_file]\n" in text
    assert 'merge(var.tags, { Application = var.name, ManagedBy = "terraform" })' in text
