"""The deployment, made, driven, changed, hurt and destroyed: `make test-e2e`. One stack; the tests
run in order.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest
import requests

from .conftest import REGISTRY
from .stack import NAME, ROOT, STATE, WORK

K6 = Path(sys.executable).with_name("k6")


def test_make_deploy_says_the_price_the_address_and_what_to_do_next(deployed):
    stack, printed = deployed
    url = stack.output("url")

    assert "Idle, the stack costs about $0.1" in printed
    assert f"The API: {url}/api/v1/todos" in printed
    assert f"todo load --aws --endpoint {url}" in printed
    assert stack.make("url").stdout == f"{url}\n"


def test_the_image_of_this_checkout_was_built_and_pushed(stack):
    image = stack.output("image")
    repository, tag = image.rsplit(":", 1)

    assert repository == f"{REGISTRY}/{NAME}"
    assert requests.get(f"http://{REGISTRY}/v2/{NAME}/tags/list", timeout=5).json()["tags"] == [tag]
    assert [running.split("@")[0].split(":")[0:2] for running in stack.images_running()] == [
        image.split(":")[0:2]
    ]


def test_a_second_apply_changes_nothing(stack):
    plan = stack.plan()

    assert plan.returncode == 0, plan.stdout[-3000:]


def test_no_password_is_in_the_state(stack):
    client = stack.client("secretsmanager")
    owner, role = stack.passwords()
    state = (WORK / "state.tfstate").read_text()

    assert len(client.list_secrets()["SecretList"]) == 2
    assert min(len(owner), len(role)) >= 40
    assert owner not in state
    assert role not in state


def test_the_app_is_a_role_that_owns_nothing(stack):
    _, role = stack.passwords()
    with stack.connected("todo_app", role) as cursor:
        cursor.execute("SELECT count(*) FROM todos")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("DROP TABLE todos")
        cursor.execute("SELECT DISTINCT usename FROM pg_stat_activity WHERE query LIKE '%todos%'")
        assert cursor.fetchall() == [("todo_app",)]


def test_rds_renews_the_owners_password_and_the_tasks_go_on(stack):
    """The next deployments' migrations take the new one."""
    owner, _ = stack.passwords()
    with stack.connected("todo", owner) as cursor:
        cursor.execute("ALTER ROLE todo PASSWORD 'renewed'")
    stack.renew("renewed")

    assert stack.is_healthy()


def test_the_api_answers_through_the_load_balancer(stack):
    made = requests.post(f"{stack.url}/todos", json={"title": "through the balancer"}, timeout=30)
    todo = made.json()
    path = f"{stack.url}/todos/{todo['id']}"

    assert made.status_code == 201
    assert requests.get(path, timeout=30).json()["title"] == "through the balancer"
    assert requests.patch(path, json={"completed": True}, timeout=30).json()["completed"] is True
    assert requests.delete(path, timeout=30).status_code == 200
    assert requests.get(path, timeout=30).status_code == 404
    assert requests.post(f"{stack.url}/todos", json={}, timeout=30).status_code == 400


@pytest.mark.parametrize("script", ["smoke", "contract"])
def test_k6_keeps_its_promises_through_the_load_balancer(stack, script):
    endpoint = stack.url.removesuffix("/api/v1")
    done = subprocess.run(
        [K6, "run", "--quiet", "--env", f"ENDPOINT={endpoint}", ROOT / "k6" / f"{script}.js"],
        env=os.environ | {"K6_NO_USAGE_REPORT": "true"},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_a_new_version_rolls_out_without_a_failed_request(stack, images, wait_until):
    stack.image = images["next"]
    with stack.load() as seen:
        stack.make("deploy")
        wait_until(lambda: stack.images_running() == {images["next"]}, within_s=120)

    assert seen.failures == []
    assert len(seen.answered) > 20


def test_a_trace_is_read_from_cloudwatch_by_its_correlation_id(stack, wait_until):
    began_s = time.time()
    answer = requests.get(
        f"{stack.url}/todos", headers={"X-Correlation-ID": "e2e-trace"}, timeout=30
    )

    assert answer.headers["X-Correlation-ID"] == "e2e-trace"
    events = {"request_started", "query", "request_finished"}

    def found():
        lines = stack.lines(began_s)
        return {line["event"] for line in lines if line.get("correlation_id") == "e2e-trace"}

    wait_until(lambda: found() >= events, within_s=30)


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("broken", "app ended with exit code 1"),
        ("sick", "Task failed ELB health checks in (target-group "),
    ],
)
def test_a_broken_version_is_rolled_back_and_its_apply_fails(stack, images, version, reason):
    """ECS goes back after three tasks in a row, whether they end or their health checks fail."""
    stack.image = images[version]
    with stack.load() as seen:
        deployed = stack.make("deploy", check=False)

    assert deployed.returncode != 0
    said = " ".join((deployed.stdout + deployed.stderr).split())
    assert "The new version did not get healthy. ECS went back to" in said
    assert reason in said
    assert stack.images_running() == {images["next"]}
    assert seen.failures == []
    stack.image = images["next"]


def test_a_killed_task_is_replaced_and_no_log_line_is_lost(stack, wait_until):
    ((killed, _),) = stack.app_containers()
    began_s = time.time()
    with stack.load() as seen:
        wait_until(lambda: len(seen.answered) > 30, within_s=60)
        subprocess.run(["docker", "kill", killed], check=True, capture_output=True)
        wait_until(lambda: killed not in [name for name, _ in stack.app_containers()], within_s=60)
        wait_until(stack.is_healthy, within_s=120)
        answered_before = len(seen.answered)
        wait_until(lambda: len(seen.answered) > answered_before + 30, within_s=60)

    def missing():
        finished = [
            line["correlation_id"]
            for line in stack.lines(began_s)
            if line.get("event") == "request_finished"
        ]
        return set(seen.answered) - set(finished)

    wait_until(lambda: not missing(), within_s=180)


def test_make_destroy_leaves_nothing(stack):
    assert set(left_of(stack)) == KINDS

    stack.make("destroy")

    assert stack.app_containers() == []
    assert stack.terraform("state", "list", STATE).stdout == ""
    assert left_of(stack) == {}


# Service, call, what the answer lists, and what it calls each. The repository went with the ready
# image.
LISTINGS = {
    "clusters": ("ecs", "list_clusters", "clusterArns", None),
    "task definitions": ("ecs", "list_task_definitions", "taskDefinitionArns", None),
    "balancers": ("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName"),
    "target groups": ("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupName"),
    "databases": ("rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    "subnet groups": ("rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"),
    "parameter groups": (
        "rds",
        "describe_db_parameter_groups",
        "DBParameterGroups",
        "DBParameterGroupName",
    ),
    "repositories": ("ecr", "describe_repositories", "repositories", "repositoryName"),
    "log groups": ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "secrets": ("secretsmanager", "list_secrets", "SecretList", "Name"),
    "roles": ("iam", "list_roles", "Roles", "RoleName"),
    "security groups": ("ec2", "describe_security_groups", "SecurityGroups", "GroupName"),
    "dashboards": ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
}
KINDS = set(LISTINGS) - {"repositories"}


def left_of(stack) -> dict[str, list[str]]:
    """The names of what there is of each kind that the stack makes, without the kinds of which
    there is nothing.
    """
    found = {}
    for kind, (service, call, listed, key) in LISTINGS.items():
        answer = getattr(stack.client(service), call)()[listed]
        names = [each[key] if key else each for each in answer]
        if ours := [name for name in names if "todo-" in name]:
            found[kind] = ours
    return found
