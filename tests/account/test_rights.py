"""What the deployer and the stack's roles may do, against the calls that they make."""

import json
import re

import pytest

from .account import ROOT
from .rights import ACCOUNT, SECRET, Policy, needed, stream_arn

PAGE = (ROOT / "docs" / "reference" / "deployment-rights.md").read_text()
TEXT = (ROOT / "terraform" / "deployer-policy.json").read_text()
MOST_CHARACTERS = 6144  # of a managed policy, without white space: IAM's quotas, read 2026-11
WITH_ROLES = ["default", "own-network", "certificate"]  # a lab's user has the lab's rights
OTHERS = {
    "iam:PassRole": f"arn:aws:iam::{ACCOUNT}:role/admin",
    "iam:PutRolePolicy": f"arn:aws:iam::{ACCOUNT}:role/admin",
    "ecr:DeleteRepository": f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/others",
    "secretsmanager:GetSecretValue": SECRET.format("others"),
    "secretsmanager:DeleteSecret": SECRET.format("rds!db-1"),
}


@pytest.fixture(scope="module")
def deployer():
    """The policy in terraform/, for a stack of a name that starts with `todo-`."""
    return Policy(json.loads(TEXT.replace("taskoverflow", "todo-*")))


@pytest.fixture(scope="module")
def asked(life_of):
    """Each action that a call of the deployer needs, with its resource."""
    return {each for shape in WITH_ROLES for call in life_of(shape).calls for each in needed(call)}


def test_the_deployers_policy_allows_every_call(deployer, asked):
    assert sorted(each for each in asked if not deployer.allows(*each)) == []


def test_the_deployers_policy_allows_nothing_that_is_not_needed(deployer, asked):
    (beside,) = re.findall(r"Beside what is recorded.*?\n## ", PAGE, re.DOTALL)
    told = set(re.findall(r"`([a-z0-9-]+:[A-Z]\w+)`", beside))

    assert deployer.actions() - {action for action, _ in asked} == told


@pytest.mark.parametrize("action", OTHERS)
def test_the_deployers_policy_ends_where_the_stack_does(deployer, action):
    assert action in deployer.actions() | {"secretsmanager:GetSecretValue"}
    assert not deployer.allows(action, OTHERS[action])


def test_the_deployer_passes_roles_to_tasks_alone(deployer):
    (statement,) = [each for each in deployer.statements if "iam:PassRole" in each["Action"]]

    assert statement["Condition"] == {
        "StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
    }


def test_the_deployers_policy_is_short_enough_for_iam():
    assert len("".join(TEXT.split())) <= MOST_CHARACTERS


def role_policy(life, name):
    """The policy that the role was given."""
    (call,) = [
        call["parameters"]
        for call in life.calls
        if call["operation"] == "PutRolePolicy" and call["parameters"]["PolicyName"] == name
    ]
    return Policy(json.loads(call["PolicyDocument"]))


@pytest.mark.parametrize("shape", WITH_ROLES)
def test_the_task_role_allows_what_the_shipper_calls(life_of, shape):
    life = life_of(shape)
    policy = role_policy(life, "task")
    asked = {each for call in life.task_calls for each in needed(call)}

    assert {action for action, _ in asked} == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert [each for each in asked if not policy.allows(*each)] == []


@pytest.mark.parametrize("shape", WITH_ROLES)
def test_the_execution_role_allows_what_starts_the_containers_and_the_task_role_does_not(
    life_of, shape
):
    life = life_of(shape)
    execution, task = (role_policy(life, name) for name in ("execution", "task"))
    started = set(starting(life))

    assert len(started) > 6
    assert [each for each in started if not execution.allows(*each)] == []
    assert [each for each in started if task.allows(*each) and "logs:" not in each[0]] == []


def starting(life):
    """What ECS calls before a container runs, by its guide to the task execution role."""
    for container in containers(life):
        yield "ecr:GetAuthorizationToken", "*"
        account, repository = re.findall(r"^(\d+)[^/]+/([^:]+):", container["image"])[0]
        for action in ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"):
            yield f"ecr:{action}", f"arn:aws:ecr:us-east-1:{account}:repository/{repository}"
        for secret in container.get("secrets", []):
            # The ARN has seven parts; a key of the secret's JSON may follow.
            yield "secretsmanager:GetSecretValue", ":".join(secret["valueFrom"].split(":")[:7])
        group = container["logConfiguration"]["options"]["awslogs-group"]
        for action in ("CreateLogStream", "PutLogEvents"):
            yield f"logs:{action}", stream_arn(group, f"console/{container['name']}/1")


def containers(life):
    """Every container of every task definition."""
    for call in life.calls:
        if call["operation"] == "RegisterTaskDefinition":
            yield from call["parameters"]["containerDefinitions"]
