"""Real containers of a copy of this checkout. They need a Docker engine and Compose, and fail
without one.
"""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .stack import CHECKOUT, Stack

COPIED = (
    *("Dockerfile", ".dockerignore", "docker-compose.yml", "containers", "packages", "todo", "aws"),
    *(
        "pyproject.toml",
        "requirements.lock",
        "requirements-dev.lock",
        "README.md",
        "LICENSE",
        "credentials.example",
    ),
)
LEFT_BEHIND = shutil.ignore_patterns("__pycache__", "credentials")
IMAGE = "taskoverflow"
K6_IMAGE = "taskoverflow-test-k6"


def pytest_sessionstart() -> None:
    """There is nothing to skip to: who runs these tests wants to know about containers."""
    if subprocess.run(["docker", "info"], capture_output=True).returncode:
        pytest.exit(
            "NO CONTAINER WAS TESTED: `docker info` finds no engine. Start one.", returncode=1
        )
    said = subprocess.check_output(["sh", CHECKOUT / "containers" / "base-images"], text=True)
    os.environ.update(line.split("=", 1) for line in said.splitlines())


@pytest.fixture(scope="session")
def compose_command() -> list[str]:
    """The Compose in the variable COMPOSE, else version 2, else version 1."""
    if "COMPOSE" in os.environ:
        return shlex.split(os.environ["COMPOSE"])
    has_plugin = (
        subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0
    )
    return ["docker", "compose"] if has_plugin else ["docker-compose"]


@pytest.fixture(scope="session")
def new_checkout(tmp_path_factory):
    """Call it for a copy of this checkout, as after a `git clone`: without var, credentials and
    .env.
    """

    def copy() -> Path:
        folder = tmp_path_factory.mktemp("checkout")
        for parent in (folder, folder.parent, folder.parent.parent):
            parent.chmod(0o755)
        for name in COPIED:
            source = CHECKOUT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=LEFT_BEHIND)
            else:
                shutil.copy2(source, folder / name)
        return folder

    return copy


@pytest.fixture
def new_stack(compose_command, new_checkout):
    """Call it for a stack that is not up yet; it is removed after the test, with its volumes."""
    stacks = []

    def create(**environment: str) -> Stack:
        stacks.append(Stack(compose_command, new_checkout(), environment))
        return stacks[-1]

    yield create
    for stack in stacks:
        stack.remove()


@pytest.fixture(scope="session")
def stack(compose_command, new_checkout):
    """The stack of a fresh clone, up."""
    stack = Stack(compose_command, new_checkout(), {})
    try:
        assert stack.up().returncode == 0
        yield stack
    finally:
        stack.remove()


def build_arguments() -> list[str]:
    """Options of `docker build`: where base image and packages come from on this machine."""
    names = [name for name in ("PYTHON_IMAGE", "PIP_INDEX_URL") if name in os.environ]
    return [part for name in names for part in ("--build-arg", f"{name}={os.environ[name]}")]


@pytest.fixture(scope="session")
def build(new_checkout):
    """Call it to build the image: its tag, given options of `docker build`."""
    tags = []

    def run(*options: str, buildkit: bool = False, tag: str = IMAGE) -> str:
        environment = os.environ | {"DOCKER_BUILDKIT": str(int(buildkit))}
        command = ["docker", "build", "--tag", tag, *options, *build_arguments(), "."]
        done = subprocess.run(
            command,
            cwd=new_checkout(),
            env=environment,
            capture_output=True,
            text=True,
            timeout=900,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        if tag != IMAGE:
            tags.append(tag)
        return tag

    yield run
    subprocess.run(["docker", "image", "rm", *tags], capture_output=True, check=False)


@pytest.fixture(scope="session")
def image(build) -> str:
    """The image, built by the classic builder."""
    return build()


@pytest.fixture(scope="session")
def k6_image(tmp_path_factory):
    """An image with this environment's k6."""
    context = tmp_path_factory.mktemp("k6")
    shutil.copy(Path(sys.executable).with_name("k6"), context)
    dockerfile = CHECKOUT / "tests" / "containers" / "k6.Dockerfile"
    build = ["docker", "build", "--quiet", "--tag", K6_IMAGE, "--file", str(dockerfile)]
    subprocess.run([*build, str(context)], check=True, capture_output=True)
    yield K6_IMAGE
    subprocess.run(["docker", "rmi", K6_IMAGE], check=False, capture_output=True)
