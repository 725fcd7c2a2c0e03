"""What moto lacks of AWS, or answers otherwise, as far as the stack meets it. Nothing of this
proves anything about AWS.
"""

import uuid
from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ecs.models import EC2ContainerServiceBackend, Service
from moto.logs.models import LogGroup
from moto.moto_api import state_manager
from moto.rds.models import DBParameterGroup
from moto.route53 import models as route53

__all__ = ["ANSWERED", "amend"]

Parameters = dict[str, Any]
Answer = dict[str, Any]

_queries: dict[str, Parameters] = {}
_index_policies: dict[str, Answer] = {}
_tags: dict[str, str] = {}  # of the one scaling target


def _put_query(asked: Parameters) -> Answer:
    id_ = asked.get("queryDefinitionId", str(uuid.uuid4()))
    _queries[id_] = asked
    return {"queryDefinitionId": id_}


def _list_queries(asked: Parameters) -> Answer:
    prefix = asked.get("queryDefinitionNamePrefix", "")
    found = [
        {"queryDefinitionId": id_, "logGroupNames": [], **query}
        for id_, query in _queries.items()
        if query["name"].startswith(prefix)
    ]
    return {"queryDefinitions": found}


def _delete_query(asked: Parameters) -> Answer:
    return {"success": _queries.pop(asked["queryDefinitionId"], None) is not None}


def _put_index_policy(asked: Parameters) -> Answer:
    policy = {
        "logGroupIdentifier": asked["logGroupIdentifier"],
        "policyDocument": asked["policyDocument"],
        "source": "LOG_GROUP",
    }
    _index_policies[asked["logGroupIdentifier"]] = policy
    return {"indexPolicy": policy}


def _list_index_policies(asked: Parameters) -> Answer:
    groups = asked["logGroupIdentifiers"]
    return {"indexPolicies": [_index_policies[each] for each in groups if each in _index_policies]}


def _delete_index_policy(asked: Parameters) -> Answer:
    _index_policies.pop(asked["logGroupIdentifier"], None)
    return {}


def _remember_tags(asked: Parameters) -> None:
    _tags.update(asked.get("Tags", {}))


# Calls that moto has not, by service and operation. It answers where these answer None.
ANSWERED = {
    ("logs", "PutQueryDefinition"): _put_query,
    ("logs", "DescribeQueryDefinitions"): _list_queries,
    ("logs", "DeleteQueryDefinition"): _delete_query,
    ("logs", "PutIndexPolicy"): _put_index_policy,
    ("logs", "DescribeIndexPolicies"): _list_index_policies,
    ("logs", "DeleteIndexPolicy"): _delete_index_policy,
    ("service-quotas", "GetServiceQuota"): lambda asked: {"Quota": {"Value": 100.0}},
    ("application-autoscaling", "RegisterScalableTarget"): _remember_tags,
    ("application-autoscaling", "ListTagsForResource"): lambda asked: {"Tags": _tags},
}


def amend() -> None:
    """Changes moto where it is not as AWS is."""
    zone_id = route53.create_route53_zone_id
    route53.create_route53_zone_id = lambda **given: f"Z{zone_id(**given)}"
    state_manager.set_transition("ecs::task", {"progression": "immediate"})  # a task ends at once
    # Containers of Fargate need no memory of their own, and no instance that has room for them.
    nothing = {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}
    EC2ContainerServiceBackend._calculate_task_resource_requirements = staticmethod(
        lambda definition: nothing
    )
    # A deleted cluster goes on for a while, and is not listed.
    EC2ContainerServiceBackend.list_clusters = lambda backend: [
        cluster.arn for cluster in backend.clusters.values() if cluster.status == "ACTIVE"
    ]
    # What it forgets. Where that is one value, a stack that asks for another has a second plan.
    Service.health_check_grace_period_seconds = 60
    described = LogGroup.to_describe_dict
    LogGroup.to_describe_dict = lambda group: described(group) | {"logGroupClass": "STANDARD"}
    update = DBParameterGroup.update_parameters
    DBParameterGroup.update_parameters = lambda group, given: update(
        group, [each | {"Source": "user"} for each in given]
    )
    SecurityGroupRule.description = property(
        lambda rule: (rule.ip_range or rule.source_group).get("Description")
    )
