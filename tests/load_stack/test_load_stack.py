"""What terraform/load comes to: machines that may do little, cost nothing idle, and are found."""

import json
from fnmatch import fnmatchcase

import boto3
import pytest
from botocore.stub import Stubber

from todo.loadtest.fargate.stack import Stack, find_stack

BUCKET = "arn:aws:s3:::load-1"
KEY = "arn:aws:secretsmanager:us-east-1:123456789012:secret:key-AbCdEf"
IMAGE = "arn:aws:ecr:us-east-1:111122223333:repository/team/load"
STREAM = "arn:aws:logs:us-east-1:123456789012:log-group:/load:log-stream:load/k6/1"
CALLS = {
    ("s3:GetObject", f"{BUCKET}/run-1/input.tar.gz"),
    ("s3:GetObject", f"{BUCKET}/run-1/start"),
    ("s3:GetObject", f"{BUCKET}/run-1/machine-2/files/samples.csv.gz"),
    ("s3:PutObject", f"{BUCKET}/run-1/machine-2/ready"),
    ("s3:PutObject", f"{BUCKET}/run-1/machine-2/files/samples.csv.gz"),
    ("s3:AbortMultipartUpload", f"{BUCKET}/run-1/machine-2/files/samples.csv.gz"),
    ("s3:PutObject", f"{BUCKET}/run-1/start"),
    ("s3:PutObject", f"{BUCKET}/run-1/input.tar.gz"),
    ("s3:PutObject", "arn:aws:s3:::others/run-1/machine-2/ready"),
    ("s3:GetObject", "arn:aws:s3:::others/run-1/start"),
    ("s3:ListBucket", BUCKET),
    ("s3:DeleteObject", f"{BUCKET}/run-1/start"),
    ("secretsmanager:GetSecretValue", KEY),
    ("secretsmanager:GetSecretValue", KEY.replace("key", "others")),
    ("ecr:GetAuthorizationToken", "*"),
    ("ecr:BatchGetImage", IMAGE),
    ("ecr:BatchGetImage", IMAGE.replace("team", "others")),
    ("ecr:BatchCheckLayerAvailability", IMAGE),
    ("ecr:GetDownloadUrlForLayer", IMAGE),
    ("ecr:PutImage", IMAGE),
    ("logs:CreateLogStream", STREAM),
    ("logs:PutLogEvents", STREAM),
    ("logs:PutLogEvents", STREAM.replace("/load:", "/others:")),
    ("ecs:RunTask", "*"),
    ("iam:PassRole", "*"),
}
STARTS = {
    ("ecr:GetAuthorizationToken", "*"),
    ("ecr:BatchGetImage", IMAGE),
    ("ecr:BatchCheckLayerAvailability", IMAGE),
    ("ecr:GetDownloadUrlForLayer", IMAGE),
    ("logs:CreateLogStream", STREAM),
    ("logs:PutLogEvents", STREAM),
}
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


def allowed(state, role_arn):
    """The calls that a role may make, by the policies that are put on it."""
    (role,) = [
        v["id"] for a, v in state.items() if a.startswith("aws_iam_role.") and v["arn"] == role_arn
    ]
    documents = {
        v["json"]: v["statement"] for a, v in state.items() if "aws_iam_policy_document" in a
    }
    statements = [
        statement
        for address, policy in state.items()
        if address.startswith("aws_iam_role_policy.") and policy["role"] == role
        for statement in documents[policy["policy"]]
    ]
    return {
        (action, resource)
        for action, resource in CALLS
        for statement in statements
        if any(fnmatchcase(action, pattern) for pattern in statement["actions"])
        and any(fnmatchcase(resource, pattern) for pattern in statement["resources"])
    }


def test_a_machine_may_get_its_script_and_bring_its_samples_and_nothing_else(default):
    role = default["aws_ecs_task_definition.main"]["task_role_arn"]

    assert allowed(default, role) == {
        ("s3:GetObject", f"{BUCKET}/run-1/input.tar.gz"),
        ("s3:GetObject", f"{BUCKET}/run-1/start"),
        ("s3:PutObject", f"{BUCKET}/run-1/machine-2/ready"),
        ("s3:PutObject", f"{BUCKET}/run-1/machine-2/files/samples.csv.gz"),
        ("s3:AbortMultipartUpload", f"{BUCKET}/run-1/machine-2/files/samples.csv.gz"),
    }


@pytest.mark.parametrize(
    ("shape", "more"), [("default", set()), ("given", {("secretsmanager:GetSecretValue", KEY)})]
)
def test_ecs_may_start_a_machine_and_nothing_else(states, shape, more):
    role = states[shape]["aws_ecs_task_definition.main"]["execution_role_arn"]

    assert allowed(states[shape], role) == STARTS | more


def test_a_boundary_bounds_every_role(states):
    bounds = {
        shape: {v["permissions_boundary"] for a, v in states[shape].items() if "iam_role.main" in a}
        for shape in ("default", "given")
    }

    assert bounds == {"default": {None}, "given": {"arn:aws:iam::123456789012:policy/bounds"}}


def test_only_this_accounts_tasks_take_the_roles(default):
    (statement,) = default["data.aws_iam_policy_document.assumed_by_tasks"]["statement"]
    (condition,) = statement["condition"]

    assert statement["principals"][0]["identifiers"] == ["ecs-tasks.amazonaws.com"]
    assert (condition["variable"], condition["values"]) == ("aws:SourceAccount", ["123456789012"])
    for name in ("execution", "task"):
        role = default[f'aws_iam_role.main["{name}"]']
        assert "assumed_by_tasks" in role["assume_role_policy"]


def test_a_lab_makes_no_role_and_uses_labrole(states):
    task = states["learner_lab"]["aws_ecs_task_definition.main"]

    assert not any(address.startswith("aws_iam_role") for address in states["learner_lab"])
    assert {task["task_role_arn"], task["execution_role_arn"]} == {
        "arn:aws:iam::123456789012:role/LabRole"
    }


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


def test_a_machine_is_called_by_nobody_and_reaches_aws_and_the_servers(states):
    group = states["given"]["aws_security_group.main"]
    rules = [v for a, v in states["given"].items() if "egress_rule" in a]

    assert not group["ingress"]
    assert {rule["security_group_id"] for rule in rules} == {group["id"]}
    assert {(rule["ip_protocol"], rule["from_port"], rule["to_port"]) for rule in rules} == {
        ("tcp", 443, 443),
        ("tcp", 6400, 6400),
    }


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
    assert machine["logConfiguration"]["options"]["awslogs-stream-prefix"] == "load"


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


def test_given_subnets_bring_their_vpc(states):
    assert states["given"]["aws_security_group.main"]["vpc_id"] == "vpc-given"
    assert states["default"]["aws_security_group.main"]["vpc_id"] == "vpc-default"
