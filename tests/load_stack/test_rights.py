"""What the roles of the load machines may do, worked out from their policies' statements."""

import pytest

from ..stack.policies import allowed_by

BUCKET = "arn:aws:s3:::load-1"
KEY = "arn:aws:secretsmanager:us-east-1:123456789012:secret:key-AbCdEf"
IMAGE = "arn:aws:ecr:us-east-1:111122223333:repository/team/load"
OWN_IMAGE = "arn:aws:ecr:us-east-1:123456789012:repository/load"
PULL = ("ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer")
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
    ("s3:DeleteObject", f"{BUCKET}/run-1/machine-2/ready"),
    ("secretsmanager:GetSecretValue", KEY),
    ("secretsmanager:GetSecretValue", KEY.replace("key", "others")),
    ("ecr:GetAuthorizationToken", "*"),
    *((action, image) for action in PULL for image in (IMAGE, OWN_IMAGE)),
    ("ecr:BatchGetImage", IMAGE.replace("team", "others")),
    ("ecr:PutImage", IMAGE),
    ("ecr:PutImage", OWN_IMAGE),
    ("logs:CreateLogStream", STREAM),
    ("logs:PutLogEvents", STREAM),
    ("logs:PutLogEvents", STREAM.replace("/load:", "/others:")),
    ("ecs:RunTask", "*"),
    ("iam:PassRole", "*"),
}
STARTS = {
    ("ecr:GetAuthorizationToken", "*"),
    *((action, IMAGE) for action in PULL),
    ("logs:CreateLogStream", STREAM),
    ("logs:PutLogEvents", STREAM),
}


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
    return allowed_by(statements, CALLS)


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

    assert statement["actions"] == ["sts:AssumeRole"]
    assert statement["principals"][0]["identifiers"] == ["ecs-tasks.amazonaws.com"]
    assert (condition["test"], condition["variable"], condition["values"]) == (
        "StringEquals",
        "aws:SourceAccount",
        ["123456789012"],
    )
    for name in ("execution", "task"):
        role = default[f'aws_iam_role.main["{name}"]']
        assert "assumed_by_tasks" in role["assume_role_policy"]


def test_a_lab_makes_no_role_and_uses_labrole(states):
    task = states["learner_lab"]["aws_ecs_task_definition.main"]

    assert not any(address.startswith("aws_iam_role") for address in states["learner_lab"])
    assert {task["task_role_arn"], task["execution_role_arn"]} == {
        "arn:aws:iam::123456789012:role/LabRole"
    }
