"""The stack as Terraform would make it, with AWS's own values mocked: what is checked here is what
the arguments come to, across resources.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .provider import one_provider
from .shapes import FILE, RUNS, Stack, Stacks

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# The mutations are tried on copies of the folder.
FOLDER = Path(os.environ.get("STACK_FOLDER", ROOT / "terraform"))


@pytest.fixture(scope="session")
def recorded(tmp_path_factory) -> Path:
    """The folder where `recorder` writes how the apply called its scripts."""
    return tmp_path_factory.mktemp("recorded")


@pytest.fixture(scope="session")
def stacks(recorded) -> Iterator[Stacks]:
    """Each shape of states.tftest.hcl, by its name.

    Terraform is ended when it has made them: what it would then destroy is made up.
    """
    folder = FOLDER / f"states-{os.getpid()}"
    folder.mkdir()
    shutil.copy(FILE, folder)
    command = ["test", f"-test-directory={folder.name}", "-json", "-verbose"]
    with (
        one_provider(),
        subprocess.Popen(
            ["terraform", f"-chdir={FOLDER}", *command],
            env=environment(recorded),
            stdout=subprocess.PIPE,
        ) as process,
    ):
        try:
            yield Stacks(process)
        finally:
            process.kill()
            shutil.rmtree(folder)


def environment(recorded: Path) -> dict[str, str]:
    """Scripts of an apply are recorded instead of run; nothing here can reach AWS."""
    return os.environ | {
        "TF_DATA_DIR": str(ROOT / "terraform" / ".terraform"),
        "TF_VAR_python": str(HERE / "recorder"),
        "RECORDED": str(recorded),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "GOGC": "400",  # a third less CPU, for some memory
    }


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs the first shapes alone comes first, so that a fault is noticed soon."""

    def last_run(item: pytest.Item) -> int:
        parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
        needed = {*map(str, parameters), *item.fixturenames} & {*RUNS}
        is_dear = "planned" in item.fixturenames  # it starts providers of its own
        return max(map(RUNS.index, needed), default=len(RUNS) if is_dear else -1)

    items.sort(key=last_run)


def _shape(name: str) -> Callable[..., Stack]:
    def made(stacks: Stacks) -> Stack:
        return stacks[name]

    return pytest.fixture(scope="session", name=name)(made)


default = _shape("default")
narrow = _shape("narrow")
denied = _shape("denied")
learner_lab = _shape("learner_lab")
emulated = _shape("emulated")
options = _shape("options")


@pytest.fixture(scope="session")
def changed(stacks) -> dict[str, dict]:
    """The plan of that name: what it does to each resource."""
    return stacks.plan("changed")
