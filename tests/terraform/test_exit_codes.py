"""How the programs of an apply end: by their exit code Terraform, or `make deploy`, goes on."""

import base64
import json
import sys

import pytest
from botocore.stub import Stubber

from .conftest import NEW, OLD, STARTED, TASK, client, deployment, stopped

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/todo:0123"
TOKEN = {
    "authorizationToken": base64.b64encode(b"AWS:sesame").decode(),
    "proxyEndpoint": "https://123456789012.dkr.ecr.us-east-1.amazonaws.com",
}
STARTING = [deployment(NEW, "IN_PROGRESS")]
# Keeps how it is called, and what it is told.
DOCKER = '#!/bin/sh\necho "$@" >> "$CALLS"\n[ $1 != login ] || cat >> "$CALLS"\nexit $ENDS_WITH\n'


class Account:
    """A session with these clients."""

    def __init__(self, clients):
        self.client = clients.__getitem__


class NoLines:
    """A log in which nothing is."""

    def get_log_events(self, **_):
        return {"events": []}


@pytest.fixture
def run(program, monkeypatch):
    """Call it for what `main` of a program ends with on the clients of an account: None is well."""

    def ended(name, *, is_late=False, **clients):
        module = program(name)
        named = {service.replace("_", "-"): each for service, each in clients.items()}
        monkeypatch.setattr(module, "session", lambda: Account(named))
        if is_late:
            monkeypatch.setattr(module, "DEADLINE_S", -1)
        try:
            module.main()
        except SystemExit as end:
            return end.code or None
        return None

    return ended


@pytest.mark.parametrize("exit_code", [1, 137, None])
def test_a_migration_that_failed_ends_the_apply(run, ecs, exit_code):
    ecs, stub = ecs
    stub.add_response("run_task", STARTED)
    stub.add_response("describe_tasks", {"tasks": [stopped(exit_code)], "failures": []})

    assert "the migration failed" in run("run_task", ecs=ecs, logs=NoLines())


def test_a_migration_that_ended_well_runs_where_it_is_told_and_lets_the_apply_go_on(run, ecs):
    ecs, stub = ecs
    network = {
        "subnets": ["subnet-1", "subnet-2"],
        "securityGroups": ["sg-1"],
        "assignPublicIp": "ENABLED",
    }
    asked = {
        "cluster": "todo",
        "taskDefinition": NEW,
        "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": network},
    }
    stub.add_response("run_task", STARTED, asked)
    stub.add_response("describe_tasks", {"tasks": [stopped(0)], "failures": []})

    assert run("run_task", ecs=ecs) is None


def test_a_migration_that_cannot_start_ends_the_apply(run, ecs):
    ecs, stub = ecs
    stub.add_response("run_task", {"tasks": [], "failures": [{"reason": "RESOURCE:CPU"}]})

    assert run("run_task", ecs=ecs) == "the migration did not start: RESOURCE:CPU"


def test_a_migration_that_does_not_end_is_stopped(run, ecs):
    ecs, stub = ecs
    stub.add_response("run_task", STARTED)
    stub.add_response("describe_tasks", {"tasks": [stopped(0) | {"lastStatus": "RUNNING"}]})
    reason = "the migration took too long"
    stub.add_response("stop_task", {}, {"cluster": "todo", "task": TASK, "reason": reason})

    assert "the migration was stopped" in run("run_task", is_late=True, ecs=ecs)


@pytest.mark.parametrize(
    ("deployments", "says"),
    [
        ([deployment(NEW, "COMPLETED")], None),
        ([deployment(OLD, "COMPLETED")], f"ECS went back to {OLD}."),
        ([deployment(NEW, "FAILED")], "There is no version to go back to."),
        (STARTING, "The new version did not get healthy."),
    ],
    ids=["healthy", "rolled back", "broken", "too late"],
)
def test_an_apply_ends_well_only_with_the_new_version(run, ecs, deployments, says):
    ecs, stub = ecs
    service = {"deployments": deployments, "runningCount": 1, "desiredCount": 1}
    asked = {"cluster": "todo", "services": ["todo"]}
    stub.add_response("describe_services", {"services": [service]}, asked)
    stub.add_response("list_tasks", {"taskArns": []})

    ended = run("await_service", is_late=deployments == STARTING, ecs=ecs)

    assert says in ended if says else ended is None


