"""Tasks that begin together, or not at all."""

import os
import signal
import threading

import boto3
import pytest

from todo.loadtest.errors import LoadError
from todo.loadtest.fargate import FargateTasks, machines, tasks

from .runs import LONG, SHORT, in_background
from .tasks import QUOTA, STACK


def test_no_machine_begins_before_all_are_ready(load, fargate, wait_until):
    fargate.held["machine-2"] = threading.Event()
    early = []

    def release():
        wait_until(lambda: "machine-1" in fargate.machines, within_s=30)
        folder = fargate.machines["machine-1"].folder
        wait_until((folder / "out").exists, within_s=30)
        early.extend((folder / "out").iterdir())
        fargate.held["machine-2"].set()

    releasing = in_background(release)
    said = []
    load(SHORT, said=said)
    releasing.join()

    assert early == []
    assert "1 of 2 machines are ready" in said


def test_ctrl_c_before_k6_begins_leaves_no_task(load, fargate, wait_until):
    fargate.held["machine-2"] = threading.Event()

    def interrupt():
        wait_until(lambda: "machine-2" in fargate.machines, within_s=30)
        os.kill(os.getpid(), signal.SIGINT)

    in_background(interrupt)
    with pytest.raises(LoadError, match="interrupted before k6 began"):
        load(LONG)

    assert {each.task.desired_status for each in fargate.machines.values()} == {"STOPPED"}


def test_a_task_that_stops_before_k6_begins_ends_the_test_with_its_reason(load, fargate):
    fargate.broken = {"machine-2"}

    with pytest.raises(
        LoadError, match="machine-2 has stopped before k6 began: CannotPullContainer"
    ):
        load(LONG)

    assert fargate.machines["machine-1"].task.desired_status == "STOPPED"


def test_a_task_that_never_starts_ends_the_wait(load, fargate, monkeypatch):
    monkeypatch.setattr(machines, "_READY_WITHIN_S", 0)
    fargate.held["machine-2"] = threading.Event()

    with pytest.raises(LoadError, match=r"not ready within 0 s: .*'machine-2': 'PROVISIONING'"):
        load(LONG)

    assert {each.task.desired_status for each in fargate.machines.values()} == {"STOPPED"}


def test_above_the_accounts_quota_no_task_is_left(load, fargate):
    fargate.quota = 1

    with pytest.raises(LoadError, match=QUOTA):
        load(LONG)

    assert [each.task.desired_status for each in fargate.machines.values()] == ["STOPPED"]


def test_a_task_that_ecs_does_not_know_yet_is_waited_for(load, fargate, wait_until):
    fargate.hidden = {"machine-2"}

    def show():
        wait_until(lambda: "machine-2" in fargate.machines, within_s=30)
        wait_until(lambda: (fargate.machines["machine-2"].folder / "out").exists(), within_s=30)
        fargate.hidden = set()

    in_background(show)
    assert load(SHORT).exit_code == 0


def test_a_task_that_ecs_never_knows_ends_the_wait(load, fargate, monkeypatch):
    monkeypatch.setattr(tasks, "_UNKNOWN_S", -1)
    fargate.hidden = {"machine-2"}

    with pytest.raises(LoadError, match="machine-2 has stopped before k6 began: ECS does not know"):
        load(LONG)


def test_a_run_of_somebody_else_with_the_same_id_is_left_alone(load, fargate):
    boto3.client("s3").put_object(
        Bucket="load-samples", Key="some-run/input.tar.gz", Body=b"theirs"
    )

    with pytest.raises(LoadError, match="somebody else has just begun a run some-run"):
        load(SHORT)

    assert not fargate.machines


def test_a_server_that_only_this_machine_reaches_is_refused(fargate, tmp_path):
    (tmp_path / "run").mkdir()
    k6 = FargateTasks(STACK, 1, print)

    with pytest.raises(LoadError, match="does not reach http://localhost:6400"):
        k6.run(tmp_path / "some.js", tmp_path / "run", {"ENDPOINT": "http://localhost:6400"})


def test_a_key_stays_here_unless_the_stack_has_its_secret(fargate, monkeypatch):
    monkeypatch.setenv("TODO_API_KEY", "secret")

    with pytest.raises(LoadError, match="api_key_secret_arn"):
        FargateTasks(STACK, 1, print)


def test_a_stack_that_is_not_there_is_said_with_what_makes_it(fargate):
    with pytest.raises(LoadError, match="make deploy-load"):
        FargateTasks("nonsense", 1, print)
