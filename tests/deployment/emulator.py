"""MiniStack, with what a deployment needs and it lacks: plain databases, and targets that count once they listen."""

import random
import socket

from ministack.app import main
from ministack.services import alb, ecs, rds


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


rds._run_rds_container = _run_without_tls
alb.random = _Listening()
ecs._ECS_DEPLOYMENT_STEADY_DELAY = 15  # seconds after which it stops old tasks; a real one waits for health checks

if __name__ == "__main__":
    main()