@pytest.mark.parametrize("is_aws", [True, False])
def test_make_deploy_ends_before_an_apply_that_aws_would_refuse(run, monkeypatch, is_aws):
    asked = {"region": "us-east-1", "credentials_file": None, "emulator": not is_aws}
    asked |= {"vcpu": 8, "spot_vcpu": 0}
    monkeypatch.setattr(sys, "argv", ["check_account.py", json.dumps(json.dumps(asked))])
    monkeypatch.setenv("REGION", "")
    monkeypatch.setenv("CREDENTIALS_FILE", "")
    sts, quotas = client("sts"), client("service-quotas")
    with Stubber(sts) as account, Stubber(quotas) as limits:
        account.add_response("get_caller_identity", {"Account": "123456789012"})
        limits.add_response("get_service_quota", {"Quota": {"Value": 6.0}})

        ended = run("check_account", sts=sts, service_quotas=quotas)
    sts.close()
    quotas.close()

    assert str(ended or "").startswith("Error: this account may run 6 vCPU") is is_aws


@pytest.fixture
def docker(monkeypatch, tmp_path):
    """Call it with the exit code of `docker`: a file with its calls."""
    for name, value in {
        "IMAGE": IMAGE,
        "PLATFORM": "linux/arm64",
        "SOURCE": "/source",
        "BUILD_PIP_INDEX_URL": "https://packages.example.com/simple",
        "BUILD_PYTHON_IMAGE": "",
        "CALLS": str(tmp_path / "calls"),
    }.items():
        monkeypatch.setenv(name, value)

    def installed(ends_with):
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "docker").write_text(DOCKER)
        (tmp_path / "bin" / "docker").chmod(0o755)
        monkeypatch.setenv("ENDS_WITH", str(ends_with))
        monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
        return tmp_path / "calls"

    return installed


@pytest.fixture
def ecr():
    """ECR that has no such image, and lets `docker` in."""
    ecr = client("ecr")
    with Stubber(ecr) as stub:
        stub.add_client_error("describe_images", "ImageNotFoundException")
        stub.add_response("get_authorization_token", {"authorizationData": [TOKEN]})
        yield ecr
    ecr.close()


def test_an_image_is_built_for_its_platform_and_pushed_and_no_argument_is_a_password(
    run, docker, ecr
):
    calls = docker(0)

    assert run("push_image", ecr=ecr) is None
    index = "--build-arg PIP_INDEX_URL=https://packages.example.com/simple"
    assert calls.read_text().splitlines() == [
        f"build --platform linux/arm64 {index} --tag {IMAGE} /source",
        f"login --username AWS --password-stdin {TOKEN['proxyEndpoint']}",
        f"sesamepush {IMAGE}",
    ]


def test_an_image_that_cannot_be_built_ends_the_apply(run, docker, ecr):
    calls = docker(3)

    assert run("push_image", ecr=ecr) == "docker build failed with exit code 3"
    assert len(calls.read_text().splitlines()) == 1


def test_without_docker_the_apply_ends_with_what_to_do(run, docker, ecr, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "docker is not installed" in run("push_image", ecr=ecr)


def test_the_programs_work_in_the_region_and_as_whom_they_are_told(program, monkeypatch, tmp_path):
    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id = told\naws_secret_access_key = key\n"
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "")
    monkeypatch.setenv("REGION", "eu-west-1")
    monkeypatch.setenv("CREDENTIALS_FILE", str(tmp_path / "credentials"))

    session = program("session").session()

    assert session.region_name == "eu-west-1"
    assert session.get_credentials().access_key == "told"
