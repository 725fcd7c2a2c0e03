"""What an apply makes first, and so a destroy last: by the graph, whatever an edge's reason."""

import pytest


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("aws_ecs_service.app", "terraform_data.migration"),
        ("aws_ecs_service.app", "aws_iam_role_policy.main"),
        ("aws_ecs_service.app", "aws_lb_listener.http"),
        ("aws_ecs_service.app", "aws_lb_listener.https"),
        ("aws_ecs_service.app", "aws_route_table_association.private"),
        ("aws_ecs_service.app", "aws_vpc_security_group_egress_rule.tasks_to_aws"),
        ("aws_ecs_service.app", "aws_vpc_security_group_egress_rule.tasks_to_database"),
        ("aws_ecs_service.app", "aws_vpc_security_group_egress_rule.balancer_to_tasks"),
        ("aws_ecs_service.app", "aws_vpc_security_group_ingress_rule.tasks_from_balancer"),
        ("aws_ecs_service.app", "aws_vpc_security_group_ingress_rule.database_from_tasks"),
        ("terraform_data.deployed", "aws_ecs_service.app"),
        ("terraform_data.migration", "aws_secretsmanager_secret_version.role_password"),
        ("terraform_data.migration", "aws_iam_role_policy.main"),
        ("terraform_data.migration", "aws_db_instance.main"),
        ("terraform_data.migration", "aws_route_table_association.private"),
        ("terraform_data.migration", "aws_vpc_security_group_egress_rule.tasks_to_aws"),
        ("terraform_data.migration", "aws_vpc_security_group_egress_rule.tasks_to_database"),
        ("terraform_data.migration", "aws_vpc_security_group_ingress_rule.database_from_tasks"),
        ("terraform_data.migration", "terraform_data.image"),
        ("aws_db_instance.main", "aws_cloudwatch_log_group.of_aws"),
        ("aws_ecs_cluster.main", "aws_cloudwatch_log_group.of_aws"),
        ("aws_nat_gateway.main", "aws_internet_gateway.main"),
        ("aws_appautoscaling_target.tasks", "aws_ecs_service.app"),
    ],
)
def test_one_is_made_before_the_other(order, later, earlier):
    assert earlier in order[later]
