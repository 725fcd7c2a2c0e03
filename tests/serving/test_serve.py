"""`todo serve`, as `make run` starts it: a database of its own, a clean end, clear refusals."""

import os
import signal
import socket
import subprocess
import sys

import psutil
import pytest
import requests

from todo.serving.embedded_postgres import EmbeddedPostgres

from ..conftest import free_port

SERVE = [sys.executable, "-m", "todo.cli", "serve"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_clean_and_the_next_start_has_the_data(serve, data_folder, number):
    state = {"TODO_STATE_DIR": str(data_folder / "var")}
    with serve(**state) as server:
        todo = server.post("/api/v1/todos", {"title": "stays"}).json()
        processes = psutil.Process(server.process.pid).children(recursive=True) + postgres_of(
            data_folder
        )
        kept_alive = requests.Session()
        kept_alive.get(server.url + "/api/v1/health", timeout=10)
        assert server.stop(number) == 0  # although the connection may stay open for 75 s
        kept_alive.close()
        assert [process for process in processes if is_alive(process)] == []
    with serve(**state) as server:
        assert server.get("/api/v1/todos").json() == [todo]


def test_the_start_says_where_it_serves_and_what_to_try(serve, data_folder, wait_until):
    with serve(TODO_STATE_DIR=str(data_folder / "var")) as server:
        wait_until(lambda: "curl -i" in server.output.read_text(), within_s=10)
        assert f"serving on {server.url}" in server.output.read_text()


def test_a_second_start_says_that_it_already_runs_and_how_to_go_on(server, environment):
    port = server.url.rpartition(":")[2]
    second = subprocess.run(
        SERVE, env=environment | {"TODO_PORT": port}, capture_output=True, text=True, timeout=60
    )
    assert second.returncode == 1
    assert (
        f"TaskOverflow already runs on 127.0.0.1:{port} (pid {server.process.pid})" in second.stderr
    )
    assert f"kill {server.process.pid}" in second.stderr
    assert f"make run PORT={int(port) + 10}" in second.stderr


def test_a_second_start_in_one_folder_says_who_has_it_and_how_to_stop_it(
    serve, data_folder, environment
):
    state = {"TODO_STATE_DIR": str(data_folder / "var")}
    with serve(**state) as server:
        second = subprocess.run(
            SERVE,
            env=environment | state | {"TODO_PORT": str(free_port())},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert server.get("/api/v1/health/ready").status_code == 200
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert f"already runs on {server.url} (pid {server.process.pid})" in second.stderr
    assert "todo stop" in second.stderr


def test_todo_stop_ends_the_server_of_the_folder(serve, data_folder, environment):
    state = {"TODO_STATE_DIR": str(data_folder / "var")}
    with serve(**state) as server:
        state["TODO_PORT"] = str(free_port())  # it needs no port to find it
        assert stop(environment | state) == (
            0,
            f"stopped {server.url} (pid {server.process.pid})\n",
        )
        assert server.process.wait(10) == 0
        assert postgres_of(data_folder) == []
    code, said = stop(environment | state)
    assert (code, said.startswith("nothing runs in")) == (0, True)


def test_todo_stop_finds_a_server_without_a_folder_by_its_port(
    serve, data_folder, environment, database
):
    nowhere = {"TODO_STATE_DIR": str(data_folder / "none")}
    with serve(SQLALCHEMY_DATABASE_URI=database, **nowhere) as server:
        port = {"TODO_PORT": server.url.rpartition(":")[2]}
        assert stop(environment | nowhere | port)[0] == 0
        assert server.process.wait(10) == 0


def test_todo_stop_ends_a_postgres_that_was_left_alone(data_folder, environment):
    postgres = EmbeddedPostgres(data_folder / "var" / "postgres")
    postgres.start()
    state = {"TODO_STATE_DIR": str(data_folder / "var"), "TODO_PORT": str(free_port())}
    code, said = stop(environment | state)
    assert (code, said.startswith("stopped the PostgreSQL in")) == (0, True)
    assert postgres_of(data_folder) == []


def test_a_process_that_has_the_pid_of_a_postgres_of_before_is_none(tmp_path):
    """As after a crash of the machine, which leaves the file."""
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert not EmbeddedPostgres(tmp_path).is_running()


def stop(environment):
    """The exit code of `todo stop`, and what it said."""
    command = [*SERVE[:-1], "stop"]
    stopped = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90)
    return stopped.returncode, stopped.stderr


def test_a_port_that_another_program_has_is_said_so(environment):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = subprocess.run(
            SERVE,
            env=environment | {"TODO_PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert refused.returncode == 1
    assert f"Something else listens on 127.0.0.1:{port}" in refused.stderr


def test_a_bad_setting_ends_the_start_with_one_line(environment):
    refused = subprocess.run(
        SERVE, env=environment | {"TODO_PORT": "http"}, capture_output=True, text=True, timeout=60
    )
    assert refused.returncode == 2
    assert refused.stderr.startswith("Error: TODO_PORT is 'http'")
    assert "Traceback" not in refused.stderr


def test_a_killed_run_leaves_nothing_in_the_way_of_the_next(serve, data_folder, wait_until):
    state = {"TODO_STATE_DIR": str(data_folder / "var")}
    with serve(**state) as server:
        children = psutil.Process(server.process.pid).children(recursive=True)
        server.process.kill()
        server.process.wait()
        for child in children:
            child.kill()
        psutil.wait_procs(children, 10)
    with serve(**state) as server:
        assert server.get("/api/v1/health/ready").status_code == 200
        server.stop()
        assert postgres_of(data_folder) == []


def is_alive(process):
    """Whether it runs: a zombie, which only waits for its parent to look, does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def postgres_of(data_folder):
    """The PostgreSQL processes whose data is below the folder."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if process.info["cmdline"]
        and any(str(data_folder) in part for part in process.info["cmdline"])
        if "postgres" in process.info["cmdline"][0]
    ]


@pytest.mark.parametrize(
    ("host", "keys", "is_said"),
    [
        ("0.0.0.0", "", True),
        ("127.0.0.1", "", False),
        ("0.0.0.0", f"a:read-only:{'0' * 64}", False),
    ],
)
def test_an_open_api_on_another_address_is_said_so(serve, database, host, keys, is_said):
    settings = {"SQLALCHEMY_DATABASE_URI": database, "TODO_HOST": host, "TODO_API_KEYS": keys}
    with serve(**settings) as server:
        assert ("TODO_API_KEYS is not set" in server.output.read_text()) == is_said
