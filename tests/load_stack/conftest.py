"""The stack of the load machines as Terraform would make it, with AWS's own values mocked."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDER = ROOT / "terraform" / "load"


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Path:
    """A copy of what terraform/load reads."""
    copy = tmp_path_factory.mktemp("checkout")
    leave = shutil.ignore_patterns(".terraform", "*.tfstate*", "*.tfvars", "__*")
    for folder in ("terraform/load", "terraform/scripts", "containers/load"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=leave)
    return copy


@pytest.fixture(scope="session")
def terraform(checkout):
    """Call it to run Terraform in the copy of terraform/load."""

    def run(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["terraform", f"-chdir={checkout / 'terraform' / 'load'}", *arguments],
            env=os.environ | {"TF_DATA_DIR": str(FOLDER / ".terraform")},
            capture_output=True,
            text=True,
        )

    return run


@pytest.fixture(scope="session")
def states(checkout, terraform) -> dict[str, dict[str, dict]]:
    """The resources of each shape in states.tftest.hcl, by their address."""
    (checkout / "terraform" / "load" / "states").mkdir()
    shutil.copy(HERE / "states.tftest.hcl", checkout / "terraform" / "load" / "states")
    done = terraform("test", "-test-directory=states", "-json", "-verbose")
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, [m["@message"] for m in messages if m["@level"] == "error"]
    return {
        message["@testrun"]: {
            each["address"]: each["values"]
            for each in message["test_state"]["root_module"]["resources"]
        }
        for message in messages
        if message["type"] == "test_state"
    }


@pytest.fixture(scope="session")
def default(states) -> dict[str, dict]:
    """The stack without any variable but a ready image."""
    return states["default"]
