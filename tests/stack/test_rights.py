"""What the roles may do, worked out from their policies' statements."""

import pytest

from .policies import allowed_by

STREAM = "arn:aws:logs:us-east-1:123456789012:log-group:/todos:log-stream:task-1"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:role-AbCdEf"
OWNER = "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-1-AbCdEf"
API_KEYS = "arn:aws:secretsmanager:us-east-1:123456789012:secret:api-keys-AbCdEf"
PARAMETERS = "arn:aws:ssm:us-east-1:123456789012:parameter/todos/database"
IMAGE = "arn:aws:ecr:us-east-1:111122223333:repository/team/todos"
OTHER_IMAGE = "arn:aws:ecr:eu-west-1:444455556666:repository/other"
OWN_IMAGE = "arn:aws:ecr:us-east-1:123456789012:repository/todos"
PULL = ("ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer")

# Everything that somebody may want to do, on the stack's own resources and on others'.
CALLS = {
    ("logs:CreateLogStream", STREAM),
    ("logs:PutLogEvents", STREAM),
    ("logs:PutLogEvents", STREAM.replace("/todos", "/others")),
    ("logs:CreateLogGroup", "arn:aws:logs:us-east-1:123456789012:log-group:/todos"),
    ("logs:DeleteLogGroup", "arn:aws:logs:us-east-1:123456789012:log-group:/todos"),
    ("logs:GetLogEvents", STREAM),
    ("secretsmanager:GetSecretValue", SECRET),
    ("secretsmanager:GetSecretValue", API_KEYS),
    ("secretsmanager:GetSecretValue", OWNER),
    ("secretsmanager:GetSecretValue", SECRET.replace("role", "others")),
    ("secretsmanager:PutSecretValue", SECRET),
    ("ssm:GetParameters", f"{PARAMETERS}/owner"),
    ("ssm:GetParameters", f"{PARAMETERS}/role"),
    ("ssm:GetParameters", f"{PARAMETERS}/others"),
    ("ecr:GetAuthorizationToken", "*"),
    *((action, image) for action in PULL for image in (IMAGE, OTHER_IMAGE, OWN_IMAGE)),
    ("ecr:BatchGetImage", IMAGE.replace("team", "others")),
    ("ecr:PutImage", IMAGE),
    ("ecr:PutImage", OWN_IMAGE),
    ("iam:PassRole", "*"),
    ("s3:GetObject", "*"),
}
DELIVERS = {("logs:CreateLogStream", STREAM), ("logs:PutLogEvents", STREAM)}
PULLS = {(action, IMAGE) for action in PULL}
STARTS = DELIVERS | {
    *PULLS,
    ("secretsmanager:GetSecretValue", SECRET),
    ("secretsmanager:GetSecretValue", OWNER),
    ("ecr:GetAuthorizationToken", "*"),
}


def allowed(stack, role_arn):
    """The calls that a role may make, by the policies that are put on it."""
    roles = {role["arn"]: role["id"] for role in stack.all("aws_iam_role").values()}
    for role in stack.all("aws_iam_role").values():
        assert not role["managed_policy_arns"]
        assert not role["inline_policy"]
    assert not stack.all("aws_iam_role_policy_attachment")
    documents = {
        document["json"]: document
        for document in stack.all("data.aws_iam_policy_document").values()
    }
    statements = [
        statement
        for policy in stack.all("aws_iam_role_policy").values()
        if policy["role"] == roles[role_arn]
        for statement in documents[policy["policy"]]["statement"]
    ]
    return allowed_by(statements, CALLS)


@pytest.mark.parametrize("definition", ["app", "migration"])
def test_a_task_may_deliver_its_log_and_nothing_else(default, definition):
    task = default[f"aws_ecs_task_definition.{definition}"]

    assert allowed(default, task["task_role_arn"]) == DELIVERS


@pytest.mark.parametrize("definition", ["app", "migration"])
def test_ecs_may_start_a_task_and_nothing_else(default, definition):
    task = default[f"aws_ecs_task_definition.{definition}"]

    assert allowed(default, task["execution_role_arn"]) == STARTS


def test_with_api_keys_ecs_may_read_their_secret_too_and_the_task_may_not(narrow):
    task = narrow["aws_ecs_task_definition.app"]

    pulls = {(action, OTHER_IMAGE) for action in PULL}
    assert allowed(narrow, task["execution_role_arn"]) == STARTS - PULLS | pulls | {
        ("secretsmanager:GetSecretValue", API_KEYS)
    }
    assert allowed(narrow, task["task_role_arn"]) == DELIVERS


def test_an_image_that_is_built_comes_from_the_stacks_own_repository(emulated):
    task = emulated["aws_ecs_task_definition.app"]
    pulls = {(action, OWN_IMAGE) for action in PULL}

    assert allowed(emulated, task["execution_role_arn"]) == STARTS - PULLS | pulls


def test_only_this_accounts_tasks_take_the_roles(default):
    (statement,) = default["data.aws_iam_policy_document.assumed_by_tasks"]["statement"]
    (who,) = statement["principals"]
    (condition,) = statement["condition"]

    assert statement["actions"] == ["sts:AssumeRole"]
    assert (who["type"], who["identifiers"]) == ("Service", ["ecs-tasks.amazonaws.com"])
    assert (condition["test"], condition["variable"], condition["values"]) == (
        "StringEquals",
        "aws:SourceAccount",
        ["123456789012"],
    )
    for role in default.all("aws_iam_role").values():
        assert "assumed_by_tasks" in role["assume_role_policy"]


def test_a_lab_makes_no_role_and_uses_labrole(learner_lab):
    lab = learner_lab
    task = lab["aws_ecs_task_definition.app"]

    assert not lab.all("aws_iam_role")
    assert not lab.all("aws_iam_role_policy")
    assert {task["task_role_arn"], task["execution_role_arn"]} == {
        "arn:aws:iam::123456789012:role/LabRole"
    }
    assert lab["data.aws_iam_role.lab[0]"]["name"] == "LabRole"
