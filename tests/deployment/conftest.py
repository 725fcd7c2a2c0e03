"""The whole stack on this machine: Terraform, MiniStack in place of AWS, and real containers."""

import json
import os
import shutil
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import pytest
import requests

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
WORK = ROOT / "var" / "e2e"
NAME = "todo-e2e"
PORT = 4577
ENDPOINT = f"http://127.0.0.1:{PORT}"
AWS = {
    "AWS_ENDPOINT_URL": ENDPOINT,
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}


def run(*command: str, env: dict[str, str] | None = None, check: bool = True) -> subprocess.CompletedProcess:
    done = subprocess.run(command, env=os.environ | (env or {}), capture_output=True, text=True, cwd=ROOT)
    assert not check or done.returncode == 0, f"{' '.join(command[:3])}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done


@dataclass
class Load:
    """What a client saw: the IDs of answered requests, and what went wrong."""

    answered: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


class Stack:
    """A stack that Terraform makes on the emulator."""

    url = f"{ENDPOINT}/_alb/{NAME}/api/v1"

    def client(self, service: str):
        names = {"endpoint_url": ENDPOINT, "region_name": "us-east-1"}
        return boto3.client(service, aws_access_key_id="test", aws_secret_access_key="test", **names)

    def terraform_command(self, command: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
        env = AWS | {"TF_DATA_DIR": str(WORK / "terraform"), "TF_IN_AUTOMATION": "1"}
        return ["terraform", f"-chdir={ROOT / 'terraform'}", command, *arguments], env

    def terraform(self, command: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        command_line, env = self.terraform_command(command, *arguments)
        return run(*command_line, env=env, check=check)

    def variables(self, image: str) -> list[str]:
        state = f"-state={WORK / 'state.tfstate'}"
        return [state, "-no-color", "-var=emulator=true", f"-var=name={NAME}", f"-var=image={image}"]

    def apply(self, image: str) -> None:
        self.terraform("apply", "-auto-approve", *self.variables(image))

    @contextmanager
    def applying(self, image: str) -> Iterator[None]:
        """An apply that is interrupted when the block ends: it waits for a version that never gets healthy."""
        command_line, env = self.terraform_command("apply", "-auto-approve", *self.variables(image))
        with (WORK / "apply.log").open("wb") as log:
            process = subprocess.Popen(command_line, env=os.environ | env, stdout=log, stderr=log, cwd=ROOT)
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)

    def plan(self, image: str) -> subprocess.CompletedProcess:
        return self.terraform("plan", "-detailed-exitcode", *self.variables(image), check=False)

    def destroy(self, image: str) -> None:
        self.terraform("destroy", "-auto-approve", *self.variables(image))

    def service(self) -> dict:
        return self.client("ecs").describe_services(cluster=NAME, services=[NAME])["services"][0]

    def task_versions(self) -> set[str]:
        """The versions that running app containers were built with."""
        return {version for _, version in self.app_containers()}

    def app_containers(self) -> list[tuple[str, str]]:
        shown = run("docker", "ps", "-q", "--filter", "label=com.amazonaws.ecs.container-name=app").stdout.split()
        found = []
        for container in shown:
            config = json.loads(run("docker", "inspect", container).stdout)[0]["Config"]
            if config["Labels"]["com.amazonaws.ecs.task-definition-family"] == NAME:
                found.append((container, dict(e.split("=", 1) for e in config["Env"])["E2E_VERSION"]))
        return found

    def is_healthy(self) -> bool:
        try:
            return requests.get(f"{self.url}/health/ready", timeout=5).ok
        except requests.RequestException:
            return False

    def lines(self) -> list[dict]:
        """Every JSON line in the emulator's CloudWatch Logs."""
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/{NAME}")
        messages = [event["message"] for page in pages for event in page["events"]]
        return [json.loads(message) for message in messages if message.startswith("{")]

    def lines_of(self, correlation_id: str) -> list[dict]:
        return [line for line in self.lines() if line.get("correlation_id") == correlation_id]

    @contextmanager
    def load(self) -> Iterator[Load]:
        """Three clients ask for the todos, about 20 requests a second, until the block ends."""
        seen, stop, run_id = Load(), threading.Event(), uuid.uuid4().hex[:8]
        clients = [threading.Thread(target=self._ask, args=(seen, stop, f"{run_id}-{n}")) for n in range(3)]
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
                answer = requests.get(f"{self.url}/todos", headers={"X-Correlation-ID": correlation_id}, timeout=30)
            except requests.RequestException as error:
                seen.failures.append(repr(error))
                continue
            if answer.ok:
                seen.answered.append(correlation_id)
            else:
                seen.failures.append(f"{answer.status_code} {answer.text[:200]}")


def remove_containers() -> None:
    """Removes what the emulator leaves of tasks that failed."""
    label = f"label=com.amazonaws.ecs.task-definition-family={NAME}"
    for container in run("docker", "ps", "--all", "--quiet", "--filter", label).stdout.split():
        run("docker", "rm", "--force", container)


@pytest.fixture(scope="session")
def images() -> dict[str, str]:
    """The project's image in versions `one`, `two` and `broken`; E2E_IMAGE takes a ready one instead of a build."""
    image = os.environ.get("E2E_IMAGE")
    if not image:
        image = f"{NAME}-base:1"
        index = os.environ.get("PIP_INDEX_URL")
        arguments = ["--build-arg", f"PIP_INDEX_URL={index}"] if index else []
        run("docker", "build", "--quiet", *arguments, "--tag", image, str(ROOT))
    tags = {version: f"{NAME}:{version}" for version in ("one", "two", "broken")}
    for version, tag in tags.items():
        arguments = ["--build-arg", f"IMAGE={image}", "--build-arg", f"VERSION={version}"]
        run("docker", "build", "--quiet", *arguments, "-f", str(HERE / "emulated.Dockerfile"), "-t", tag, str(HERE))
    return tags


@pytest.fixture(scope="session")
def emulator(wait_until) -> Iterator[None]:
    """MiniStack on the port of this test, reachable from containers too."""
    python = WORK / "venv" / "bin" / "python"
    if not python.exists() or not shutil.which("terraform") or not shutil.which("docker"):
        pytest.exit("needed: terraform 1.11 or newer, docker, and MiniStack in var/e2e/venv: `make test-e2e`", 2)
    env = {"GATEWAY_PORT": str(PORT), "MINISTACK_HOST": "host.docker.internal", "PERSIST_STATE": "0"}
    with (WORK / "ministack.log").open("wb") as log:
        process = subprocess.Popen(
            [python, HERE / "emulator.py"], env=os.environ | env, stdout=log, stderr=log, cwd=WORK
        )
    try:
        wait_until(_answers, within_s=60)
        yield
    finally:
        process.terminate()
        process.wait(60)


def _answers() -> bool:
    try:
        return requests.get(f"{ENDPOINT}/_ministack/health", timeout=2).ok
    except requests.RequestException:
        return False


@pytest.fixture(scope="session")
def stack(emulator, images, wait_until) -> Iterator[Stack]:
    """The stack with version `one`, applied and answering."""
    for left in WORK.glob("state.tfstate*"):
        left.unlink()
    stack = Stack()
    stack.terraform("init", "-no-color", "-input=false", "-lockfile=readonly")
    try:
        started = time.monotonic()
        stack.apply(images["one"])
        print(f"applied in {time.monotonic() - started:.0f} s")
        wait_until(stack.is_healthy, within_s=60)
        yield stack
    finally:
        stack.destroy(images["one"])
        remove_containers()
        run("docker", "volume", "rm", "--force", f"{NAME}-spool", check=False)
        run("docker", "rmi", *images.values(), check=False)
