"""The programs beside the Terraform code, which are in no package."""

import importlib
import os
import sys
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber

# The mutations are tried on copies of the folder.
FOLDER = Path(os.environ.get("STACK_FOLDER", Path(__file__).parents[2] / "terraform"))
TASK = "arn:aws:ecs:us-east-1:123456789012:task/todo/0123456789abcdef"
NEW, OLD = (f"arn:aws:ecs:us-east-1:123456789012:task-definition/todo:{n}" for n in (2, 1))
STARTED = {"tasks": [{"taskArn": TASK}], "failures": []}


@pytest.fixture
def program(monkeypatch):
    """Call it for a program of the folder terraform/, by its name."""
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.syspath_prepend(str(FOLDER / "scripts"))
    loaded = []

    def load(name):
        loaded.append(name)
        return importlib.import_module(name)

    yield load
    for name in [*loaded, "session", "tasks"]:
        sys.modules.pop(name, None)


@pytest.fixture
def settings(monkeypatch):
    """What an apply tells its programs."""
    for name, value in {
        "REGION": "us-east-1",
        "CLUSTER": "todo",
        "SERVICE": "todo",
        "TASK_DEFINITION": NEW,
        "SUBNETS": "subnet-1,subnet-2",
        "SECURITY_GROUPS": "sg-1",
        "PUBLIC_IP": "ENABLED",
        "LOG_GROUP": "/todo",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def ecs(settings):
    """ECS, and the stub that has its answers."""
    ecs = client("ecs")
    with Stubber(ecs) as stub:
        yield ecs, stub
    ecs.close()


def client(service):
    """A client of AWS without an account."""
    keys = {"aws_access_key_id": "id", "aws_secret_access_key": "key"}
    return boto3.client(service, region_name="us-east-1", **keys)


def stopped(exit_code, reason="Essential container in task exited"):
    """The migration's task, as DescribeTasks gives it; without an exit code it never ran."""
    ended = {} if exit_code is None else {"exitCode": exit_code}
    return {
        "taskArn": TASK,
        "taskDefinitionArn": NEW,
        "lastStatus": "STOPPED",
        "stoppedReason": reason,
        "containers": [{"name": "migration"} | ended],
    }


def deployment(task_definition, state, status="PRIMARY", **counts):
    """One of a service's deployments, as DescribeServices gives it."""
    return {"taskDefinition": task_definition, "rolloutState": state, "status": status, **counts}
