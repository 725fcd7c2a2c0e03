"""`todo ship`: the shipper under this app's settings, with advice in this app's words."""

import json
import logging
import os
import subprocess
import sys

import pytest

import cloudwatch_spool
from cloudwatch_spool.testing import CloudWatchStub


@pytest.fixture
def stub():
    stub = CloudWatchStub()
    yield stub
    stub.close()


@pytest.fixture
def spool(tmp_path):
    """A spool in which three lines wait."""
    handler = cloudwatch_spool.handler(tmp_path / "spool")
    for number in range(3):
        handler.handle(logging.makeLogRecord({"msg": f"line {number}"}))
    return tmp_path / "spool"


@pytest.fixture
def environment_of(tmp_path, stub):
    """Call it with settings for the environment of a shipper, which finds the stub and no AWS."""

    def make(**settings):
        everything = (
            stub.environment()
            | {"TODO_SPOOL_DIR": str(tmp_path / "spool"), "TODO_LOG_STREAM": "stream"}
            | {"TODO_ARCHIVE_DIR": str(tmp_path / "logs")}
            | {"HOME": os.devnull, "AWS_CONFIG_FILE": os.devnull}
            | settings
        )
        return {name: value for name, value in everything.items() if value is not None}

    return make


@pytest.fixture
def ship(environment_of):
    """Call it with options and settings for the ended process of `todo ship`."""

    def run(*options, **settings):
        command = [sys.executable, "-m", "todo.cli", "ship", *options]
        environment = environment_of(**settings)
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    return run


def messages(lines):
    return sorted(json.loads(line)["message"] for line in lines)


LINES = ["line 0", "line 1", "line 2"]


def test_it_delivers_to_the_archive_of_the_settings(ship, spool, tmp_path):
    assert ship("--drain").returncode == 0

    [file] = cloudwatch_spool.archive_files(tmp_path / "logs", "taskoverflow")
    assert messages(file.path.read_text().splitlines()) == LINES
    assert file.stream == "stream"


def test_it_delivers_to_the_log_group_of_the_settings(ship, spool, stub):
    ended = ship(
        "--drain",
        TODO_LOG_DESTINATION="cloudwatch",
        TODO_LOG_GROUP="mine",
        TODO_LOG_RETENTION_DAYS="7",
    )

    assert ended.returncode == 0
    assert stub.get("groups") == {"mine": {"streams": ["stream"], "retention_days": 7}}
    assert messages(stub.messages().elements()) == LINES


@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "see credentials.example"),
        ({"AWS_DEFAULT_REGION": None}, "Set AWS_DEFAULT_REGION"),
        (
            {"AWS_DEFAULT_REGION": "", "AWS_ENDPOINT_URL": None},
            "Correct boto3's configuration: region",
        ),
        ({"TODO_CREATE_LOG_GROUP": "false"}, "set TODO_CREATE_LOG_GROUP=true"),
    ],
)
def test_it_says_what_to_do_about_what_it_waits_for(
    environment_of, spool, tmp_path, wait_until, settings, advice
):
    output = tmp_path / "output"
    with output.open("wb") as file:
        shipper = subprocess.Popen(
            [sys.executable, "-m", "todo.cli", "ship"],
            env=environment_of(TODO_LOG_DESTINATION="cloudwatch", **settings),
            stderr=file,
        )
    try:
        wait_until(lambda: advice in output.read_text(), within_s=30)
    finally:
        shipper.kill()
        shipper.wait()


def test_a_drain_ends_at_its_deadline_and_says_what_is_left(ship, spool):
    ended = ship(
        "--drain",
        TODO_LOG_DESTINATION="cloudwatch",
        TODO_CREATE_LOG_GROUP="false",
        TODO_SHIP_DRAIN_DEADLINE_S="0.1",
    )

    assert ended.returncode == 1
    assert f"3 log events stay in {spool} for the next start" in ended.stderr


def test_echo_prints_what_it_delivers(ship, spool):
    assert messages(ship("--drain", "--echo").stdout.splitlines()) == LINES


def test_the_lines_are_of_a_service_where_its_environment_is_named(ship, spool, stub):
    settings = {"TODO_LOG_DESTINATION": "cloudwatch", "TODO_SERVICE_ENVIRONMENT": "staging"}
    assert ship("--drain", **settings).returncode == 0

    entities = [call["entity"]["keyAttributes"] for call in stub.puts() if "entity" in call]
    assert entities == [{"Type": "Service", "Name": "taskoverflow", "Environment": "staging"}]


def test_a_drain_tells_of_spans_that_no_receiver_took(ship, tmp_path):
    handler = cloudwatch_spool.handler(tmp_path / "spool")
    handler.setFormatter(logging.Formatter("%(message)s"))
    line = '{"event": "exception", "correlation_id": "c1"}'
    handler.handle(logging.makeLogRecord({"msg": line, "levelno": 40}))
    ended = ship(
        "--drain",
        TODO_TRACES_ENDPOINT="http://127.0.0.1:9/v1/traces",
        TODO_SHIP_DRAIN_DEADLINE_S="3",
    )

    assert ended.returncode == 1
    assert "1 spans stay in" in ended.stderr
    assert "log events stay" not in ended.stderr


def test_traces_for_x_ray_need_a_region(ship, spool):
    ended = ship("--drain", TODO_TRACES_ENDPOINT="xray", AWS_DEFAULT_REGION=None)

    assert ended.returncode == 1
    assert "set AWS_DEFAULT_REGION" in ended.stderr


def test_status_says_how_much_waits(ship, spool):
    ended = ship("--status")

    assert ended.returncode == 1
    assert json.loads(ended.stdout)["behind_events"] == 3


def test_a_spool_that_cannot_be_used_is_told_in_one_line(ship, tmp_path):
    (tmp_path / "file").write_text("")
    ended = ship("--drain", TODO_SPOOL_DIR=str(tmp_path / "file" / "spool"))

    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: TODO_SPOOL_DIR: ")
    assert len(ended.stderr.splitlines()) == 1
