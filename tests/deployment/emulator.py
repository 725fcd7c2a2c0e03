"""MiniStack, with what a deployment needs and it lacks.

Plain databases whose password is managed, health checks, a registry behind ECR, and an end to
deployments that failed. docs/reference/deployment.md says what therefore is not proven.
"""

import json
import os
import secrets

import health_checks
from ministack.app import main
from ministack.services import alb, ecr, ecs, rds, secretsmanager

REGISTRY = os.environ["REGISTRY"]  # host:port


def _run_without_tls(docker_client, engine, container_kwargs, tls_names=(), tls_ips=()):
    """MiniStack asks for TLS, which not every build of PostgreSQL's image can."""
    return docker_client.containers.run(**container_kwargs)


def _create_instance(parameters, original=rds._create_db_instance):
    """MiniStack manages the passwords of clusters alone."""
    name, password = rds._p(parameters, "DBInstanceIdentifier"), secrets.token_hex(20)
    answer = original(parameters | {"MasterUserPassword": [password]})
    secret = {"username": rds._p(parameters, "MasterUsername"), "password": password}
    rds._instances[name]["MasterUserSecret"] = secretsmanager.create_secret_in_process(
        f"rds!db-{name}-{secrets.token_hex(4)}",
        json.dumps(secret),
    )
    return answer


def _instance_xml(instance, original=rds._instance_xml):
    arn = instance.get("MasterUserSecret")
    secret = f"<SecretArn>{arn}</SecretArn><SecretStatus>active</SecretStatus>"
    return original(instance) + (f"<MasterUserSecret>{secret}</MasterUserSecret>" if arn else "")


def _delete_instance(parameters, original=rds._delete_db_instance):
    instance = rds._instances.get(rds._p(parameters, "DBInstanceIdentifier"), {})
    if arn := instance.get("MasterUserSecret"):
        secretsmanager.delete_secret_in_process(arn)
    return original(parameters)


def _task_healthy(service_key, task, original=ecs._record_service_task_healthy):
    """MiniStack takes a task that runs for a healthy one."""
    if health_checks.is_healthy(ecs._task_ip(task)):
        original(service_key, task)


def _create_service(data, original=ecs._create_service):
    health_checks.start()
    return original(data)


def _authorization_token(data, original=ecr._get_authorization_token):
    """MiniStack's ECR has the calls, and no registry behind them."""
    _, _, body = original(data)
    answer = json.loads(body)
    answer["authorizationData"][0]["proxyEndpoint"] = f"http://{REGISTRY}"
    return ecr.json_response(answer)


def _complete_deployment(
    cluster, service_key, original=ecs._complete_service_deployment, **expected
):
    """ECS no longer shows a deployment without tasks; MiniStack keeps the failed ones, and
    Terraform waits for them.
    """
    original(cluster, service_key, **expected)
    service = ecs._services.get(service_key, {"deployments": []})
    if any(each["rolloutState"] == "COMPLETED" for each in service["deployments"]):
        service["deployments"] = [
            each for each in service["deployments"] if each["rolloutState"] != "FAILED"
        ]


rds._run_rds_container = _run_without_tls
rds._instance_xml = _instance_xml
rds._ACTION_MAP |= {"CreateDBInstance": _create_instance, "DeleteDBInstance": _delete_instance}
alb.random = health_checks.Choice
ecr._repo_uri = lambda name: f"{REGISTRY}/{name}"
ecr._get_authorization_token = _authorization_token
ecs._complete_service_deployment = _complete_deployment
ecs._record_service_task_healthy = _task_healthy
ecs._ACTION_MAP["CreateService"] = _create_service

if __name__ == "__main__":
    main()
