"""The tasks: what runs in them, with which rights on their machine, and how a deployment goes."""

import re

import pytest
from click.testing import CliRunner

from todo.cli import todo
from todo.config import load_settings, variable_names

from .conftest import FOLDER, ROOT
from .shapes import REGIONS

API_KEYS = "TODO_API_KEYS"
# MiB by CPU units: API_RegisterTaskDefinition of ECS, read 2026-11.
FARGATE = {256: (512, 1024, 2048)} | {
    cpu: range(2 * cpu, min(8 * cpu, 30720) + 1, 1024) for cpu in (512, 1024, 2048, 4096)
}


def image_has(instruction):
    """The argument of the Dockerfile's last instruction of that name."""
    return re.findall(rf"^{instruction} (\S+)$", (ROOT / "Dockerfile").read_text(), re.M)[-1]


def every_container(stack):
    return [*stack.containers().values(), *stack.containers("migration").values()]


@pytest.mark.parametrize("shape", ["default", "narrow", "learner_lab"])
def test_no_container_may_do_more_than_it_must(stacks, shape):
    for container in every_container(stacks[shape]):
        assert container["readonlyRootFilesystem"]
        assert not container.get("privileged")
        assert container["user"] == image_has("USER"), "whom the image's folders belong to"
        assert container["linuxParameters"]["capabilities"] == {"add": [], "drop": ["ALL"]}
        assert container["linuxParameters"]["initProcessEnabled"]


def test_each_container_runs_its_command_of_the_image_that_is_asked_for(default):
    commands = {each["name"]: " ".join(each["command"]) for each in every_container(default)}

    assert commands == {"app": "serve", "shipper": "ship", "migration": "db upgrade"}
    for container in every_container(default):
        asked = CliRunner().invoke(todo, [*container["command"], "--help"])
        assert asked.exit_code == 0, asked.output
        assert "entryPoint" not in container, "the image's is todo"
        assert container["image"] == default.outputs["image"]


def test_every_variable_is_a_setting_with_a_value_that_it_may_have(default):
    known = {*variable_names(), "AWS_DEFAULT_REGION"}

    for container in every_container(default):
        assert set(container["variables"]) <= known
        load_settings(container["variables"])


@pytest.mark.parametrize(
    ("shape", "cpu", "memory", "architecture", "workers", "threads"),
    [("default", 1024, 2048, "X86_64", 2, 4), ("narrow", 512, 3072, "ARM64", 3, 2)],
)
def test_a_task_is_of_the_size_that_was_asked_for(
    stacks, shape, cpu, memory, architecture, workers, threads
):
    app, migration = (
        stacks[shape][f"aws_ecs_task_definition.{name}"] for name in ("app", "migration")
    )
    variables = stacks[shape].containers()["app"]["variables"]

    assert (int(app["cpu"]), int(app["memory"])) == (cpu, memory)
    assert (variables["TODO_WORKERS"], variables["TODO_THREADS"]) == (str(workers), str(threads))
    for task in (app, migration):
        assert task["runtime_platform"][0]["cpu_architecture"] == architecture


def test_the_app_writes_where_the_shipper_reads(default):
    app, shipper = default.containers()["app"], default.containers()["shipper"]
    folder = app["variables"]["TODO_SPOOL_DIR"]
    assert folder == image_has("VOLUME"), "else the volume is root's"
    volumes = {v["name"] for v in default["aws_ecs_task_definition.app"]["volume"]}

    assert app["variables"]["TODO_LOG_OUTPUT"] == "spool"
    assert shipper["variables"]["TODO_SPOOL_DIR"] == folder
    (written,) = [m for m in app["mountPoints"] if m["containerPath"] == folder]
    (read,) = [m for m in shipper["mountPoints"] if m["containerPath"] == folder]
    assert written == read
    assert not written["readOnly"]
    assert {m["sourceVolume"] for m in app["mountPoints"] + shipper["mountPoints"]} == volumes


@pytest.mark.parametrize("definition", ["app", "migration"])
def test_every_container_may_write_to_tmp(default, definition):
    volumes = {v["name"] for v in default[f"aws_ecs_task_definition.{definition}"]["volume"]}

    for container in default.containers(definition).values():
        (tmp,) = [m for m in container["mountPoints"] if m["containerPath"] == "/tmp"]
        assert not tmp["readOnly"]
        assert tmp["sourceVolume"] in volumes


