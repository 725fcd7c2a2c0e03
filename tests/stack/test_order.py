"""What an apply makes first, and so a destroy last: by the state, whatever an edge's reason."""

import pytest

TASK_NEEDS = [  # to start, to reach the database, and to deliver its lines
    "aws_iam_role_policy.main",
    "aws_route_table_association.private",
    "aws_vpc_security_group_egress_rule.tasks_to_aws",
    "aws_vpc_security_group_egress_rule.tasks_to_database",
    "aws_vpc_security_group_ingress_rule.database_from_tasks",
    "aws_cloudwatch_log_group.main",
    "aws_db_instance.main",
]
SERVICE_NEEDS = [
    "aws_lb_listener.http",
    "aws_vpc_security_group_egress_rule.balancer_to_tasks",
    "aws_vpc_security_group_ingress_rule.tasks_from_balancer",
]


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        *(("aws_ecs_service.app", earlier) for earlier in TASK_NEEDS + SERVICE_NEEDS),
        *(("terraform_data.migration", earlier) for earlier in TASK_NEEDS),
        ("aws_ecs_service.app", "aws_lb_listener.https"),
        ("aws_ecs_service.app", "terraform_data.migration"),
        ("aws_ecs_service.app", "aws_secretsmanager_secret_version.role_password"),
        ("terraform_data.migration", "aws_secretsmanager_secret_version.role_password"),
        ("terraform_data.deployed", "aws_ecs_service.app"),
        ("aws_appautoscaling_target.tasks", "aws_ecs_service.app"),
        ("aws_db_instance.main", "aws_cloudwatch_log_group.of_aws"),
        ("aws_ecs_cluster.main", "aws_cloudwatch_log_group.of_aws"),
        ("aws_nat_gateway.main", "aws_internet_gateway.main"),
    ],
)
def test_one_is_made_before_the_other(narrow, later, earlier):
    assert earlier in narrow.waits[later]


@pytest.mark.parametrize("earlier", ["terraform_data.image", *TASK_NEEDS[2:], *SERVICE_NEEDS])
def test_without_a_migration_the_service_waits_for_what_it_needs_all_the_same(emulated, earlier):
    assert earlier in emulated.waits["aws_ecs_service.app"]


def test_without_secrets_manager_the_migration_waits_for_the_passwords(denied):
    assert "aws_ssm_parameter.password" in denied.waits["terraform_data.migration"]
