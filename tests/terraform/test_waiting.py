"""What the programs of an apply do while ECS works, and what they say when it fails."""

import pytest
from botocore.stub import Stubber

from .conftest import NEW, OLD, STARTED, TASK, client, deployment, stopped

MISSING = {"tasks": [], "failures": [{"arn": TASK, "reason": "MISSING"}]}


def test_a_task_that_ecs_does_not_know_yet_is_waited_for(program, ecs, monkeypatch):
    run_task = program("run_task")
    monkeypatch.setattr(run_task, "POLL_S", 0)
    ecs, stub = ecs
    stub.add_response("run_task", STARTED)
    stub.add_response("describe_tasks", MISSING)
    stub.add_response("describe_tasks", {"tasks": [stopped(0)], "failures": []})

    assert run_task.finished(ecs)["containers"][0]["exitCode"] == 0


def test_a_task_that_ecs_never_knows_ends_the_wait(program, ecs, monkeypatch):
    run_task = program("run_task")
    monkeypatch.setattr(run_task, "UNKNOWN_S", -1)
    ecs, stub = ecs
    stub.add_response("run_task", STARTED)
    stub.add_response("describe_tasks", MISSING)

    with pytest.raises(SystemExit, match="does not know the migration's task"):
        run_task.finished(ecs)


def test_a_stopped_task_is_explained_by_its_last_lines(program):
    logs = client("logs")
    with Stubber(logs) as stub:
        stub.add_response(
            "get_log_events",
            {"events": [{"message": "no such table\n"}]},
            {
                "logGroupName": "/todo",
                "logStreamName": "console/migration/0123456789abcdef",
                "limit": 15,
                "startFromHead": False,
            },
        )

        why = program("tasks").why_stopped(stopped(1), logs, "/todo")
    logs.close()

    assert why.splitlines() == [
        "Essential container in task exited",
        "migration ended with exit code 1.",
        "  no such table",
    ]


def test_a_task_without_lines_is_explained_all_the_same(program):
    logs = client("logs")
    with Stubber(logs) as stub:
        stub.add_client_error("get_log_events", "ResourceNotFoundException")

        why = program("tasks").why_stopped(stopped(None, "CannotPullContainerError"), logs, "/todo")
    logs.close()

    assert why.splitlines() == ["CannotPullContainerError", "migration did not start."]


@pytest.mark.parametrize(
    ("deployments", "state"),
    [
        ([deployment(NEW, "COMPLETED")], "done"),
        ([deployment(NEW, "IN_PROGRESS")], "running"),
        ([deployment(NEW, "COMPLETED"), deployment(OLD, "COMPLETED", "ACTIVE")], "running"),
        ([deployment(NEW, "FAILED")], "failed"),
        ([deployment(OLD, "IN_PROGRESS"), deployment(NEW, "FAILED", "ACTIVE")], "failed"),
        ([deployment(OLD, "COMPLETED")], "failed"),
    ],
    ids=["healthy", "starting", "old tasks left", "broken", "rolling back", "rolled back"],
)
def test_a_rollout_is_done_only_with_the_new_version_alone(program, deployments, state):
    service = {"deployments": deployments, "runningCount": 1, "desiredCount": 1}

    assert program("await_service").rollout(service, NEW) == state


def test_a_rollout_is_not_done_while_a_task_is_missing(program):
    service = {"deployments": [deployment(NEW, "COMPLETED")], "runningCount": 1, "desiredCount": 2}

    assert program("await_service").rollout(service, NEW) == "running"


def test_a_failed_rollout_ends_with_the_newest_tasks_reason(program, ecs):
    await_service = program("await_service")
    ecs, stub = ecs
    stub.add_response("list_tasks", {"taskArns": [TASK]})
    stub.add_response("describe_tasks", {"tasks": [stopped(137, "OutOfMemoryError")]})

    class Account:
        @staticmethod
        def client(_service):
            return _NoLines()

    assert await_service.reasons(Account, ecs, {}).startswith(
        "Task 0123456789abcdef: OutOfMemoryError\nmigration ended with exit code 137."
    )


def test_a_rollout_that_an_alarm_ended_is_explained_by_what_ecs_said(program, ecs):
    ecs, stub = ecs
    stub.add_response("list_tasks", {"taskArns": []})
    service = {"events": [{"message": "rolling back"}, {"message": "deployment failed: alarm"}]}

    assert program("await_service").reasons(None, ecs, service).splitlines()[1:] == [
        "  rolling back",
        "  deployment failed: alarm",
    ]


class _NoLines:
    def get_log_events(self, **_):
        return {"events": []}


@pytest.mark.parametrize(("code", "there"), [(None, True), ("ImageNotFoundException", False)])
def test_an_image_that_is_there_is_not_pushed_again(program, code, there):
    ecr = client("ecr")
    asked = {"repositoryName": "team/todo", "imageIds": [{"imageTag": "0123"}]}
    with Stubber(ecr) as stub:
        if code:
            stub.add_client_error("describe_images", code, expected_params=asked)
        else:
            stub.add_response("describe_images", {"imageDetails": [{"imageTags": ["0123"]}]}, asked)

        found = program("push_image").is_there(
            ecr, "1.dkr.ecr.us-east-1.amazonaws.com/team/todo:0123"
        )
    ecr.close()

    assert found is there


ON_DEMAND, SPOT = (
    {"ServiceCode": "fargate", "QuotaCode": code} for code in ("L-3032A538", "L-36FBB829")
)


@pytest.mark.parametrize(
    ("vcpu", "spot_vcpu", "refused"),
    [(8.25, 0, "On-Demand"), (4, 0, None), (4, 8, "Spot"), (4, 6, None)],
)
def test_tasks_beyond_the_accounts_quota_are_refused_before_the_apply(
    program, vcpu, spot_vcpu, refused
):
    quotas = client("service-quotas")
    with Stubber(quotas) as stub:
        for asked in (ON_DEMAND, SPOT):
            stub.add_response("get_service_quota", {"Quota": {"Value": 6.0}}, asked)

        asked = {"vcpu": vcpu, "spot_vcpu": spot_vcpu}
        reason = program("check_account").too_large(quotas, asked) or ""
    quotas.close()

    assert (f"may run 6 vCPU of Fargate {refused} " in reason) is (refused is not None)
    assert reason.count("max_tasks needs 8") == bool(refused)
    assert ("request-service-quota-increase" in reason) is bool(refused)


def test_an_account_that_does_not_tell_its_quota_is_not_refused(program):
    quotas = client("service-quotas")
    with Stubber(quotas) as stub:
        for _ in range(2):
            stub.add_client_error("get_service_quota", "AccessDeniedException")

        asked = {"vcpu": 100, "spot_vcpu": 100}
        assert program("check_account").too_large(quotas, asked) is None
    quotas.close()
