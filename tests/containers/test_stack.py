"""Everything together: the database, the API and the shipper, of a fresh clone."""

import json
import os
import stat
import subprocess
import sys

import pytest
import requests

from todo.api.keys import new_key

from .stack import docker, until


def test_it_serves_with_its_database(stack):
    assert stack.get("/api/v1/health/ready").json() == {"status": "ok"}


def test_the_health_check_finds_it_healthy(stack):
    assert stack.inspect("app")["State"]["Health"]["Status"] == "healthy"
    assert until(
        lambda: stack.inspect("shipper")["State"]["Health"]["Status"] == "healthy", within_s=60
    )


def test_a_request_is_traced_on_the_host(stack):
    made = requests.post(
        f"{stack.url}/api/v1/todos",
        json={"title": "x"},
        headers={"X-Correlation-ID": "traced"},
        timeout=10,
    )
    assert made.status_code == 201
    until(lambda: any(e.get("correlation_id") == "traced" for e in stack.archived()), within_s=20)

    command = [sys.executable, "-m", "todo.cli", "trace", "--archive", str(stack.archive), "traced"]
    trace = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "POST /api/v1/todos  traced" in trace
    assert "INSERT INTO todos" in trace


@pytest.mark.parametrize("service", ["app", "shipper", "migrate"])
def test_it_is_confined(stack, service):
    host = stack.inspect(service)["HostConfig"]

    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert not host["Privileged"]
    assert [option.split(":")[0] for option in host["SecurityOpt"]] == ["no-new-privileges"]


@pytest.mark.parametrize("service", ["app", "shipper"])
def test_its_process_has_no_capability_and_is_not_root(stack, service):
    status = dict(
        line.split(":\t")
        for line in docker("exec", stack.container(service), "cat", "/proc/1/status").splitlines()
        if line.startswith(("Uid", "CapEff", "CapPrm", "CapBnd", "NoNewPrivs"))
    )

    assert status.pop("Uid").split() == ["6400"] * 4
    assert status == {"CapEff": "0" * 16, "CapPrm": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1"}


@pytest.mark.parametrize("service", ["app", "shipper"])
def test_it_writes_nowhere_but_in_its_volumes(stack, service):
    folders = ("/", "/opt/todo", "/etc", "/aws", "/var")
    code = f"import os; print([path for path in {folders} if os.access(path, os.W_OK)])"

    assert docker("exec", stack.container(service), "python", "-c", code) == "[]\n"


def test_of_the_checkout_the_shipper_sees_its_two_folders_and_the_others_nothing(stack):
    seen = {
        service: {
            mount["Source"]: mount["RW"]
            for mount in stack.inspect(service)["Mounts"]
            if mount["Type"] == "bind"
        }
        for service in ("database", "migrate", "app", "shipper")
    }

    assert seen.pop("shipper") == {str(stack.folder / "aws"): False, str(stack.archive): True}
    assert seen == {"database": {}, "migrate": {}, "app": {}}


def test_no_step_but_the_databases_runs_as_root(stack):
    """PostgreSQL's image gives root up by itself, once its volume is the server's."""
    users = {
        stack.inspect(service)["Config"]["User"]
        for service in stack.compose("config", "--services").split()
        if service != "database" and stack.container(service)
    }

    assert users == {"6400:6400"}


def test_without_make_the_archive_is_a_volume(new_stack):
    stack = new_stack()
    stack.compose("up", "--detach", "--build", "app")
    until(stack.is_up, within_s=60)
    archive = f"{stack.project}_archive:/archive:ro"
    command = ["run", "--rm", "--volume", archive, "--entrypoint", "find", "taskoverflow"]

    until(lambda: ".ndjson" in docker(*command, "/archive"), within_s=30)
    assert not (stack.folder / "var").exists()


@pytest.mark.parametrize("service", ["database", "migrate", "app", "shipper"])
def test_its_resources_are_limited(stack, service):
    host = stack.inspect(service)["HostConfig"]

    assert min(host["Memory"], host["NanoCpus"], host["PidsLimit"]) > 0


def test_only_this_machine_reaches_the_api_and_nobody_the_database(stack):
    assert (
        stack.inspect("app")["HostConfig"]["PortBindings"]["6400/tcp"][0]["HostIp"] == "127.0.0.1"
    )
    assert not stack.inspect("database")["HostConfig"]["PortBindings"]


def test_the_archives_files_can_be_deleted_by_the_checkouts_owner(stack):
    folder = stack.archive / "taskoverflow" / "compose"

    assert (folder.stat().st_uid, folder.stat().st_gid) == (os.getuid(), os.getgid())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o2775
    assert (stack.folder / "var").stat().st_uid == os.getuid()


def test_missing_credentials_are_told_in_a_line_and_stay_missing(stack):
    [said] = {
        line for line in stack.lines_of("shipper") if "credentials" in line
    }  # the same at each of its starts

    assert said.startswith(
        "no credentials: log lines are kept in ./var/logs. For CloudWatch: cp credentials.example"
    )
    assert not (stack.folder / "aws" / "credentials").exists()


def test_it_comes_up_again_with_its_data(stack):
    title = os.urandom(4).hex()
    requests.post(f"{stack.url}/api/v1/todos", json={"title": title}, timeout=10)
    stack.compose("down")
    assert stack.up().returncode == 0

    assert title in [todo["title"] for todo in stack.get("/api/v1/todos?limit=1000").json()]


def test_where_keys_are_set_only_they_come_in(new_stack):
    key, known = new_key("reader", is_read_only=True)
    stack = new_stack()
    (stack.folder / ".env").write_text(f"TODO_API_KEYS={known.entry()}\n")
    assert stack.up().returncode == 0
    bearing = {"Authorization": f"Bearer {key}"}
    answers = [stack.get("/api/v1/todos", headers=headers) for headers in ({}, bearing)]

    assert [answer.status_code for answer in answers] == [401, 200]


def test_stopped_it_leaves_nothing_in_the_spool(new_stack):
    stack = new_stack()
    assert stack.up().returncode == 0
    ids = [stack.get("/api/v1/todos").headers["X-Correlation-ID"] for _ in range(50)]
    stack.compose("stop")

    app, shipper = (stack.inspect(service)["State"] for service in ("app", "shipper"))
    assert (app["ExitCode"], shipper["ExitCode"]) == (
        0,
        0,
    )  # neither was killed, so both ended within their grace
    assert app["FinishedAt"] < shipper["FinishedAt"]
    assert stack.behind_events() == 0
    assert {
        e["correlation_id"] for e in stack.archived() if e["event"] == "request_finished"
    } >= set(ids)


def test_what_it_was_given_is_all_that_inspection_shows(stack):
    passwords = [
        value
        for value in json.dumps(
            [stack.inspect(name) for name in ("app", "shipper", "migrate")]
        ).split('"')
        if value.startswith(("PGPASSWORD", "AWS_SECRET", "AWS_ACCESS", "AWS_SESSION"))
    ]

    assert {value for value in passwords if "=" in value} == {"PGPASSWORD=taskoverflow"}
