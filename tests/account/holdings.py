"""What there is in an account, as far as a stack may make it."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

__all__ = ["LISTED", "PARTS", "holdings"]

# How that is listed which an operation makes.
LISTED = {
    "application-autoscaling": {
        "RegisterScalableTarget": "describe_scalable_targets",
        "PutScalingPolicy": "describe_scaling_policies",
    },
    "cloudwatch": {"PutMetricAlarm": "describe_alarms", "PutDashboard": "list_dashboards"},
    "ec2": {
        "AllocateAddress": "describe_addresses",
        "CreateInternetGateway": "describe_internet_gateways",
        "CreateNatGateway": "describe_nat_gateways",
        "CreateRouteTable": "describe_route_tables",
        "CreateSecurityGroup": "describe_security_groups",
        "CreateSubnet": "describe_subnets",
        "CreateVpc": "describe_vpcs",
    },
    "ecr": {"CreateRepository": "describe_repositories"},
    "ecs": {"CreateCluster": "list_clusters", "RegisterTaskDefinition": "list_task_definitions"},
    "elbv2": {
        "CreateLoadBalancer": "describe_load_balancers",
        "CreateTargetGroup": "describe_target_groups",
    },
    "iam": {"CreateRole": "list_roles"},
    "logs": {
        "CreateLogGroup": "describe_log_groups",
        "PutQueryDefinition": "describe_query_definitions",
    },
    "rds": {
        "CreateDBInstance": "describe_db_instances",
        "CreateDBSnapshot": "describe_db_snapshots",  # RDS makes some by itself, and a last one
        "CreateDBParameterGroup": "describe_db_parameter_groups",
        "CreateDBSubnetGroup": "describe_db_subnet_groups",
    },
    "route53": {"ChangeResourceRecordSets": "list_hosted_zones"},  # each with its records' count
    "secretsmanager": {"CreateSecret": "list_secrets"},
    "sns": {"CreateTopic": "list_topics", "Subscribe": "list_subscriptions"},
    "ssm": {"PutParameter": "describe_parameters"},
}
# What is made of something that is listed, and goes with it.
PARTS = {
    "ec2": {"CreateRoute", "CreateTags"},
    "ecr": {"PutImage", "PutLifecyclePolicy"},
    "ecs": {"CreateService", "RunTask"},
    "elbv2": {"CreateListener"},
    "iam": {"PutRolePolicy"},
    "logs": {"PutIndexPolicy", "PutRetentionPolicy"},
    "secretsmanager": {"PutSecretValue"},
}
ASKED = {"application-autoscaling": {"ServiceNamespace": "ecs"}}
TAKEN = "AvailableIpAddressCount"  # moto's stopped tasks keep their addresses


def holdings(client_of: Callable[[str], Any]) -> set[tuple[str, str]]:
    """All that the account has: how each thing is listed, and as what. `client_of` makes a client
    of boto3's for a service.
    """
    found = set()
    for service, listings in LISTED.items():
        with closing(client_of(service)) as client:
            for listing in listings.values():
                for each in _listed(client, listing, ASKED.get(service, {})):
                    found.add((listing, json.dumps(each, default=str)))
    return found


def _listed(client: Any, listing: str, asked: dict[str, str]) -> Iterator[Any]:
    if client.can_paginate(listing):
        answer = client.get_paginator(listing).paginate(**asked).build_full_result()
    else:
        answer = getattr(client, listing)(**asked)
    for each in (each for value in answer.values() if isinstance(value, list) for each in value):
        if not isinstance(each, dict):
            yield each
        elif each.get("State") != "deleted":  # as a NAT gateway is for an hour
            yield {name: value for name, value in each.items() if name != TAKEN}
