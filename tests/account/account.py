"""An account of moto's with a stack in it: applied, planned again, and destroyed."""

import json
import logging
import os
import shlex
import subprocess
import sys
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

import cloudwatch_spool

from .holdings import holdings

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WORK = ROOT / "var" / "account"
DATA = WORK / "terraform"
TERRAFORM = ["terraform", f"-chdir={ROOT / 'terraform'}"]
REGION = "us-east-1"
IMAGE = "image=111122223333.dkr.ecr.us-east-1.amazonaws.com/team/todo:1"
# What each stack is made with, beside its name. `{...}` is there before it.
SHAPES = {
    "default": ["public=true"],
    "own-network": [
        IMAGE,
        "own_network=true",
        'allowed_cidrs=["203.0.113.7/32"]',
        "multi_az=true",
        "api_keys_secret_arn={secret}",
        "alarm_email=someone@example.com",
    ],
    "learner-lab": [
        IMAGE,
        "learner_lab=true",
        "public=true",
        "secrets_manager=false",
        "saved_queries=false",
        "field_index=false",
    ],
    "certificate": [
        IMAGE,
        "public=true",
        "certificate_arn={certificate}",
        "domain=todos.example.com",
        "zone_id={zone}",
        "permissions_boundary=arn:aws:iam::aws:policy/PowerUserAccess",
        'tags={{Team="todos"}}',
    ],
}


@dataclass(frozen=True)
class Life:
    """What became of a stack: what the account had by it, the end of a second plan, what is
    otherwise than before when it is gone, and every call of the deployer and of a task's shipper.
    """

    made: set[tuple[str, str]]
    plan: str
    left: set[tuple[str, str]]
    calls: list[dict[str, Any]]
    task_calls: list[dict[str, Any]]


class Account:
    """An account behind a port of this machine, whose files are in the folder `work`. Who calls is
    told by the access key.
    """

    def __init__(self, shape: str, work: Path) -> None:
        self._shape, self._work = shape, work
        self._record = work / "calls.jsonl"
        self._data = work / "terraform" if shape == "default" else DATA  # make initialises it again

    def __enter__(self) -> "Account":
        """Starts the server."""
        with (self._work / "server.log").open("wb") as log:
            self._server = subprocess.Popen(
                [sys.executable, "-m", f"{__package__}.server", str(self._record)],
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
                env=os.environ | {"MOTO_ECS_SERVICE_RUNNING": "1"},
            )
        port = self._server.stdout.readline().decode().strip()
        assert port, (self._work / "server.log").read_text()
        self._endpoint = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_error: object) -> None:
        """Ends it."""
        self._server.terminate()
        self._server.communicate(timeout=60)

    def live(self) -> Life:
        """The stack's whole life, by make in the default shape. Raises AssertionError when a step
        of it fails.
        """
        there = self._prepare()
        given = [each.format(**there) for each in SHAPES[self._shape]]
        variables = [f"-var={each}" for each in [f"name=todo-{self._shape}", *given]]
        before = holdings(self._client)
        self._do("apply", variables)
        made = holdings(self._client) - before
        self._ship()
        plan = self._run(*TERRAFORM, "plan", "-detailed-exitcode", *variables, ends_with={0, 2})
        self._do("destroy", variables)
        left = holdings(self._client) ^ before
        return Life(made, plan[-3000:], left, self._calls("deployer"), self._calls("task"))

    def _do(self, what: str, variables: list[str]) -> None:
        if self._shape == "default":
            target = {"apply": "deploy"}.get(what, what)
            self._run("make", target, f"VARS={shlex.join(variables)}")
        else:
            self._run(*TERRAFORM, what, *variables)

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self._endpoint,
            region_name=REGION,
            aws_access_key_id="tester",
            aws_secret_access_key="secret",
        )

    def _prepare(self) -> dict[str, str]:
        """What is in the account before a stack is."""
        arn = self._client("acm").request_certificate(DomainName="todos.example.com")
        zone = self._client("route53").create_hosted_zone(Name="example.com", CallerReference="1")
        secret = self._client("secretsmanager").create_secret(Name="api-keys", SecretString="-")
        nobody = '{"Version": "2012-10-17", "Statement": []}'
        self._client("iam").create_role(RoleName="LabRole", AssumeRolePolicyDocument=nobody)
        return {
            "certificate": arn["CertificateArn"],
            "zone": zone["HostedZone"]["Id"].rsplit("/", 1)[-1],
            "secret": secret["ARN"],
        }

    def _calls(self, who: str) -> list[dict[str, Any]]:
        calls = [json.loads(line) for line in self._record.read_text().splitlines()]
        return [call for call in calls if call["who"] == who]

    def _ship(self) -> None:
        """Delivers a line as the task's shipper does: with its settings, and its role's key."""
        (shipper,) = [
            container
            for call in self._calls("deployer")
            if call["operation"] == "RegisterTaskDefinition"
            for container in call["parameters"]["containerDefinitions"]
            if container["name"] == "shipper"
        ]
        spool = self._work / "spool"
        handler = cloudwatch_spool.handler(spool)
        handler.handle(logging.makeLogRecord({"msg": "a line", "levelname": "INFO"}))
        handler.close()
        told = {each["name"]: each["value"] for each in shipper["environment"]}
        self._run(
            *[sys.executable, "-m", "todo.cli", *shipper["command"], "--drain"],
            env=told | {"AWS_ACCESS_KEY_ID": "task", "TODO_SPOOL_DIR": str(spool)},
        )

    def _run(
        self, *command: str, env: dict[str, str] | None = None, ends_with: Container[int] = (0,)
    ) -> str:
        state = f"-state={self._work / 'state.tfstate'}"
        environment = {
            "AWS_ENDPOINT_URL": self._endpoint,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "deployer",
            "AWS_SECRET_ACCESS_KEY": "secret",
            # `docker` is here, and runs by the Python that has boto3.
            "PATH": f"{HERE}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "TF_DATA_DIR": str(self._data),
            "TF_IN_AUTOMATION": "1",
            "TF_CLI_ARGS_console": state,
            "TF_CLI_ARGS_output": state,
            "TF_CLI_ARGS_plan": f"{state} -no-color",
            "TF_CLI_ARGS_apply": f"{state} -no-color -auto-approve",
            "TF_CLI_ARGS_destroy": f"{state} -no-color -auto-approve",
        }
        done = subprocess.run(
            command,
            env=os.environ | environment | (env or {}),
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        with (self._work / "said.log").open("a") as log:
            log.write(done.stdout + done.stderr)
        assert done.returncode in ends_with, (
            f"{command[:3]}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        )
        return done.stdout
