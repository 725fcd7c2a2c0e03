"""Waits until the service runs the new version, for ecs.tf; it is told which by environment
variables. What goes wrong is said as soon as ECS knows it, with the task's own last words.
"""

import os
import sys
import time

from session import session
from tasks import id_of, why_stopped

DEADLINE_S = 900
POLL_S = 5


def main() -> None:
    """Ends with exit code 0 once all tasks are healthy ones of TASK_DEFINITION, else with why."""
    aws = session()
    ecs, began, said = aws.client("ecs"), time.monotonic(), ""
    while True:
        service = described(ecs)
        state = rollout(service, os.environ["TASK_DEFINITION"])
        if state == "done":
            return
        if state == "failed" or time.monotonic() - began > DEADLINE_S:
            sys.exit(
                "The new version did not get healthy. "
                f"{outcome(service)}\n{reasons(aws, ecs, service)}"
            )
        if said != (said := progress(service)):
            print(said, flush=True)
        time.sleep(POLL_S)


def described(ecs) -> dict:
    """The service, as DescribeServices gives it."""
    answer = ecs.describe_services(cluster=os.environ["CLUSTER"], services=[os.environ["SERVICE"]])
    return answer["services"][0]


def rollout(service: dict, wanted: str) -> str:
    """`done`, `failed` or `running`, of the deployment of the task definition `wanted`."""
    ours = [each for each in service["deployments"] if each["taskDefinition"] == wanted]
    states = {each.get("rolloutState") for each in ours}
    if not ours or "FAILED" in states:
        return "failed"
    is_alone = (
        len(service["deployments"]) == 1 and service["runningCount"] >= service["desiredCount"]
    )
    return "done" if is_alone and states == {"COMPLETED"} else "running"


def progress(service: dict) -> str:
    """How far it is, in a line."""
    primary = next(each for each in service["deployments"] if each["status"] == "PRIMARY")
    failed = primary.get("failedTasks", 0)
    return (
        f"{primary['runningCount']} of {primary['desiredCount']} new tasks run"
        + (f", {failed} failed" if failed else "")
        + f"; {service['runningCount']} in all"
    )


def outcome(service: dict) -> str:
    """What runs instead."""
    primary = next(each for each in service["deployments"] if each["status"] == "PRIMARY")
    if primary["taskDefinition"] != os.environ["TASK_DEFINITION"]:
        return f"ECS went back to {primary['taskDefinition']}."
    return "There is no version to go back to."


def reasons(aws, ecs, service: dict) -> str:
    """Why the newest tasks that have stopped did so, which ECS remembers for an hour; else what ECS
    said last, as of an alarm.
    """
    cluster, family = os.environ["CLUSTER"], os.environ["TASK_DEFINITION"]
    stopped = ecs.list_tasks(
        cluster=cluster, serviceName=os.environ["SERVICE"], desiredStatus="STOPPED"
    )["taskArns"]
    tasks = ecs.describe_tasks(cluster=cluster, tasks=stopped)["tasks"] if stopped else []
    ours = [task for task in tasks if task["taskDefinitionArn"] == family]
    if not ours:
        said = [f"\n  {event['message']}" for event in service.get("events", ())[:5]]
        return f"No task of it has stopped. The service's newest events:{''.join(said)}"
    newest = max(ours, key=lambda task: str(task.get("stoppedAt", "")))
    why = why_stopped(newest, aws.client("logs"), os.environ["LOG_GROUP"])
    return f"Task {id_of(newest)}: {why}"


if __name__ == "__main__":
    main()
