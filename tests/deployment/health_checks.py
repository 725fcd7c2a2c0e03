"""The balancer's health checks by HTTP and what ECS makes of them, neither of which MiniStack has.

As AWS documents them: a target gets requests once it passed a check, and none after it failed as
many in a row as its target group says, unless all did. ECS replaces the task of such a target when
the service's grace period is over, which is a failure for the circuit breaker to count; and a task
counts as started when its target is healthy. https://docs.aws.amazon.com/elasticloadbalancing/
latest/application/target-group-health-checks.html
"""

import functools
import http.client
import random
import re
import time
from dataclasses import dataclass, field

from ministack.core.concurrency import spawn_background
from ministack.services import alb, ecs

SPEED = 3  # times more often than the target group says, and the service is as impatient
LOOK_EVERY_S = 0.2


@dataclass
class Target:
    """What the balancer knows of one."""

    first_seen_s: float = field(default_factory=time.monotonic)
    next_check_s: float = 0.0
    is_healthy: bool = False
    failed: int = 0  # in a row


_targets: dict[str, Target] = {}  # by address


class Choice:
    """In place of `random` in MiniStack's balancer, which takes any target."""

    choices = staticmethod(random.choices)

    @staticmethod
    def choice(targets):
        """One that is healthy, or any when none is."""
        return random.choice([each for each in targets if is_healthy(each["Id"])] or targets)


def is_healthy(address: str) -> bool:
    """Whether the target is in service."""
    return address in _targets and _targets[address].is_healthy


@functools.cache
def start() -> None:
    """Checks all targets of all groups from now on, in the account of whoever calls."""
    spawn_background(_run)


def _run() -> None:
    while True:
        groups = {arn: list(alb._targets.get(arn, [])) for arn in list(alb._tgs)}
        present = {each["Id"] for targets in groups.values() for each in targets}
        for gone in set(_targets) - present:
            del _targets[gone]
        for arn, targets in groups.items():
            for each in targets:
                _look_at(alb._tgs[arn], each)
        time.sleep(LOOK_EVERY_S)


def _look_at(group, target) -> None:
    known = _targets.setdefault(target["Id"], Target())
    now_s = time.monotonic()
    if now_s < known.next_check_s:
        return
    known.next_check_s = now_s + group["HealthCheckIntervalSeconds"] / SPEED
    if _passes(group, target):
        known.failed = 0
        if not known.is_healthy:
            known.is_healthy = True
            _started(target["Id"])
        return
    known.failed += 1
    if known.failed >= group["UnhealthyThresholdCount"]:
        known.is_healthy = False
        _replace(target["Id"], known, group["TargetGroupArn"])


def _passes(group, target) -> bool:
    connection = http.client.HTTPConnection(
        target["Id"], int(target["Port"]), timeout=group["HealthCheckTimeoutSeconds"]
    )
    try:
        connection.request("GET", group["HealthCheckPath"])
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return any(
        low <= status <= (high or low)
        for low, high in _ranges(group.get("Matcher", {}).get("HttpCode", "200"))
    )


def _ranges(codes: str):
    for low, high in re.findall(r"(\d+)(?:-(\d+))?", codes):
        yield int(low), int(high or 0)


def _service_of(address: str):
    """The running task with this address, and the key of its service; None for another's."""
    for task in list(ecs._tasks.values()):
        group = task.get("group") or ""
        if ecs._task_ip(task) == address and task["lastStatus"] == "RUNNING":
            cluster = ecs._cluster_name_from_arn(task["clusterArn"])
            return task, cluster, f"{cluster}/{group.removeprefix('service:')}"
    return None


def _started(address: str) -> None:
    found = _service_of(address)
    if found:
        task, cluster, service_key = found
        ecs._record_service_task_healthy(service_key, task)
        ecs._reconcile_service_tasks(cluster, service_key)
        ecs._complete_service_deployment(cluster, service_key)


def _replace(address: str, known: Target, group_arn: str) -> None:
    found = _service_of(address)
    if not found:
        return
    task, _, service_key = found
    grace_s = ecs._services[service_key].get("healthCheckGracePeriodSeconds", 0)
    if time.monotonic() - known.first_seen_s < grace_s / SPEED:
        return
    reason = f"Task failed ELB health checks in (target-group {group_arn})"
    if ecs._mark_task_stopped(task["taskArn"], task, reason, "ServiceSchedulerInitiated", 143):
        ecs._cleanup_task_resources(task, ecs._get_docker())
        ecs._record_service_task_failure(task)
