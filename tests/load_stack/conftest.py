"""The stack of the load machines as Terraform would make it, with AWS's own values mocked."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ..stack.provider import one_provider

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# The mutations are tried on copies of the folder.
CHECKOUT = Path(os.environ.get("STACK_FOLDER", ROOT / "terraform")).parent
DATA = ROOT / "terraform" / "load" / ".terraform"


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Path:
    """A copy of what terraform/load reads."""
    copy = tmp_path_factory.mktemp("checkout")
    leave = shutil.ignore_patterns(".terraform", "*.tfstate*", "*.tfvars", "__*")
    for folder in ("terraform/load", "terraform/scripts", "containers/load"):
        shutil.copytree(CHECKOUT / folder, copy / folder, ignore=leave)
    return copy


@pytest.fixture(scope="session")
def recorded(tmp_path_factory) -> Path:
    """The folder where a stand-in for Python writes how an apply called its script."""
    return tmp_path_factory.mktemp("recorded")


@pytest.fixture(scope="session")
def terraform(checkout, recorded):
    """Call it to run Terraform in the copy of terraform/load."""
    own = {
        "TF_DATA_DIR": str(DATA),
        "TF_VAR_python": str(ROOT / "tests" / "stack" / "recorder"),
        "RECORDED": str(recorded),
    }

    def run(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["terraform", f"-chdir={checkout / 'terraform' / 'load'}", *arguments],
            env=os.environ | own,
            capture_output=True,
            text=True,
        )

    return run


@pytest.fixture(scope="session")
def states(checkout, terraform) -> dict[str, dict[str, dict]]:
    """The resources of each shape in states.tftest.hcl, by their address, each with its values and
    what it `depends_on`.
    """
    (checkout / "terraform" / "load" / "states").mkdir()
    shutil.copy(HERE / "states.tftest.hcl", checkout / "terraform" / "load" / "states")
    with one_provider():
        done = terraform("test", "-test-directory=states", "-json", "-verbose")
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, [m["@message"] for m in messages if m["@level"] == "error"]
    return {
        message["@testrun"]: {
            each["address"]: each["values"] | {"depends_on": each.get("depends_on", [])}
            for each in message["test_state"]["root_module"]["resources"]
        }
        for message in messages
        if message["type"] == "test_state"
    }


@pytest.fixture(scope="session")
def default(states) -> dict[str, dict]:
    """The stack without any variable but a name and a ready image."""
    return states["default"]
