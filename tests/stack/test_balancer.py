"""A request's way: listener, target group, health check, container, connection times."""

import re

from todo import create_app

# Take TLS 1.2 at least ("Security policies for your Application Load Balancer", read 2026-11).
STRICT = r"ELBSecurityPolicy-TLS13-1-[23](-Res)?(-PQ)?-20[0-9-]+"
STEADY_S = 60  # a load test keeps a task busy so long that shorter checks would kill it


def test_the_health_check_asks_what_the_app_answers(default):
    (check,) = default["aws_lb_target_group.app"]["health_check"]
    client = create_app({"SQLALCHEMY_DATABASE_URI": "sqlite://"}).test_client()

    assert str(client.get(check["path"]).status_code) == check["matcher"]
    assert "ready" not in check["path"], "a database that is away must not kill every task"
    assert check["port"] in (None, "traffic-port")
    assert check["protocol"] in (None, "HTTP")
    assert check["enabled"] is not False


def test_the_health_check_is_patient_with_a_busy_task_and_soon_with_a_new_one(default):
    (check,) = default["aws_lb_target_group.app"]["health_check"]
    service = default["aws_ecs_service.app"]

    assert 5 <= check["timeout"] < check["interval"]
    assert STEADY_S <= check["interval"] * check["unhealthy_threshold"] <= 2 * STEADY_S
    assert (
        check["interval"] * check["healthy_threshold"]
        <= service["health_check_grace_period_seconds"]
        <= 2 * STEADY_S
    ), "ECS kills no task that starts, and soon one that never gets healthy"


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
    assert default["aws_lb_listener.http"]["protocol"] == "HTTP"
    assert default["aws_lb.main"]["internal"] is not True
    assert {
        group["port"],
        behind["container_port"],
        mapping["containerPort"],
        int(container["variables"]["TODO_PORT"]),
    } == {6400}
    assert container["variables"]["TODO_HOST"] == "0.0.0.0"
    assert (group["protocol"], mapping["protocol"]) == ("HTTP", "tcp")
    assert group["protocol_version"] == "HTTP1", "gunicorn speaks no other"
    assert group["target_type"] == "ip", "tasks of the network mode awsvpc are addresses"


def test_the_app_keeps_connections_longer_than_the_balancer(default):
    keeps_s = int(default.containers()["app"]["variables"]["TODO_KEEP_ALIVE_S"])

    assert keeps_s >= default["aws_lb.main"]["idle_timeout"] + 5


def test_the_balancer_waits_longer_than_a_statement_may_take(default):
    parameters = default["aws_db_parameter_group.main"]["parameter"]
    (most_ms,) = [p["value"] for p in parameters if p["name"] == "statement_timeout"]

    assert default["aws_lb.main"]["idle_timeout"] > int(most_ms) / 1000


def test_a_slow_task_gets_fewer_requests(default):
    group = default["aws_lb_target_group.app"]

    assert group["load_balancing_algorithm_type"] == "least_outstanding_requests"
    assert not any(each["enabled"] for each in group["stickiness"]), "no client stays with it"


def test_the_app_believes_the_balancers_headers_and_nobody_elses(default):
    assert default.containers()["app"]["variables"]["TODO_PROXY_HOPS"] == "1"
    assert default["aws_lb.main"]["xff_header_processing_mode"] in (None, "append")
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
    (forward,) = https["default_action"]

    assert (redirect["protocol"], redirect["port"], redirect["status_code"]) == (
        "HTTPS",
        str(https["port"]),
        "HTTP_301",
    )
    assert {redirect["host"], redirect["path"], redirect["query"]} <= {
        *(None, "#{host}", "/#{path}", "#{query}")
    }, "to the same page"
    assert (https["port"], https["protocol"]) == (443, "HTTPS")
    assert https["certificate_arn"] == "arn:aws:acm:us-east-1:123456789012:certificate/1"
    assert re.fullmatch(STRICT, https["ssl_policy"])
    assert https["load_balancer_arn"] == narrow["aws_lb.main"]["arn"]
    assert (forward["type"], forward["target_group_arn"]) == (
        "forward",
        narrow["aws_lb_target_group.app"]["arn"],
    )


def test_the_name_leads_to_the_balancer(narrow):
    record = narrow["aws_route53_record.app[0]"]
    (alias,) = record["alias"]

    assert (record["zone_id"], record["name"], record["type"]) == ("Z123", "todos.example.com", "A")
    assert (alias["name"], alias["zone_id"]) == (
        narrow["aws_lb.main"]["dns_name"],
        narrow["aws_lb.main"]["zone_id"],
    )
    assert narrow.outputs["url"] == "https://todos.example.com"


def test_without_a_zone_somebody_else_makes_the_record(denied):
    assert not denied.all("aws_route53_record")
    assert denied.outputs["url"] == "http://todos.example.com"


def test_without_a_name_the_address_is_the_balancers(default):
    assert not default.all("aws_lb_listener.https")
    assert default.outputs["url"] == f"http://{default['aws_lb.main']['dns_name']}"
