"""The stack of terraform/load, as its task definition describes it: whoever starts its tasks needs
neither Terraform nor its state.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import (  # type: ignore[import-untyped]  # botocore ships no types
    BotoCoreError,
    ClientError,
)

from ..errors import LoadError

__all__ = ["Stack", "explained", "find_stack"]

CONTAINER = "k6"


@dataclass(frozen=True)
class Stack:
    """What starting a task takes, and where its files and its log go. `vcpu` is what a task has."""

    name: str
    task_definition: str
    subnets: list[str]
    security_group: str
    bucket: str
    log_group: str
    vcpu: float
    architecture: str
    k6_version: str
    sends_key: bool


def find_stack(ecs: Any, name: str) -> Stack:
    """The stack of that name. Raises LoadError when there is none."""
    definition = {}
    with suppress(ecs.exceptions.ClientException):  # there is none of the name
        definition = ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]
    containers = {each["name"]: each for each in definition.get("containerDefinitions", ())}
    if CONTAINER not in containers:
        raise LoadError(
            f"there is no stack {name} for load machines in {ecs.meta.region_name}: make it by"
            " `make deploy-load`, or name another by --stack"
        )
    container = containers[CONTAINER]
    labels = container["dockerLabels"]
    variables = {each["name"]: each["value"] for each in container["environment"]}
    return Stack(
        name=name,
        task_definition=definition["taskDefinitionArn"],
        subnets=labels["subnets"].split(","),
        security_group=labels["security-group"],
        bucket=variables["BUCKET"],
        log_group=container["logConfiguration"]["options"]["awslogs-group"],
        vcpu=int(definition["cpu"]) / 1024,
        architecture=definition["runtimePlatform"]["cpuArchitecture"],
        k6_version=labels["k6-version"],
        sends_key=any(each["name"] == "TODO_API_KEY" for each in container.get("secrets", ())),
    )


@contextmanager
def explained() -> Iterator[None]:
    """What AWS answers, as a LoadError."""
    try:
        yield
    except ClientError as error:
        said = error.response["Error"]
        raise LoadError(f"AWS: {said['Code']}: {said.get('Message', '')}") from None
    except BotoCoreError as error:
        raise LoadError(f"AWS cannot be asked: {error}") from None
