"""What is off by default: what each option comes to when it is on."""

from itertools import product

import pytest

VERBS_AND_KINDS = [*product(("Create", "Open"), ("Control", "Data"))]


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("aws_lb.main", "aws_s3_bucket_policy.access_logs"),
        ("aws_ecs_service.app", "aws_ecs_cluster_capacity_providers.spot"),
        ("aws_ecs_service.app", "aws_cloudwatch_metric_alarm.main"),
        ("aws_ecs_service.app", "aws_cloudwatch_metric_alarm.combined"),
    ],
)
def test_what_another_part_is_refused_without_is_made_before_it(options, later, earlier):
    assert earlier in options.waits[later]


def test_every_role_is_bounded(options, default):
    bounds, unbound = (
        {role["permissions_boundary"] for role in stack.all("aws_iam_role").values()}
        for stack in (options, default)
    )

    assert bounds == {"arn:aws:iam::123456789012:policy/boundary"}
    assert unbound == {None}


def test_waf_refuses_an_address_that_sends_too_much_and_lets_all_else_through(options, default):
    acl = options["aws_wafv2_web_acl.main[0]"]
    (rule,) = acl["rule"]
    (limit,) = rule["statement"][0]["rate_based_statement"]
    (block,) = rule["action"][0]["block"]

    assert acl["default_action"][0]["allow"]
    assert not acl["default_action"][0]["block"]
    assert (limit["limit"], limit["evaluation_window_sec"]) == (5000, 300)
    assert limit["aggregate_key_type"] == "IP"
    assert not limit["scope_down_statement"], "of all its requests"
    assert block["custom_response"][0]["response_code"] == 429
    assert not default.all("aws_wafv2_web_acl")


def test_waf_stands_before_the_balancer(options):
    acl, link = (
        options[f"aws_wafv2_{name}[0]"] for name in ("web_acl.main", "web_acl_association.balancer")
    )

    assert acl["scope"] == "REGIONAL", "of a load balancer"
    assert link["web_acl_arn"] == acl["arn"]
    assert link["resource_arn"] == options["aws_lb.main"]["arn"]


def test_waf_counts_and_keeps_no_request(options):
    acl = options["aws_wafv2_web_acl.main[0]"]
    views = [*acl["visibility_config"], *acl["rule"][0]["visibility_config"]]

    assert all(view["cloudwatch_metrics_enabled"] for view in views)
    assert not any(view["sampled_requests_enabled"] for view in views), "it has the API keys"
    assert len({view["metric_name"] for view in views}) == 2


def test_spot_has_its_share_of_the_tasks_above_the_fewest(options, default):
    service = options["aws_ecs_service.app"]
    strategy = {
        each["capacity_provider"]: (each["base"], each["weight"])
        for each in service["capacity_provider_strategy"]
    }

    assert strategy == {"FARGATE": (2, 30), "FARGATE_SPOT": (0, 70)}
    assert service["launch_type"] != "FARGATE", "ECS takes a launch type or a strategy"
    assert service["force_new_deployment"], "another share changes the service in place"
    assert not default["aws_ecs_service.app"]["capacity_provider_strategy"]
    assert not default["aws_ecs_service.app"]["force_new_deployment"]


def test_the_cluster_knows_what_the_tasks_run_on(options, default):
    (known,) = options.all("aws_ecs_cluster_capacity_providers").values()
    strategy = options["aws_ecs_service.app"]["capacity_provider_strategy"]

    assert known["cluster_name"] == options["aws_ecs_cluster.main"]["name"]
    assert {each["capacity_provider"] for each in strategy} <= set(known["capacity_providers"])
    assert not default.all("aws_ecs_cluster_capacity_providers")


def test_a_task_of_spot_delivers_its_lines_within_its_two_minutes(options, default):
    app, shipper = options.containers()["app"], options.containers()["shipper"]
    usual = default.containers()["shipper"]["variables"]["TODO_SHIP_DRAIN_DEADLINE_S"]

    drain_s = int(shipper["variables"]["TODO_SHIP_DRAIN_DEADLINE_S"])
    assert app["stopTimeout"] + drain_s <= 120
    assert int(usual) > drain_s


def test_tasks_are_scheduled_for_this_service(options, default):
    (target,) = options.all("aws_appautoscaling_target").values()
    scheduled = {}
    for action in options.all("aws_appautoscaling_scheduled_action").values():
        (tasks,) = action["scalable_target_action"]
        counts = tuple(int(tasks[f"{end}_capacity"]) for end in ("min", "max"))
        scheduled[action["name"]] = (action["schedule"], action["timezone"], *counts)
        for key in ("resource_id", "service_namespace", "scalable_dimension"):
            assert action[key] == target[key]

    assert scheduled == {
        "todos-lecture": ("cron(45 9 ? * MON *)", "Europe/Berlin", 3, 12),
        "todos-evening": ("at(2027-01-31T17:00:00)", "Etc/UTC", 2, 5),
    }
    assert not default.all("aws_appautoscaling_scheduled_action")


def test_a_shell_can_be_opened_in_a_tasks_containers(options, default):
    for stack, is_open in ((options, True), (default, False)):
        service = stack["aws_ecs_service.app"]
        containers = stack.containers().values()
        assert bool(service["enable_execute_command"]) is is_open
        assert {not each["readonlyRootFilesystem"] for each in containers} == {is_open}

    assert options.containers("migration")["migration"]["readonlyRootFilesystem"]
    for container in options.containers().values():
        assert container["linuxParameters"]["initProcessEnabled"], "it ends what a shell leaves"
        assert container["user"] == default.containers()[container["name"]]["user"]


def rights(stack, name):
    """The actions that a policy's statements allow, with what they are allowed on."""
    return {
        (action, resource)
        for statement in stack[f"data.aws_iam_policy_document.{name}"]["statement"]
        for action in statement["actions"]
        for resource in statement["resources"]
    }


def test_the_task_may_what_ecs_exec_needs_and_log_its_sessions(options, default):
    group = options["aws_cloudwatch_log_group.main"]["arn"]
    channels = {f"ssmmessages:{verb}{kind}Channel" for verb, kind in VERBS_AND_KINDS}

    assert rights(options, "task") - rights(default, "task") == {
        *((channel, "*") for channel in channels),
        ("logs:DescribeLogGroups", "*"),
        ("logs:DescribeLogStreams", f"{group}:*"),
    }
    assert rights(options, "task") >= rights(default, "task")
    assert rights(options, "execution") == {
        (action, resource.replace("arn:aws:ecr:", "arn:aws-elsewhere:ecr:"))
        for action, resource in rights(default, "execution")
    }


def test_a_deployment_is_taken_back_by_the_alarms_of_what_clients_see(options, default):
    (alarms,) = options["aws_ecs_service.app"]["alarms"]
    known = {each["alarm_name"] for each in options.all("aws_cloudwatch_metric_alarm").values()}

    assert alarms["enable"]
    assert alarms["rollback"]
    assert set(alarms["alarm_names"]) == {"todos-balancer-errors", "todos-slow", "todos-errors"}
    assert set(alarms["alarm_names"]) <= known
    assert not default["aws_ecs_service.app"]["alarms"]


def test_the_price_list_knows_the_options(options, default):
    changed = {"waf": True, "masked": True, "tasks": 2, "database_class": "db.t4g.medium"}
    alarms = len(options.all("aws_cloudwatch_metric_alarm"))

    assert options.outputs["size"] == default.outputs["size"] | changed | {"alarms": alarms}
    assert default.outputs["size"]["alarms"] == len(default.all("aws_cloudwatch_metric_alarm"))
