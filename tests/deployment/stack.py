"""A stack that Terraform makes on the emulator, and what a test wants to know of it."""

import json
import os
import platform
import subprocess
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import psycopg2
import requests

ROOT = Path(__file__).parents[2]
WORK = ROOT / "var" / "e2e"
NAME = "todo-e2e"
PORT = 4577
ENDPOINT = f"http://127.0.0.1:{PORT}"
REGION = "us-east-1"
# A state of its own: the checkout may have one of a stack on AWS.
STATE = f"-state={WORK / 'state.tfstate'}"
ENVIRONMENT = {
    "AWS_ENDPOINT_URL": ENDPOINT,
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "TF_DATA_DIR": str(WORK / "terraform"),
    "TF_IN_AUTOMATION": "1",
    "TF_CLI_ARGS_console": STATE,
    "TF_CLI_ARGS_output": STATE,
    "TF_CLI_ARGS_plan": f"{STATE} -no-color",
    "TF_CLI_ARGS_apply": f"{STATE} -no-color -auto-approve",
    "TF_CLI_ARGS_destroy": f"{STATE} -no-color -auto-approve",
}


def run(
    *command: str, env: dict[str, str] | None = None, check: bool = True
) -> subprocess.CompletedProcess:
    done = subprocess.run(
        command, env=os.environ | (env or {}), capture_output=True, text=True, cwd=ROOT
    )
    assert not check or done.returncode == 0, (
        f"{' '.join(command[:3])}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    )
    return done


def _base_image() -> str | None:
    """The image on this machine that is built on where the Dockerfile's cannot be pulled."""
    said = run("sh", "containers/base-images").stdout
    chosen = dict(line.split("=", 1) for line in said.splitlines())
    return os.environ.get("PYTHON_IMAGE") or chosen.get("PYTHON_IMAGE")


PYTHON_IMAGE = _base_image()


@dataclass
class Load:
    """What a client saw: the IDs of answered requests, and what went wrong."""

    answered: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


class Stack:
    """The stack; `image` is a ready image, or None for one that the apply builds of this checkout
    and pushes.
    """

    url = f"{ENDPOINT}/_alb/{NAME}/api/v1"

    def __init__(self) -> None:
        self.image: str | None = None

    def client(self, service: str):
        names = {"endpoint_url": ENDPOINT, "region_name": REGION}
        return boto3.client(
            service, aws_access_key_id="test", aws_secret_access_key="test", **names
        )

    def make(self, target: str, *, check: bool = True) -> subprocess.CompletedProcess:
        """`make deploy`, `make url` or `make destroy`."""
        return run(
            "make",
            "--no-print-directory",
            target,
            f"VARS={' '.join(self._variables())}",
            f"REGION={REGION}",
            env=ENVIRONMENT,
            check=check,
        )

    def terraform(
        self, command: str, *arguments: str, check: bool = True
    ) -> subprocess.CompletedProcess:
        return run(
            "terraform",
            f"-chdir={ROOT / 'terraform'}",
            command,
            *arguments,
            env=ENVIRONMENT,
            check=check,
        )

    def plan(self) -> subprocess.CompletedProcess:
        return self.terraform("plan", "-detailed-exitcode", *self._variables(), check=False)

    def output(self, name: str) -> str:
        return self.terraform("output", "-raw", name).stdout

    def _variables(self) -> list[str]:
        machine = "ARM64" if platform.machine() in {"arm64", "aarch64"} else "X86_64"
        values = {"emulator": "true", "name": NAME, "cpu_architecture": machine, "public": "true"}
        values |= {"pip_index_url": os.environ.get("PIP_INDEX_URL"), "image": self.image}
        values |= {"python_image": PYTHON_IMAGE}
        return [f"-var={name}={value}" for name, value in values.items() if value]

    def images_running(self) -> set[str]:
        return {image for _, image in self.app_containers()}

    def app_containers(self) -> list[tuple[str, str]]:
        """The running containers of the app: their ids and the images that their tasks name."""
        name = f"label=com.amazonaws.ecs.task-definition-family={NAME}"
        of_app = ["--filter", name, "--filter", "label=com.amazonaws.ecs.container-name=app"]
        shown = run("docker", "ps", *of_app, "--format", "{{.ID}} {{.Image}}").stdout.splitlines()
        return [tuple(line.split()) for line in shown]

    def passwords(self) -> tuple[str, str]:
        """Those of the database's owner and of the app's role."""
        client = self.client("secretsmanager")
        found = {each["Name"]: each["ARN"] for each in client.list_secrets()["SecretList"]}
        values = {
            name: client.get_secret_value(SecretId=arn)["SecretString"]
            for name, arn in found.items()
        }
        (owner,) = [value for name, value in values.items() if name.startswith("rds!")]
        (role,) = [value for name, value in values.items() if "database-role" in name]
        return json.loads(owner)["password"], role

    def renew(self, password: str) -> None:
        """Puts the owner's new password where RDS does."""
        client = self.client("secretsmanager")
        (arn,) = [s["ARN"] for s in client.list_secrets()["SecretList"] if "rds!" in s["Name"]]
        value = json.dumps({"username": "todo", "password": password})
        client.put_secret_value(SecretId=arn, SecretString=value)

    @contextmanager
    def connected(self, user: str, password: str) -> Iterator[psycopg2.extensions.cursor]:
        """A cursor of a session of its own, whose statements count at once."""
        (database,) = self.client("rds").describe_db_instances()["DBInstances"]
        with closing(
            psycopg2.connect(
                host="127.0.0.1",
                port=database["Endpoint"]["Port"],
                user=user,
                password=password,
                dbname="todo",
            )
        ) as connection:
            connection.autocommit = True
            yield connection.cursor()

    def is_healthy(self) -> bool:
        try:
            return requests.get(f"{self.url}/health/ready", timeout=5).ok
        except requests.RequestException:
            return False

    def lines(self, since_s: float) -> list[dict]:
        """The JSON lines in the emulator's CloudWatch Logs from a time on: it gives the first
        10,000 events, and no more.
        """
        pages = (
            self.client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=f"/{NAME}", startTime=int(since_s * 1000))
        )
        messages = [event["message"] for page in pages for event in page["events"]]
        return [json.loads(message) for message in messages if message.startswith("{")]

    @contextmanager
    def load(self) -> Iterator[Load]:
        """Three clients ask for the todos, about 20 requests a second, until the block ends."""
        seen, stop, run_id = Load(), threading.Event(), uuid.uuid4().hex[:8]
        clients = [
            threading.Thread(target=self._ask, args=(seen, stop, f"{run_id}-{n}")) for n in range(3)
        ]
        for client in clients:
            client.start()
        try:
            yield seen
        finally:
            stop.set()
            for client in clients:
                client.join()

    def _ask(self, seen: Load, stop: threading.Event, prefix: str) -> None:
        number = 0
        while not stop.wait(0.1):
            number += 1
            correlation_id = f"{prefix}-{number}"
            try:
                answer = requests.get(
                    f"{self.url}/todos", headers={"X-Correlation-ID": correlation_id}, timeout=30
                )
            except requests.RequestException as error:
                seen.failures.append(repr(error))
                continue
            if answer.ok:
                seen.answered.append(correlation_id)
            else:
                seen.failures.append(f"{answer.status_code} {answer.text[:200]}")
