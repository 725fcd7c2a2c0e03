"""How an apply calls its scripts: with what they ask for, and again when they have to run again."""

import hashlib
import re
from pathlib import Path

import pytest

from .conftest import FOLDER

PLACE = {"default": "us-east-1", "narrow": "eu-central-1", "denied": "us-west-2"}


@pytest.fixture
def called(stacks, recorded):
    """Call it for the environment in which a shape's apply ran a script, or None."""

    def environment(shape, region, script):
        assert stacks[shape]
        file = recorded / f"{region} {script}.py"
        if not file.exists():
            return None
        pairs = (each.split("=", 1) for each in file.read_text().split("\0") if each)
        return {name: value for name, value in pairs}

    return environment


def asked_for(script):
    """The variables without which a script ends in an error."""
    texts = [(FOLDER / "scripts" / f"{name}.py").read_text() for name in (script, "session")]
    return {name for text in texts for name in re.findall(r'environ\["([A-Z_]+)"\]', text)} - {
        "AWS_SHARED_CREDENTIALS_FILE"
    }


@pytest.mark.parametrize("shape", PLACE)
def test_the_migration_runs_as_the_services_tasks_do(stacks, called, shape):
    found = called(shape, PLACE[shape], "run_task")
    stack = stacks[shape]
    (network,) = stack["aws_ecs_service.app"]["network_configuration"]

    assert asked_for("run_task") <= set(found)
    assert found["CLUSTER"] == stack["aws_ecs_service.app"]["cluster"]
    assert found["TASK_DEFINITION"] == stack["aws_ecs_task_definition.migration"]["arn"]
    assert set(found["SUBNETS"].split(",")) == set(network["subnets"])
    assert found["SECURITY_GROUPS"].split(",") == network["security_groups"]
    assert found["PUBLIC_IP"] == ("ENABLED" if network["assign_public_ip"] else "DISABLED")
    assert found["LOG_GROUP"] == stack["aws_cloudwatch_log_group.main"]["name"]


@pytest.mark.parametrize("shape", ["default", "narrow"])
def test_the_apply_waits_for_its_own_version_of_the_service(stacks, called, shape):
    found = called(shape, PLACE[shape], "await_service")
    stack = stacks[shape]

    assert asked_for("await_service") <= set(found)
    assert found["CLUSTER"] == stack["aws_ecs_service.app"]["cluster"]
    assert found["SERVICE"] == stack["aws_ecs_service.app"]["name"]
    assert found["TASK_DEFINITION"] == stack["aws_ecs_task_definition.app"]["arn"]
    assert found["LOG_GROUP"] == stack["aws_cloudwatch_log_group.main"]["name"]


@pytest.mark.parametrize(
    ("shape", "region", "platform", "base", "index"),
    [
        ("learner_lab", "us-east-1", "linux/amd64", "", ""),
        (
            "emulated",
            "eu-west-1",
            "linux/arm64",
            "python:3.13",
            "https://packages.example.com/simple",
        ),
    ],
)
def test_the_image_is_built_as_asked_for(stacks, called, shape, region, platform, base, index):
    found = called(shape, region, "push_image")

    assert asked_for("push_image") <= set(found)
    assert found["IMAGE"] == stacks[shape].outputs["image"]
    assert found["PLATFORM"] == platform
    assert (found["BUILD_PYTHON_IMAGE"], found["BUILD_PIP_INDEX_URL"]) == (base, index)
    assert Path(found["SOURCE"]).samefile(FOLDER.parent)


@pytest.mark.parametrize("script", ["run_task", "await_service"])
def test_scripts_have_the_credentials_file_wherever_they_run(called, default, narrow, script):
    assert called("default", "us-east-1", script)["CREDENTIALS_FILE"] == ""
    file = Path(called("narrow", "eu-central-1", script)["CREDENTIALS_FILE"])
    assert file.is_absolute()
    assert file.name == "credentials.example"


@pytest.mark.parametrize("folder", [".", "load"])
def test_an_apply_fails_when_its_script_does(folder):
    """The recorder of these tests never fails: of this argument only the text can be looked at."""
    texts = [file.read_text() for file in (FOLDER / folder).glob("*.tf")]

    assert sum(text.count("local-exec") for text in texts) == (3 if folder == "." else 1)
    assert not [text for text in texts if re.search("on_failure|when += destroy", text)]


def test_what_is_switched_off_is_not_called(called, emulated):
    assert called("emulated", "eu-west-1", "run_task") is None
    assert called("emulated", "eu-west-1", "await_service") is None


def test_the_migration_runs_again_for_a_new_version_database_or_password(default, denied):
    triggers = str(default["terraform_data.migration[0]"]["triggers_replace"])
    version = default["aws_secretsmanager_secret_version.role_password[0]"]["version_id"]

    assert default["aws_ecs_task_definition.migration"]["arn"] in triggers
    assert default["aws_db_instance.main"]["resource_id"] in triggers
    assert version in triggers
    triggers = str(denied["terraform_data.migration[0]"]["triggers_replace"])
    for parameter in denied.all("aws_ssm_parameter").values():
        assert str(parameter["version"]) in triggers


def test_the_apply_waits_again_for_a_new_version_and_after_a_rollback(default):
    """ECS gives the service the version it went back to: one that the stack does not have."""
    triggers = default["terraform_data.deployed[0]"]["triggers_replace"]

    assert triggers.count(default["aws_ecs_task_definition.app"]["arn"]) == 2
    assert default["aws_ecs_service.app"]["task_definition"] in triggers
    assert default["aws_ecs_service.app"]["id"] in triggers


def tag(architecture, base):
    """The hash of all that the Dockerfile copies into the image, and of what it is built on."""
    root = FOLDER.parent
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", (root / "Dockerfile").read_text(), re.M)
    files = {"Dockerfile"}
    for part in (part for copied in copies for part in copied.split()):
        inside = [p for p in (root / part).rglob("*") if p.is_file()] or [root / part]
        names = [p.relative_to(root / part).as_posix() for p in inside]
        files |= {
            str(Path(part) / name)
            for name in names
            if "__pycache__" not in name and not name.startswith("tests/")
        }
    lines = [f"{f} {hashlib.sha256((root / f).read_bytes()).hexdigest()}" for f in sorted(files)]
    return hashlib.sha256("\n".join([architecture, base or "-", *lines]).encode()).hexdigest()


@pytest.mark.parametrize(
    ("shape", "architecture", "base"),
    [("learner_lab", "X86_64", None), ("emulated", "ARM64", "python:3.13")],
)
def test_an_image_has_a_tag_of_its_own_for_all_that_goes_into_it(stacks, shape, architecture, base):
    stack = stacks[shape]
    (repository,) = stack.all("aws_ecr_repository").values()
    expected = tag(architecture, base)

    assert stack.outputs["image"] == f"{repository['repository_url']}:{expected[:16]}"
    assert expected in str(stack["terraform_data.image[0]"]["triggers_replace"])
