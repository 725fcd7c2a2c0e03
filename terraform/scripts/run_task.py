"""Runs a one-off ECS task and waits for it, for migrate.tf; it is told which by environment
variables.
"""

import os
import sys
import time

from session import session
from tasks import why_stopped

DEADLINE_S = 600
POLL_S = 3
UNKNOWN_S = 60  # ECS is eventually consistent: a task that it has just made may be MISSING


def main() -> None:
    """Ends with exit code 0 when the task did, else with a sentence that says why it failed."""
    aws = session()
    task = finished(aws.client("ecs"))
    if [each.get("exitCode") for each in task["containers"]] != [0]:
        why = why_stopped(task, aws.client("logs"), os.environ["LOG_GROUP"])
        sys.exit(f"the migration failed, and the service stays as it was: {why}")


def finished(ecs) -> dict:
    """The task once it has stopped. Ends the program when it does not start or does not end."""
    cluster = os.environ["CLUSTER"]
    arn = started(ecs, cluster)
    began = time.monotonic()
    while True:
        waited_s = time.monotonic() - began
        tasks = ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"]
        if tasks and tasks[0]["lastStatus"] == "STOPPED":
            return tasks[0]
        if not tasks and waited_s > UNKNOWN_S:
            sys.exit(f"ECS does not know the migration's task any more: {arn}")
        if waited_s > DEADLINE_S:
            ecs.stop_task(cluster=cluster, task=arn, reason="the migration took too long")
            sys.exit(f"the migration was stopped after {DEADLINE_S} s")
        time.sleep(POLL_S)


def started(ecs, cluster: str) -> str:
    """The ARN of the task that RunTask made."""
    answer = ecs.run_task(
        cluster=cluster,
        taskDefinition=os.environ["TASK_DEFINITION"],
        launchType="FARGATE",
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": os.environ["SUBNETS"].split(","),
                "securityGroups": os.environ["SECURITY_GROUPS"].split(","),
                "assignPublicIp": os.environ["PUBLIC_IP"],
            }
        },
    )
    if answer["failures"]:
        sys.exit(f"the migration did not start: {answer['failures'][0].get('reason')}")
    return answer["tasks"][0]["taskArn"]


if __name__ == "__main__":
    main()
