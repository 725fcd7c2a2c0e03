"""MiniStack, with what a deployment needs and it lacks.

Plain databases, targets that count once they listen, a registry behind ECR, and an end to
deployments that failed.
"""

import json
import os
import random
import socket

from ministack.app import main
from ministack.services import alb, ecr, ecs, rds

REGISTRY = os.environ["REGISTRY"]  # host:port


def _run_without_tls(docker_client, engine, container_kwargs, tls_names=(), tls_ips=()):
    """MiniStack asks for TLS, which not every build of PostgreSQL's image can."""
    return docker_client.containers.run(**container_kwargs)


class _Listening:
    """A choice among the targets that listen; MiniStack has no health checks and takes any."""

    choices = staticmethod(random.choices)

    @staticmethod
    def choice(targets):
        return random.choice([target for target in targets if _listens(target)] or targets)


def _listens(target):
    try:
        socket.create_connection((target["Id"], int(target["Port"])), timeout=0.5).close()
    except OSError:
        return False
    return True


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
alb.random = _Listening()
ecr._repo_uri = lambda name: f"{REGISTRY}/{name}"
ecr._get_authorization_token = _authorization_token
ecs._complete_service_deployment = _complete_deployment
ecs._ECS_DEPLOYMENT_STEADY_DELAY = (
    15  # seconds after which it stops old tasks; a real one waits for health checks
)

if __name__ == "__main__":
    main()
