"""`todo load --on fargate`: k6 in tasks of ECS is one load test, whatever happens to the tasks."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter

from .runs import LONG, SHORT, beyond_loopback, in_background, rows
from .tasks import STACK


def test_three_tasks_are_one_run_and_nothing_is_counted_twice(fargate, serve, database, tmp_path):
    environment = {
        "TODO_STATE_DIR": str(tmp_path),
        "TODO_SPOOL_DIR": str(tmp_path / "spool"),
        "TODO_ARCHIVE_DIR": str(tmp_path / "logs"),
    }
    with serve("--ship", SQLALCHEMY_DATABASE_URI=database, **environment) as server:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "todo.cli", "load", "capacity"),
                *("--endpoint", beyond_loopback(server.url), "--scale", "0.01", "--speed", "30"),
                *("--on", "fargate", "--machines", "3", "--stack", STACK),
            ],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=240,
        )

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    assert "0 answered ones are not in the logs, 0 not in the samples" in done.stdout
    [folder] = (tmp_path / "load").iterdir()
    run = json.loads((folder / "run.json").read_text())
    assert run["machine"] == {"system": "Fargate X86_64", "cores": "0.5"}
    assert [each["name"] for each in run["load_machines"]] == [f"machine-{n}" for n in (1, 2, 3)]
    assert all(each["cpu_share"] > 0 for each in run["load_machines"])
    assert len({each["host"] for each in run["load_machines"]}) == 3
    assert all(threshold["ok"] for threshold in run["thresholds"])
    requested = [each["metadata"] for each in rows(folder, "http_reqs")]
    assert len(set(requested)) == len(requested)
    visits = Counter(
        each["extra_tags"].split("machine=")[1][0] for each in rows(folder, "iterations")
    )
    assert sorted(visits) == ["1", "2", "3"]
    assert 250 <= visits.total() <= 276  # of 273, fewer where a step's end cuts them off


def test_a_promise_that_no_machine_could_keep_alone_is_judged_on_all(load, tmp_path):
    ended = load(SHORT, machines=3)

    assert ended.exit_code == 0
    assert [(each.expression, each.ok, each.value) for each in ended.thresholds] == [
        ("count>=40", True, 40)
    ]
    assert len(rows(tmp_path / "some-run", "http_reqs")) == 40


def test_ctrl_c_stops_the_tasks_and_keeps_what_they_have_measured(
    load, fargate, tmp_path, wait_until
):
    def interrupt():
        wait_until(lambda: len(fargate.machines) == 2, within_s=30)
        for machine in list(fargate.machines.values()):
            wait_until(machine.has_sent, within_s=60)
        os.kill(os.getpid(), signal.SIGINT)

    in_background(interrupt)
    ended = load(LONG)

    assert ended.interrupted
    assert [each.exit_code for each in ended.load_machines] == [105, 105]
    assert [each.problem for each in ended.load_machines] == ["", ""]
    assert {each["extra_tags"] for each in rows(tmp_path / "some-run", "http_reqs")} == {
        "machine=1",
        "machine=2",
    }
    for machine in fargate.machines.values():
        assert machine.task.stopped_reason == "todo load was interrupted"


def kill_one(fargate, wait_until, pick):
    """Kills a process of machine-2 once k6 has sent requests there, and then ends machine-1."""

    def run():
        for name in ("machine-1", "machine-2"):
            wait_until(lambda name=name: name in fargate.machines, within_s=30)
            wait_until(fargate.machines[name].has_sent, within_s=60)
        machine = fargate.machines["machine-2"]
        os.kill(pick(machine.process.pid), signal.SIGKILL)
        wait_until(lambda: machine.task.last_status == "STOPPED", within_s=30)
        fargate.machines["machine-1"].process.terminate()

    return in_background(run)


def child_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return int(file.read().split()[0])


def test_a_k6_that_is_killed_leaves_its_samples(load, fargate, tmp_path, wait_until):
    kill_one(fargate, wait_until, child_of)
    ended = load(LONG)

    assert [each.exit_code for each in ended.load_machines] == [105, 137]
    assert "ended with exit code 137" in ended.load_machines[1].problem
    assert any(
        "machine=2" in each["extra_tags"] for each in rows(tmp_path / "some-run", "http_reqs")
    )


def test_a_task_that_dies_is_told_and_the_others_samples_are_kept(
    load, fargate, tmp_path, wait_until
):
    kill_one(fargate, wait_until, lambda pid: pid)
    ended = load(LONG)

    first, second = ended.load_machines
    assert (second.exit_code, second.cpu_share) == (137, None)
    assert second.problem.startswith("did not bring everything: Essential container in task exited")
    assert {each["extra_tags"] for each in rows(tmp_path / "some-run", "http_reqs")} == {
        "machine=1"
    }
    assert first.exit_code == 105
    assert ended.exit_code == 137


def test_a_script_with_an_error_is_told_with_k6s_last_lines(load):
    ended = load('export default () => {};\nthrow new Error("no such thing");')

    assert ended.exit_code == 107
    for machine in ended.load_machines:
        assert "no such thing" in machine.problem
