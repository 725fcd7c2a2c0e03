"""The service: how its tasks come and go."""

import pytest


def test_a_deployment_leaves_old_tasks_until_new_ones_are_healthy(default):
    service = default["aws_ecs_service.app"]
    (breaker,) = service["deployment_circuit_breaker"]

    assert service["task_definition"] == default["aws_ecs_task_definition.app"]["arn"]
    assert service["cluster"] == default["aws_ecs_cluster.main"]["arn"]
    assert service["launch_type"] == "FARGATE"
    assert service["deployment_minimum_healthy_percent"] == 100
    assert service["deployment_maximum_percent"] >= 200
    assert service["platform_version"] == "LATEST"
    assert not service["wait_for_steady_state"], "await_service.py waits, and says why"
    assert breaker["enable"]
    assert breaker["rollback"]


def test_a_destroy_waits_until_the_last_lines_are_delivered(default):
    app, shipper = default.containers()["app"], default.containers()["shipper"]
    drained_s = int(default["aws_lb_target_group.app"]["deregistration_delay"])
    minutes = int(default["aws_ecs_service.app"]["timeouts"]["delete"].removesuffix("m"))

    assert minutes * 60 >= drained_s + app["stopTimeout"] + shipper["stopTimeout"]


def test_min_tasks_is_where_the_service_starts(narrow):
    (target,) = narrow.all("aws_appautoscaling_target").values()

    assert narrow["aws_ecs_service.app"]["desired_count"] == target["min_capacity"] == 2


@pytest.mark.parametrize(
    ("shape", "value"),
    [("default", "enabled"), ("denied", "disabled"), ("learner_lab", "disabled")],
)
def test_container_insights_is_paid_for_when_asked_for_and_never_in_a_lab(stacks, shape, value):
    (setting,) = stacks[shape]["aws_ecs_cluster.main"]["setting"]

    assert (setting["name"], setting["value"]) == ("containerInsights", value)
