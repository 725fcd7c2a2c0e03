"""The stack as Terraform would make it, with AWS's own values mocked: what is checked here is what
the arguments come to, across resources.
"""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# The mutations are tried on copies of the folder.
FOLDER = Path(os.environ.get("STACK_FOLDER", ROOT / "terraform"))


@dataclass(frozen=True)
class Stack:
    """The resources of one shape of the stack, by address, each with its values."""

    resources: dict[str, dict]
    outputs: dict[str, object]

    def __getitem__(self, address: str) -> dict:
        return self.resources[address]

    def all(self, kind: str) -> dict[str, dict]:
        """Those of a type, by the rest of their address."""
        start = f"{kind}."
        return {a.removeprefix(start): v for a, v in self.resources.items() if a.startswith(start)}

    def containers(self, definition: str = "app") -> dict[str, dict]:
        """The containers of a task definition, by name, their variables as `variables`."""
        text = self[f"aws_ecs_task_definition.{definition}"]["container_definitions"]
        return {
            each["name"]: each
            | {"variables": {pair["name"]: pair["value"] for pair in each["environment"]}}
            for each in json.loads(text)
        }


@pytest.fixture(scope="session")
def stacks(tmp_path_factory) -> dict[str, Stack]:
    """Each shape of states.tftest.hcl, by its name."""
    tests = tmp_path_factory.mktemp("stack")
    folder = FOLDER / f"states-{os.getpid()}"
    shutil.copytree(tests, folder)
    shutil.copy(HERE / "states.tftest.hcl", folder)
    try:
        done = terraform("test", f"-test-directory={folder.name}", "-json", "-verbose")
    finally:
        shutil.rmtree(folder)
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    states = {m["@testrun"]: m["test_state"] for m in messages if m["type"] == "test_state"}
    assert done.returncode == 0, [m["@message"] for m in messages if m["@level"] == "error"]
    return {name: Stack(_resources(state), _outputs(state)) for name, state in states.items()}


@pytest.fixture(scope="session")
def default(stacks) -> Stack:
    """The stack without any variable but `public`."""
    return stacks["default"]


@pytest.fixture(scope="session")
def narrow(stacks) -> Stack:
    """An own network, HTTPS, few callers, protected."""
    return stacks["narrow"]


@pytest.fixture(scope="session")
def options(stacks) -> Stack:
    """Every option that is off by default."""
    return stacks["options"]


@pytest.fixture(scope="session")
def order() -> dict[str, set[str]]:
    """What each resource waits for, through all that these wait for."""
    graph: dict[str, set[str]] = {}
    for line in terraform("graph").stdout.splitlines():
        if "->" in line:
            later, earlier = line.split('"')[1:4:2]
            graph.setdefault(later, set()).add(earlier)

    def reached(address: str, seen: set[str]) -> set[str]:
        for earlier in graph.get(address, ()):
            if earlier not in seen:
                seen.add(earlier)
                reached(earlier, seen)
        return seen

    return {address: reached(address, set()) for address in graph}


def terraform(*arguments: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"TF_DATA_DIR": str(ROOT / "terraform" / ".terraform")}
    return subprocess.run(
        ["terraform", f"-chdir={FOLDER}", *arguments],
        env=environment,
        capture_output=True,
        text=True,
    )


def _resources(state: dict) -> dict[str, dict]:
    return {each["address"]: each["values"] for each in state["root_module"].get("resources", ())}


def _outputs(state: dict) -> dict[str, object]:
    return {name: output.get("value") for name, output in state["outputs"].items()}