@pytest.mark.parametrize(("shape", "region"), REGIONS)
def test_the_shipper_delivers_to_the_log_group_in_the_region(stacks, shape, region):
    variables = stacks[shape].containers()["shipper"]["variables"]

    assert variables["TODO_LOG_DESTINATION"] == "cloudwatch"
    assert variables["TODO_LOG_GROUP"] == stacks[shape]["aws_cloudwatch_log_group.main"]["name"]
    assert variables["AWS_DEFAULT_REGION"] == region
    assert variables["TODO_CREATE_LOG_GROUP"] == "false", "a destroyed group must stay away"


def test_the_shipper_stops_last_and_has_time_to_deliver(default):
    app, shipper = default.containers()["app"], default.containers()["shipper"]

    assert app["dependsOn"] == [{"containerName": "shipper", "condition": "START"}]
    assert (
        int(shipper["variables"]["TODO_SHIP_DRAIN_DEADLINE_S"]) < shipper["stopTimeout"] <= 120
    ), "120 s are the most that ECS gives"
    assert app["essential"]
    assert not shipper["essential"], "the app goes on while it restarts"
    assert shipper["restartPolicy"]["enabled"]
    assert 60 <= shipper["restartPolicy"]["restartAttemptPeriod"] <= 120, "60 s are the least"


@pytest.mark.parametrize(("shape", "region"), REGIONS)
def test_what_a_container_says_never_blocks_it_and_is_kept_for_a_time(stacks, shape, region):
    stack = stacks[shape]

    for container in every_container(stack):
        log = container["logConfiguration"]
        assert log["logDriver"] == "awslogs"
        assert log["options"]["mode"] == "non-blocking"
        assert re.fullmatch("[1-9][0-9]m", log["options"]["max-buffer-size"])
        assert log["options"]["awslogs-group"] == stack["aws_cloudwatch_log_group.main"]["name"]
        assert log["options"]["awslogs-region"] == region
        assert log["options"]["awslogs-stream-prefix"] == "console", "await_service.py reads it"


def test_the_app_has_the_password_of_its_role_and_only_the_migration_the_owners(default):
    role = default["aws_secretsmanager_secret.role_password[0]"]["arn"]
    (owner,) = default["aws_db_instance.main"]["master_user_secret"]
    secrets = {
        each["name"]: {secret["name"]: secret["valueFrom"] for secret in each.get("secrets", ())}
        for each in every_container(default)
    }

    assert secrets == {
        "app": {"PGPASSWORD": role},
        "shipper": {},
        "migration": {
            "PGPASSWORD": f"{owner['secret_arn']}:password::",
            "TODO_DATABASE_ROLE_PASSWORD": role,
        },
    }


def test_the_secret_has_a_password_that_is_random_and_in_no_state(default):
    """What is write-only is in no plan: of this one argument only the text can be looked at."""
    version = default["aws_secretsmanager_secret_version.role_password[0]"]
    written = re.findall(r"secret_string_wo += (.+)", (FOLDER / "secrets.tf").read_text())

    assert version["secret_id"] == default["aws_secretsmanager_secret.role_password[0]"]["id"]
    assert written == ['replace("${uuid()}${uuid()}", "-", "")']


def test_api_keys_are_the_apps_alone_and_no_variable(narrow):
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:api-keys-AbCdEf"
    secrets = {
        each["name"]: [s["valueFrom"] for s in each.get("secrets", ()) if s["name"] == API_KEYS]
        for each in every_container(narrow)
    }

    assert secrets == {"app": [arn], "shipper": [], "migration": []}
    assert API_KEYS in variable_names()
    assert not any(API_KEYS in each["variables"] for each in every_container(narrow))


@pytest.mark.parametrize("shape", ["default", "narrow", "learner_lab"])
@pytest.mark.parametrize("definition", ["app", "migration"])
def test_a_task_is_one_that_fargate_takes(stacks, shape, definition):
    task = stacks[shape][f"aws_ecs_task_definition.{definition}"]
    (platform,) = task["runtime_platform"]

    assert task["requires_compatibilities"] == ["FARGATE"]
    assert task["network_mode"] == "awsvpc"
    assert platform["operating_system_family"] == "LINUX"
    assert int(task["memory"]) in FARGATE[int(task["cpu"])]
    assert not any(volume["host_path"] for volume in task["volume"])
