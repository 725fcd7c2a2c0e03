"""Which actions of IAM a call needs, and whether a policy allows them.

By AWS's Service Authorization Reference, read 2026-11: an operation is an action of its name, and
tags that come with it are an action of their own.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

__all__ = ["ACCOUNT", "Policy", "needed", "stream_arn"]

ACCOUNT = "123456789012"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:{{}}-AbCdEf"
PREFIXES = {"elbv2": "elasticloadbalancing", "service-quotas": "servicequotas"}
TAGS = {"Tags", "tags", "TagSpecifications"}
TAGGING = {
    "ec2": "CreateTags",
    "elasticloadbalancing": "AddTags",
    "iam": "TagRole",
    "rds": "AddTagsToResource",
}
# What a service asks of another in the caller's name: "Elastic Load Balancing API permissions", and
# "Permissions required for Secrets Manager integration" of RDS.
BALANCING = ["AccountAttributes", "Addresses", "InternetGateways", "SecurityGroups", "Subnets"]
ASKED_OF_OTHERS = {
    "CreateLoadBalancer": {f"ec2:Describe{each}": "*" for each in [*BALANCING, "Vpcs"]},
    "CreateTargetGroup": {"ec2:DescribeInternetGateways": "*", "ec2:DescribeVpcs": "*"},
    "CreateDBInstance": {
        "kms:DescribeKey": "*",
        "secretsmanager:CreateSecret": SECRET.format("rds!db-1"),
        "secretsmanager:TagResource": SECRET.format("rds!db-1"),
    },
}
# Where the deployer's rights are narrowed to the stack's own: what a resource's name becomes, and
# the parameters that have it, or the whole ARN.
NAMED_BY = {
    "iam": (f"arn:aws:iam::{ACCOUNT}:role/{{}}", ["RoleName"]),
    "ecr": (
        f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{{}}",
        ["repositoryName", "repositoryNames", "resourceArn"],
    ),
    "secretsmanager": (SECRET, ["Name", "SecretId"]),
}


def stream_arn(group: str, stream: str) -> str:
    """The ARN of a log stream."""
    return f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{group}:log-stream:{stream}"


class Policy:
    """A policy's document. Conditions are taken for fulfilled."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.statements = document["Statement"]

    def allows(self, action: str, resource: str) -> bool:
        """Whether a statement allows the action on the resource, and none denies it."""
        effects = {
            statement["Effect"]
            for statement in self.statements
            if any(fnmatchcase(action, each) for each in _listed(statement["Action"]))
            and any(fnmatchcase(resource, each) for each in _listed(statement["Resource"]))
        }
        return effects == {"Allow"}

    def actions(self) -> set[str]:
        """Everything that it allows on anything."""
        return {action for each in self.statements for action in _listed(each["Action"])}


def needed(call: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The actions that AWS asks about for a recorded call, each with its resource."""
    prefix = PREFIXES.get(call["service"], call["service"])
    operation, parameters = call["operation"], call["parameters"]
    resource = _resource(prefix, parameters)
    yield f"{prefix}:{operation}", resource
    if any(parameters.get(name) for name in TAGS):
        yield f"{prefix}:{TAGGING.get(prefix, 'TagResource')}", resource
    for name in ("executionRoleArn", "taskRoleArn"):
        if name in parameters:
            yield "iam:PassRole", parameters[name]
    yield from ASKED_OF_OTHERS.get(operation, {}).items()


def _resource(prefix: str, parameters: dict[str, Any]) -> str:
    if "logStreamName" in parameters:
        return stream_arn(parameters["logGroupName"], parameters["logStreamName"])
    arn, names = NAMED_BY.get(prefix, ("", []))
    (given,) = _listed(next((parameters[name] for name in names if name in parameters), "*"))
    return given if given == "*" or given.startswith("arn:") else arn.format(given)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
