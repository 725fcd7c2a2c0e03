"""moto answers for AWS, and each task is a process that runs containers/load/machine.py with a real
k6.
"""

import boto3
import pytest

from todo.loadtest.fargate import FargateTasks, machines

from .runs import beyond_loopback
from .tasks import STACK, Fargate


@pytest.fixture
def fargate(moto, monkeypatch, tmp_path):
    """An account with the stack for load machines; its tasks."""
    monkeypatch.setattr(machines, "_POLL_S", 0.2)
    clients = {name: boto3.client(name) for name in ("ecs", "ec2", "s3", "logs")}
    subnets = clients["ec2"].describe_subnets()["Subnets"][:2]
    (group, *_) = clients["ec2"].describe_security_groups()["SecurityGroups"]
    clients["s3"].create_bucket(Bucket="load-samples")
    clients["logs"].create_log_group(logGroupName="/load")
    clients["ecs"].create_cluster(clusterName=STACK)
    clients["ecs"].register_task_definition(
        family=STACK,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="512",
        memory="1024",
        runtimePlatform={"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
        containerDefinitions=[
            {
                "name": "k6",
                "image": "load:1",
                "environment": [{"name": "BUCKET", "value": "load-samples"}],
                "dockerLabels": {
                    "subnets": ",".join(each["SubnetId"] for each in subnets),
                    "security-group": group["GroupId"],
                    "k6-version": "1.1.0",
                },
                "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/load"}},
            }
        ],
    )
    double = Fargate(tmp_path / "tasks", clients["logs"], "/load").installed(monkeypatch)
    yield double
    double.end()
    for client in clients.values():
        client.close()


@pytest.fixture
def load(fargate, server, tmp_path):
    """Call it to run a script on that many machines; how they ended."""

    def run(text, *, machines=2, said=None):
        script, folder = tmp_path / "scripts" / "some.js", tmp_path / "some-run"
        script.parent.mkdir()
        script.write_text(text)
        folder.mkdir()
        k6 = FargateTasks(STACK, machines, (said if said is not None else []).append)
        variables = {"ENDPOINT": beyond_loopback(server.url), "RUN_ID": folder.name}
        return k6.run(script, folder, variables)

    return run
