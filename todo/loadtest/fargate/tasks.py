"""The tasks of a run: started, watched and stopped, each by the name of its machine."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # no types

from ..errors import LoadError
from ..machines import SHARED_SETTINGS, Share
from .stack import CONTAINER, Stack

__all__ = ["Tasks"]

_UNKNOWN_S = 60.0  # ECS is eventually consistent: a task that it has just made may be MISSING
_LAST_LINES = 15


class Tasks:
    """The tasks of one run. `ecs` and `logs` are boto3's clients.

    `stopped` are those that have stopped, as DescribeTasks gives them, and those that it has not
    known for a minute.
    """

    def __init__(self, ecs: Any, logs: Any, stack: Stack, run_id: str) -> None:
        """Starts none."""
        self._ecs, self._logs, self._stack, self._run_id = ecs, logs, stack, run_id
        self._arns: dict[str, str] = {}
        self._known_at = time.monotonic()
        self.statuses: dict[str, str] = {}
        self.stopped: dict[str, Mapping[str, Any]] = {}

    def start(self, share: Share) -> None:
        """Starts one. Raises LoadError when ECS refuses, as it does above the account's quota."""
        answer = self._ecs.run_task(
            cluster=self._stack.name,
            taskDefinition=self._stack.task_definition,
            launchType="FARGATE",
            startedBy=self._run_id.replace(".", "_"),
            propagateTags="TASK_DEFINITION",
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": self._stack.subnets,
                    "securityGroups": [self._stack.security_group],
                    "assignPublicIp": "ENABLED",
                }
            },
            overrides={"containerOverrides": [self._told(share)]},
        )
        if answer["failures"]:
            raise LoadError(
                f"ECS does not start {share.name}: {answer['failures'][0].get('reason')}"
            )
        self._arns[share.name] = answer["tasks"][0]["taskArn"]
        self.statuses[share.name] = "PROVISIONING"
        self._known_at = time.monotonic()

    def look(self) -> None:
        """Asks ECS how they are."""
        left = {arn: name for name, arn in self._arns.items() if name not in self.stopped}
        if not left:
            return
        answer = self._ecs.describe_tasks(cluster=self._stack.name, tasks=list(left))
        for task in answer["tasks"]:
            name = left.pop(task["taskArn"])
            self.statuses[name] = task["lastStatus"]
            if task["lastStatus"] == "STOPPED":
                self.stopped[name] = task
        if not left:
            self._known_at = time.monotonic()
        elif time.monotonic() - self._known_at > _UNKNOWN_S:
            for arn, name in left.items():
                self.stopped[name] = _unknown(arn)

    @property
    def are_all_stopped(self) -> bool:
        """Whether none is left."""
        return len(self.stopped) == len(self._arns)

    def stop(self, reason: str) -> None:
        """Asks all that may be left to end: k6 keeps what it has measured, the task brings it."""
        for name, arn in self._arns.items():
            if self.stopped.get(name, {}).get("lastStatus") == "STOPPED":
                continue
            with suppress(self._ecs.exceptions.InvalidParameterException):  # it is gone already
                self._ecs.stop_task(cluster=self._stack.name, task=arn, reason=reason)

    def why_stopped(self, name: str) -> str:
        """The reason that ECS gives, what the container said of itself, and its last lines."""
        task = self.stopped[name]
        said = [task.get("stoppedReason") or "ECS names no reason"]
        for container in task["containers"]:
            code = container.get("exitCode")
            ended = "did not start" if code is None else f"ended with exit code {code}"
            said.append(f"the container {ended}. {container.get('reason', '')}".rstrip())
        return "\n  ".join([*said, *self._last_lines(task["taskArn"])])

    def exit_code(self, name: str) -> int:
        """Of a task that has stopped; 1 where it has none."""
        codes = [each.get("exitCode") for each in self.stopped[name]["containers"]]
        return next(filter(None, codes), 1)

    def _told(self, share: Share) -> dict[str, Any]:
        variables = {**SHARED_SETTINGS, "RUN_ID": self._run_id, "MACHINE_NAME": share.name}
        return {
            "name": CONTAINER,
            "command": ["run", "--quiet", "--no-color", *share.arguments[1:]],
            "environment": [{"name": name, "value": value} for name, value in variables.items()],
        }

    def _last_lines(self, arn: str) -> Sequence[str]:
        stream = f"load/{CONTAINER}/{arn.rsplit('/', 1)[-1]}"
        try:
            events = self._logs.get_log_events(
                logGroupName=self._stack.log_group,
                logStreamName=stream,
                limit=_LAST_LINES,
                startFromHead=False,
            )["events"]
        except ClientError:  # it never got so far as to write, or these credentials may not read
            return []
        return [f"  {event['message'].rstrip()}" for event in events]


def _unknown(arn: str) -> Mapping[str, Any]:
    return {
        "taskArn": arn,
        "stoppedReason": "ECS does not know the task any more",
        "containers": [],
    }
