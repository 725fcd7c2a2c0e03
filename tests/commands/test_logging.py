"""`todo logging` changes what a service logs that goes on running."""

import json

import pytest
from click.testing import CliRunner

from canonical_log.debug_header import is_debugged
from todo.cli import todo

SECRET = "a secret of the tests"


@pytest.fixture
def logging(tmp_path):
    """Call it for what `todo logging` says to these words."""
    environment = {"TODO_SPOOL_DIR": str(tmp_path / "spool"), "TODO_LOG_DEBUG_SECRET": SECRET}

    def run(*words, **more):
        return CliRunner().invoke(todo, ["logging", *words], env=environment | more)

    return run


def test_a_change_is_shown_until_it_is_taken_back(logging):
    assert logging("show").output == "level INFO, sample rate 1, by the settings\n"
    changed = logging("set", "--level", "debug", "--sample-rate", "0.5", "--for", "2h").output
    assert changed.startswith("level DEBUG, sample rate 0.5, until ")
    assert logging("show").output == changed
    assert logging("reset").output == "level INFO, sample rate 1, by the settings\n"
    assert logging("show").output == "level INFO, sample rate 1, by the settings\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["set"], "say what to change"),
        (["set", "--level", "LOUD"], "'LOUD' is not one of"),
        (["set", "--sample-rate", "10"], "not in the range 0<=x<=1"),
        (["set", "--level", "DEBUG", "--for", "soon"], "such as 30s, 10m or 2h"),
        (["set", "--level", "DEBUG", "--for", "25h"], "at most 24h"),
        (["sign", "no id"], "an ID is"),
    ],
)
def test_what_cannot_be_meant_is_refused(words, said, logging):
    ran = logging(*words)
    assert (ran.exit_code, said in ran.output) == (2, True)


def test_headers_are_signed_for_one_id(logging):
    lines = logging("sign", "mine").output.splitlines()
    headers = dict(line.split(": ") for line in lines)
    assert headers["X-Correlation-ID"] == "mine"
    environ = {"HTTP_X_LOG_DEBUG": headers["X-Log-Debug"]}
    assert is_debugged(environ, "mine", SECRET)
    assert not is_debugged(environ, "yours", SECRET)


def test_without_a_secret_nothing_is_signed(logging):
    ran = logging("sign", "mine", TODO_LOG_DEBUG_SECRET="")
    assert (ran.exit_code, "TODO_LOG_DEBUG_SECRET is not set" in ran.output) == (2, True)


def test_a_file_that_says_something_else_is_an_error(logging, tmp_path):
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "logging.json").write_text("[]")
    ran = logging("show")
    assert (ran.exit_code, ran.output.startswith("Error: ")) == (1, True)


def test_all_workers_of_a_running_service_follow(serve, logging, tmp_path, wait_until):
    environment = {
        "SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:",
        "TODO_SPOOL_DIR": str(tmp_path / "spool"),
        "TODO_LOG_SAMPLE_RATE": "0",
        "TODO_WORKERS": "2",
    }
    with serve(**environment) as server:

        def events():
            before = len(server.output.read_text())
            for _ in range(8):
                server.get("/api/v1/todos")
            lines = server.output.read_text()[before:].splitlines()
            return [json.loads(line)["event"] for line in lines if "correlation_id" in line]

        assert set(events()) == {"request_finished"}
        logging("set", "--sample-rate", "1")
        wait_until(lambda: events().count("request_started") == 8, within_s=20)
        logging("reset")
        wait_until(lambda: set(events()) == {"request_finished"}, within_s=20)
