"""How many tasks there are: by which metrics, between which numbers."""

import pytest


def scaling(stack):
    """The settings of each policy, by the metric that it follows."""
    found = {}
    for policy in stack.all("aws_appautoscaling_policy").values():
        (settings,) = policy["target_tracking_scaling_policy_configuration"]
        (metric,) = settings["predefined_metric_specification"]
        found[metric["predefined_metric_type"]] = settings | {"label": metric["resource_label"]}
    return found


@pytest.mark.parametrize(
    ("shape", "least", "most", "requests"), [("default", 1, 4, 120), ("narrow", 2, 3, 200)]
)
def test_scaling_keeps_to_what_was_asked_for(stacks, shape, least, most, requests):
    (target,) = stacks[shape].all("aws_appautoscaling_target").values()
    settings = scaling(stacks[shape])["ALBRequestCountPerTarget"]

    assert (target["min_capacity"], target["max_capacity"]) == (least, most)
    assert settings["target_value"] == requests * 60, "a second, and the metric counts per minute"


def test_scaling_follows_this_service_by_this_balancers_requests(default):
    (target,) = default.all("aws_appautoscaling_target").values()
    service, cluster = default["aws_ecs_service.app"], default["aws_ecs_cluster.main"]
    balancer, group = default["aws_lb.main"], default["aws_lb_target_group.app"]
    by = scaling(default)

    assert target["resource_id"] == f"service/{cluster['name']}/{service['name']}"
    assert target["scalable_dimension"] == "ecs:service:DesiredCount"
    for policy in default.all("aws_appautoscaling_policy").values():
        assert policy["policy_type"] == "TargetTrackingScaling"
        for key in ("resource_id", "service_namespace", "scalable_dimension"):
            assert policy[key] == target[key]
    assert target["service_namespace"] == "ecs"
    assert {metric: settings["label"] for metric, settings in by.items()} == {
        "ALBRequestCountPerTarget": f"{balancer['arn_suffix']}/{group['arn_suffix']}",
        "ECSServiceAverageCPUUtilization": None,
    }


def test_scaling_is_quick_to_add_tasks_and_slow_to_take_them_away(default):
    by = scaling(default)
    alarm = default['aws_cloudwatch_metric_alarm.main["cpu"]']

    for settings in by.values():
        assert settings["scale_out_cooldown"] <= 60
        assert settings["scale_in_cooldown"] >= 300
        assert not settings["disable_scale_in"]
    assert 40 < by["ECSServiceAverageCPUUtilization"]["target_value"] < alarm["threshold"]
