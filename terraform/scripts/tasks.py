"""Why an ECS task stopped: in the words of ECS, and in the last lines of its own."""

from botocore.exceptions import ClientError

__all__ = ["id_of", "why_stopped"]

LINES = 15


def why_stopped(task: dict, logs, group: str) -> str:
    """The stopped reason, each container that failed, and the last lines that it wrote.

    `task` is as DescribeTasks gives it, `logs` a client. Lines that cannot be read are left out.
    """
    said = [task.get("stoppedReason", "ECS names no reason")]
    for container in task["containers"]:
        name, code = container["name"], container.get("exitCode")
        if code == 0:
            continue
        ended = "did not start" if code is None else f"ended with exit code {code}"
        said.append(f"{name} {ended}. {container.get('reason', '')}".rstrip())
        said += [f"  {line}" for line in _last_lines(logs, group, f"console/{name}/{id_of(task)}")]
    return "\n".join(said)


def id_of(task: dict) -> str:
    """The task's ID, which names its log streams."""
    return task["taskArn"].rsplit("/", 1)[-1]


def _last_lines(logs, group: str, stream: str) -> list[str]:
    try:
        events = logs.get_log_events(
            logGroupName=group, logStreamName=stream, limit=LINES, startFromHead=False
        )["events"]
    except ClientError:  # it never got so far as to write, or these credentials may not read
        return []
    return [event["message"].rstrip() for event in events]
