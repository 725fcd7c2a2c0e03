"""The tasks: what runs in them, with which rights on their machine, and how a deployment goes."""

import pytest
from click.testing import CliRunner

from todo.cli import todo
from todo.config import variable_names

API_KEYS = "TODO_API_KEYS"


def every_container(stack):
    return [*stack.containers().values(), *stack.containers("migration").values()]


@pytest.mark.parametrize("shape", ["default", "narrow", "learner_lab"])
def test_no_container_may_do_more_than_it_must(stacks, shape):
    for container in every_container(stacks[shape]):
        assert container["readonlyRootFilesystem"]
        assert container["user"].split(":")[0] not in ("0", "root", "")
        assert container["linuxParameters"]["capabilities"] == {"add": [], "drop": ["ALL"]}
        assert container["linuxParameters"]["initProcessEnabled"]


def test_each_container_runs_a_command_of_the_image_that_is_asked_for(default):
    for container in every_container(default):
        asked = CliRunner().invoke(todo, [*container["command"], "--help"])
        assert asked.exit_code == 0, asked.output
        assert container["image"] == "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/todos:1"


def test_every_variable_is_a_setting(default):
    known = {*variable_names(), "AWS_DEFAULT_REGION"}

    for container in every_container(default):
        assert set(container["variables"]) <= known


def test_the_app_writes_where_the_shipper_reads(default):
    app, shipper = default.containers()["app"], default.containers()["shipper"]
    folder = app["variables"]["TODO_SPOOL_DIR"]
    volumes = {v["name"] for v in default["aws_ecs_task_definition.app"]["volume"]}

    assert app["variables"]["TODO_LOG_OUTPUT"] == "spool"
    assert shipper["variables"]["TODO_SPOOL_DIR"] == folder
    (written,) = [m for m in app["mountPoints"] if m["containerPath"] == folder]
    (read,) = [m for m in shipper["mountPoints"] if m["containerPath"] == folder]
    assert written == read
    assert not written["readOnly"]
    assert {m["sourceVolume"] for m in app["mountPoints"] + shipper["mountPoints"]} == volumes


def test_the_shipper_delivers_to_the_log_group_in_the_region(default):
    variables = default.containers()["shipper"]["variables"]

    assert variables["TODO_LOG_DESTINATION"] == "cloudwatch"
    assert variables["TODO_LOG_GROUP"] == default["aws_cloudwatch_log_group.main"]["name"]
    assert variables["AWS_DEFAULT_REGION"] == "us-east-1"
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


def test_what_a_container_says_never_blocks_it_and_is_kept_for_a_time(default):
    for container in every_container(default):
        log = container["logConfiguration"]
        assert log["logDriver"] == "awslogs"
        assert log["options"]["mode"] == "non-blocking"
        assert log["options"]["awslogs-group"] == default["aws_cloudwatch_log_group.main"]["name"]
        assert log["options"]["awslogs-region"] == "us-east-1"
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


def test_a_new_password_of_the_role_comes_to_the_database(default, order):
    version = default["aws_secretsmanager_secret_version.role_password[0]"]

    assert version["secret_id"] == default["aws_secretsmanager_secret.role_password[0]"]["id"]
    assert "aws_secretsmanager_secret_version.role_password" in order["terraform_data.migration"]


def test_api_keys_are_the_apps_alone_and_no_variable(narrow):
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:api-keys-AbCdEf"
    secrets = {
        each["name"]: [s["valueFrom"] for s in each.get("secrets", ()) if s["name"] == API_KEYS]
        for each in every_container(narrow)
    }

    assert secrets == {"app": [arn], "shipper": [], "migration": []}
    assert API_KEYS in variable_names()
    assert not any(API_KEYS in each["variables"] for each in every_container(narrow))


@pytest.mark.parametrize("definition", ["app", "migration"])
def test_a_task_is_one_that_fargate_takes(default, definition):
    task = default[f"aws_ecs_task_definition.{definition}"]
    (platform,) = task["runtime_platform"]

    assert task["requires_compatibilities"] == ["FARGATE"]
    assert task["network_mode"] == "awsvpc"
    assert (platform["operating_system_family"], platform["cpu_architecture"]) == (
        "LINUX",
        "X86_64",
    )
    assert 2 * int(task["cpu"]) <= int(task["memory"]) <= 8 * int(task["cpu"])
    assert not any(volume["host_path"] for volume in task["volume"])


def test_a_deployment_leaves_old_tasks_until_new_ones_are_healthy(default):
    service = default["aws_ecs_service.app"]
    (breaker,) = service["deployment_circuit_breaker"]

    assert service["task_definition"] == default["aws_ecs_task_definition.app"]["arn"]
    assert service["cluster"] == default["aws_ecs_cluster.main"]["arn"]
    assert service["launch_type"] == "FARGATE"
    assert service["deployment_minimum_healthy_percent"] == 100
    assert service["deployment_maximum_percent"] >= 200
    assert breaker["enable"]
    assert breaker["rollback"]


def test_min_tasks_is_where_the_service_starts(narrow):
    (target,) = narrow.all("aws_appautoscaling_target").values()

    assert narrow["aws_ecs_service.app"]["desired_count"] == target["min_capacity"] == 2


@pytest.mark.parametrize(
    ("shape", "value"), [("default", "enabled"), ("narrow", "enabled"), ("learner_lab", "disabled")]
)
def test_container_insights_is_paid_for_outside_of_a_lab_only(stacks, shape, value):
    (setting,) = stacks[shape]["aws_ecs_cluster.main"]["setting"]

    assert (setting["name"], setting["value"]) == ("containerInsights", value)
