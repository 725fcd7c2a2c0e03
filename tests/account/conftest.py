"""The stack as `emulator=false` makes it, in accounts of moto's server."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from .account import DATA, SHAPES, TERRAFORM, WORK, Account, Life


@pytest.fixture(scope="session")
def life_of() -> Iterator[Callable[[str], Life]]:
    """Call it for the life of a shape. All go on side by side, as most of it is the waiting of
    Terraform's provider.
    """
    if not shutil.which("terraform"):
        pytest.exit("needed: terraform 1.11 or newer", 2)
    shutil.rmtree(WORK, ignore_errors=True)
    initialised = [*TERRAFORM, "init", "-input=false", "-backend=false", "-lockfile=readonly"]
    subprocess.run(initialised, env=os.environ | {"TF_DATA_DIR": str(DATA)}, check=True)
    with ThreadPoolExecutor(len(SHAPES)) as pool:
        lives = {shape: pool.submit(_live, shape) for shape in SHAPES}
        yield lambda shape: lives[shape].result()


def _live(shape: str) -> Life:
    work = WORK / shape
    work.mkdir(parents=True)
    with Account(shape, work) as account:
        return account.live()


@pytest.fixture(params=SHAPES)
def life(request: pytest.FixtureRequest, life_of: Callable[[str], Life]) -> Life:
    """Each shape's life."""
    return life_of(request.param)
