"""The image of the load machines: what is built, when it is built anew, and how it goes again."""

import hashlib
from pathlib import Path

import pytest

from ..stack.registry import images_kept
from .conftest import ROOT
from .test_load_stack import container
from .test_rights import OWN_IMAGE, PULL, STARTS, allowed

SOURCE = ROOT / "containers" / "load"


@pytest.fixture
def built(states):
    """The stack that builds its image."""
    return states["built"]


def image():
    """Its name, whose tag is a hash of all that goes into it."""
    files = sorted(file for file in SOURCE.iterdir() if file.is_file())
    lines = [f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files]
    tag = hashlib.sha256("\n".join(["ARM64", *lines]).encode()).hexdigest()[:16]
    return f"123456789012.dkr.ecr.us-east-1.amazonaws.com/load:{tag}"


def test_it_is_built_as_asked_for_and_run_by_the_machines(built, recorded, checkout):
    pairs = (recorded / "eu-west-1 push_image.py").read_text().split("\0")
    told = dict(pair.split("=", 1) for pair in pairs if pair)

    assert container(built)["image"] == told["IMAGE"] == image()
    assert told["PLATFORM"] == "linux/arm64"
    assert told["BUILD_PIP_INDEX_URL"] == "https://packages.example.com/simple"
    assert told["CREDENTIALS_FILE"] == ""
    assert Path(told["SOURCE"]) == checkout / "containers" / "load"


def test_other_sources_are_built_anew(built):
    assert image()[-16:] in str(built["terraform_data.image[0]"]["triggers_replace"])


def test_a_ready_image_is_run_instead_and_needs_no_repository(default):
    ready = "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/load:1"

    assert container(default)["image"] == ready
    assert not [address for address in default if "ecr" in address or "terraform_data" in address]


def test_ecs_may_pull_it_and_no_other(built):
    role = built["aws_ecs_task_definition.main"]["execution_role_arn"]
    pulls = {call for call in STARTS if call[0] in PULL}

    assert allowed(built, role) == STARTS - pulls | {(action, OWN_IMAGE) for action in PULL}


def test_its_repository_keeps_two_and_goes_with_the_stack(built):
    repository = built["aws_ecr_repository.main[0]"]
    lifecycle = built["aws_ecr_lifecycle_policy.main[0]"]

    assert images_kept(repository, lifecycle) == 2
