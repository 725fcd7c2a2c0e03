"""A request's way: listener, target group, health check, container, connection times."""

import json

from todo import create_app

STEADY_S = 60  # a load test keeps a task busy so long that shorter checks would kill it


def test_the_health_check_asks_what_the_app_answers(default):
    (check,) = default["aws_lb_target_group.app"]["health_check"]
    client = create_app({"SQLALCHEMY_DATABASE_URI": "sqlite://"}).test_client()

    assert str(client.get(check["path"]).status_code) == check["matcher"]
    assert "ready" not in check["path"], "a database that is away must not kill every task"


def test_the_health_check_is_patient_with_a_busy_task_and_soon_with_a_new_one(default):
    (check,) = default["aws_lb_target_group.app"]["health_check"]
    service = default["aws_ecs_service.app"]

    assert check["timeout"] < check["interval"]
    assert check["interval"] * check["unhealthy_threshold"] >= STEADY_S
    assert (
        check["interval"] * check["healthy_threshold"]
        <= service["health_check_grace_period_seconds"]
    )


def test_a_request_comes_to_the_port_where_the_app_listens(default):
    group = default["aws_lb_target_group.app"]
    (behind,) = default["aws_ecs_service.app"]["load_balancer"]
    container = default.containers()[behind["container_name"]]
    (mapping,) = container["portMappings"]
    (action,) = default["aws_lb_listener.http"]["default_action"]

    assert action["type"] == "forward"
    assert action["target_group_arn"] == group["arn"] == behind["target_group_arn"]
    assert default["aws_lb_listener.http"]["load_balancer_arn"] == default["aws_lb.main"]["arn"]
    assert default["aws_lb_listener.http"]["port"] == 80
    assert {
        group["port"],
        behind["container_port"],
        mapping["containerPort"],
        int(container["variables"]["TODO_PORT"]),
    } == {6400}
    assert container["variables"]["TODO_HOST"] == "0.0.0.0"
    assert (group["protocol"], mapping["protocol"]) == ("HTTP", "tcp")
    assert group["target_type"] == "ip", "tasks of the network mode awsvpc are addresses"


def test_the_app_keeps_connections_longer_than_the_balancer(default):
    keeps_s = int(default.containers()["app"]["variables"]["TODO_KEEP_ALIVE_S"])

    assert keeps_s >= default["aws_lb.main"]["idle_timeout"] + 5


def test_the_app_believes_the_balancers_headers_and_nobody_elses(default):
    assert default.containers()["app"]["variables"]["TODO_PROXY_HOPS"] == "1"
    assert default["aws_lb.main"]["drop_invalid_header_fields"]
    assert default["aws_lb.main"]["desync_mitigation_mode"] in ("defensive", "strictest")
    assert default["aws_lb.main"]["load_balancer_type"] == "application"


def test_a_task_leaves_the_balancer_before_it_is_killed(default):
    app = default.containers()["app"]

    assert (
        int(default["aws_lb_target_group.app"]["deregistration_delay"])
        <= int(app["variables"]["TODO_GRACEFUL_TIMEOUT_S"])
        < app["stopTimeout"]
        <= 120
    )


def test_https_is_for_the_name_and_http_leads_to_it(narrow):
    (redirect,) = narrow["aws_lb_listener.http"]["default_action"][0]["redirect"]
    https = narrow["aws_lb_listener.https[0]"]
    (record,) = narrow["aws_route53_record.app[0]"]["alias"]

    assert (redirect["protocol"], redirect["port"], redirect["status_code"]) == (
        "HTTPS",
        str(https["port"]),
        "HTTP_301",
    )
    assert (https["port"], https["protocol"]) == (443, "HTTPS")
    assert https["certificate_arn"] == "arn:aws:acm:us-east-1:123456789012:certificate/1"
    assert "TLS13" in https["ssl_policy"]
    assert (
        https["default_action"][0]["target_group_arn"] == narrow["aws_lb_target_group.app"]["arn"]
    )
    assert narrow["aws_route53_record.app[0]"]["name"] == "todos.example.com"
    assert (record["name"], record["zone_id"]) == (
        narrow["aws_lb.main"]["dns_name"],
        narrow["aws_lb.main"]["zone_id"],
    )
    assert narrow.outputs["url"] == "https://todos.example.com"


def test_without_a_name_the_address_is_the_balancers(default):
    assert default.outputs["url"] == f"http://{default['aws_lb.main']['dns_name']}"


def test_scaling_follows_this_service_by_this_balancers_requests(default):
    (target,) = default.all("aws_appautoscaling_target").values()
    service, cluster = default["aws_ecs_service.app"], default["aws_ecs_cluster.main"]
    by = {}
    for policy in default.all("aws_appautoscaling_policy").values():
        (settings,) = policy["target_tracking_scaling_policy_configuration"]
        (metric,) = settings["predefined_metric_specification"]
        by[metric["predefined_metric_type"]] = (metric["resource_label"], settings)
        assert (policy["resource_id"], policy["service_namespace"], policy["policy_type"]) == (
            target["resource_id"],
            "ecs",
            "TargetTrackingScaling",
        )
        assert policy["scalable_dimension"] == target["scalable_dimension"]
        assert settings["scale_out_cooldown"] < settings["scale_in_cooldown"]

    assert target["resource_id"] == f"service/{cluster['name']}/{service['name']}"
    assert target["scalable_dimension"] == "ecs:service:DesiredCount"
    assert (target["min_capacity"], target["max_capacity"]) == (1, 4)
    label, settings = by["ALBRequestCountPerTarget"]
    assert label == (
        f"{default['aws_lb.main']['arn_suffix']}/{default['aws_lb_target_group.app']['arn_suffix']}"
    )
    assert settings["target_value"] == 120 * 60, "120 a second, and the metric counts per minute"
    assert by["ECSServiceAverageCPUUtilization"][1]["target_value"] < 85, "before the alarm"


def test_the_dashboards_widgets_lie_side_by_side(default):
    widgets = json.loads(default["aws_cloudwatch_dashboard.main"]["dashboard_body"])["widgets"]
    cells = [
        (x, y)
        for w in widgets
        for x in range(w["x"], w["x"] + w["width"])
        for y in range(w["y"], w["y"] + w["height"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
