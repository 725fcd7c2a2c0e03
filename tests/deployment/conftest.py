"""The whole stack on this machine: Terraform, MiniStack in place of AWS, and real containers."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from .stack import ENDPOINT, NAME, PORT, PYTHON_IMAGE, WORK, Stack, run

HERE = Path(__file__).parent
REGISTRY = "127.0.0.1:5577"
BASE_IMAGE = ("--build-arg", f"PYTHON_IMAGE={PYTHON_IMAGE}") if PYTHON_IMAGE else ()
REGISTRY_IMAGE = REGISTRY_CONTAINER = f"{NAME}-registry"


@pytest.fixture(scope="session")
def registry(wait_until) -> Iterator[None]:
    """A registry of images on this machine."""
    if not shutil.which("docker"):
        pytest.exit("needed: docker", 2)
    run(
        "docker",
        "build",
        "--quiet",
        "-f",
        str(HERE / "registry.Dockerfile"),
        *BASE_IMAGE,
        "-t",
        REGISTRY_IMAGE,
        str(HERE),
    )
    run("docker", "rm", "--force", REGISTRY_CONTAINER, check=False)
    run(
        "docker",
        "run",
        "--detach",
        "--name",
        REGISTRY_CONTAINER,
        "--publish",
        f"{REGISTRY}:5000",
        REGISTRY_IMAGE,
    )
    try:
        wait_until(lambda: _answers(f"http://{REGISTRY}/v2/"), within_s=30)
        yield
    finally:
        run("docker", "rm", "--force", REGISTRY_CONTAINER)


@pytest.fixture(scope="session")
def emulator(registry, wait_until) -> Iterator[None]:
    """MiniStack on the port of this test, reachable from containers too."""
    python = WORK / "venv" / "bin" / "python"
    if not python.exists() or not shutil.which("terraform"):
        pytest.exit(
            "needed: terraform 1.11 or newer, and MiniStack in var/e2e/venv: `make test-e2e`", 2
        )
    env = {
        "GATEWAY_PORT": str(PORT),
        "MINISTACK_HOST": "host.docker.internal",
        "PERSIST_STATE": "0",
    }
    env |= {"REGISTRY": REGISTRY}
    with (WORK / "ministack.log").open("wb") as log:
        process = subprocess.Popen(
            [python, HERE / "emulator.py"], env=os.environ | env, stdout=log, stderr=log, cwd=WORK
        )
    try:
        wait_until(lambda: _answers(f"{ENDPOINT}/_ministack/health"), within_s=60)
        yield
    finally:
        process.terminate()
        process.wait(60)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


@pytest.fixture(scope="session")
def deployed(emulator, wait_until) -> Iterator[tuple[Stack, str]]:
    """The stack as `make deploy` makes it, answering, and what that printed."""
    for left in WORK.glob("state.tfstate*"):
        left.unlink()
    stack = Stack()
    try:
        started = time.monotonic()
        printed = stack.make("deploy").stdout
        print(f"deployed in {time.monotonic() - started:.0f} s")
        wait_until(stack.is_healthy, within_s=60)
        yield stack, printed
    finally:
        stack.make("destroy", check=False)
        remove_containers()
        run("docker", "volume", "rm", "--force", f"{NAME}-spool", check=False)


@pytest.fixture(scope="session")
def stack(deployed) -> Stack:
    return deployed[0]


@pytest.fixture(scope="session")
def images(stack) -> Iterator[dict[str, str]]:
    """The deployed image in three further versions: one that works, one that does not start, and
    one that runs and answers no health check with 200.
    """
    built = stack.output("image")
    tags = {version: f"{NAME}:{version}" for version in ("next", "broken", "sick")}
    for version, tag in tags.items():
        arguments = ["--build-arg", f"IMAGE={built}", "--build-arg", f"VERSION={version}"]
        run(
            "docker",
            "build",
            "--quiet",
            *arguments,
            "-f",
            str(HERE / "emulated.Dockerfile"),
            "-t",
            tag,
            str(HERE),
        )
    yield tags
    run("docker", "rmi", *tags.values(), check=False)


def remove_containers() -> None:
    """Removes what the emulator leaves of tasks that failed."""
    label = f"label=com.amazonaws.ecs.task-definition-family={NAME}"
    for container in run("docker", "ps", "--all", "--quiet", "--filter", label).stdout.split():
        run("docker", "rm", "--force", container)
