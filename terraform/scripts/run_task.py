"""Runs a one-off ECS task and waits for it, for migrate.tf; it is told which by environment
variables.
"""

import os
import sys
import time

from session import session

DEADLINE_S = 600
POLL_S = 3


def main() -> None:
    """Ends with exit code 0 when the task did, else with a sentence that says why it failed."""
    ecs = session().client("ecs")
    cluster = os.environ["CLUSTER"]
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
    arn = answer["tasks"][0]["taskArn"]
    give_up = time.monotonic() + DEADLINE_S
    while True:
        task = ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"][0]
        if task["lastStatus"] == "STOPPED":
            break
        if time.monotonic() > give_up:
            ecs.stop_task(cluster=cluster, task=arn, reason="the migration took too long")
            sys.exit(f"the migration was stopped after {DEADLINE_S} s")
        time.sleep(POLL_S)
    code = task["containers"][0].get("exitCode")
    if code != 0:
        sys.exit(
            f"the migration failed (exit code {code}): {task.get('stoppedReason')}; "
            f"its output is in the log stream console/migration/{arn.rsplit('/', 1)[-1]}"
        )


if __name__ == "__main__":
    main()
