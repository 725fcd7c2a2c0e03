"""Level and sampling while a service runs: by a file for all, by a signed header for a request."""

import io
import json
import logging
import os
import time

import pytest
from flask import Flask

import canonical_log
from canonical_log import debug_header, live
from canonical_log.live import Change, read_change, write_change

LOGGER = logging.getLogger("own")
SECRET = "a secret of the tests"


@pytest.fixture
def written():
    """Call it for the lines since the last call."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    canonical_log.configure("INFO", logging.StreamHandler(stream))

    def lines():
        parsed = [json.loads(line) for line in stream.getvalue().splitlines()]
        stream.seek(0)
        stream.truncate()
        return parsed

    yield lines
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def file(tmp_path, monkeypatch):
    """The file of changes, at which each request looks."""
    monkeypatch.setattr(live, "LOOKS_EVERY_S", 0)
    yield tmp_path / "spool" / "logging.json"
    canonical_log.verbosity.set_level(None)


@pytest.fixture
def client(file):
    app = Flask("live")
    app.testing = True
    app.config.from_mapping(
        CANONICAL_LOG_LIVE_FILE=str(file),
        CANONICAL_LOG_DEBUG_SECRET=SECRET,
        CANONICAL_LOG_SAMPLE_RATE=0,
    )
    canonical_log.init_app(app)

    @app.get("/")
    def view():
        LOGGER.debug("in detail")
        return "ok"

    return app.test_client()


def events(lines):
    return [line["event"] for line in lines]


ALL = ["request_started", "log", "request_finished"]


def test_a_change_holds_until_its_time(client, file, written):
    client.get("/")
    assert events(written()) == ["request_finished"]
    write_change(file, Change(time.time() + 60, level="DEBUG", sample_rate=1))
    client.get("/")
    assert events(written()) == ALL
    write_change(file, Change(time.time() - 1, level="DEBUG", sample_rate=1))
    client.get("/")
    assert events(written()) == ["request_finished"]
    assert logging.getLogger().level == logging.INFO


def test_a_change_runs_out_without_the_file_being_touched(client, file, written, monkeypatch):
    write_change(file, Change(time.time() + 60, level="DEBUG", sample_rate=1))
    client.get("/")
    now = time.time()
    monkeypatch.setattr(live.time, "time", lambda: now + 61)
    written()
    client.get("/")
    assert events(written()) == ["request_finished"]


def test_a_change_can_be_taken_back(client, file, written):
    write_change(file, Change(time.time() + 60, level="WARNING"))
    client.get("/")
    assert written() == []
    write_change(file, None)
    client.get("/")
    assert events(written()) == ["request_finished"]


def test_the_file_is_looked_at_once_a_second_at_most(client, file, written, monkeypatch):
    monkeypatch.setattr(live, "LOOKS_EVERY_S", 3600)
    client.get("/")
    write_change(file, Change(time.time() + 60, sample_rate=1))
    written()
    client.get("/")
    assert events(written()) == ["request_finished"]


@pytest.mark.parametrize("content", ["", "[1]", '{"level": "LOUD", "until_s": 9e9}', "{}"])
def test_a_file_that_says_something_else_is_one_warning(content, client, file, written):
    file.parent.mkdir()
    file.write_text(content)
    client.get("/")
    client.get("/")
    lines = written()
    assert events(lines) == ["log", "request_finished", "request_finished"]
    assert "cannot be read" in lines[0]["message"]


def test_what_is_written_can_be_read(file):
    assert read_change(file) is None
    change = Change(time.time() + 60, "ERROR", 0.5)
    write_change(file, change)
    assert read_change(file) == change
    assert os.listdir(file.parent) == [file.name]


def test_a_change_is_checked():
    with pytest.raises(ValueError, match="no level"):
        Change(0, "LOUD")
    with pytest.raises(ValueError, match="share from 0 to 1"):
        Change(0, sample_rate=10)


def test_a_signed_header_has_one_request_logged_in_full(client, written):
    client.get("/", headers=debug_header.signed("mine", SECRET))
    assert events(written()) == ALL
    client.get("/", headers={"X-Correlation-ID": "another"})
    assert events(written()) == ["request_finished"]
    assert logging.getLogger().level == logging.INFO


def test_others_meanwhile_are_as_before(client, written):
    headers = debug_header.signed("mine", SECRET)

    @client.application.get("/outer")
    def outer():
        client.application.test_client().get("/", headers={"X-Correlation-ID": "another"})
        LOGGER.debug("in detail")
        return "ok"

    client.get("/outer", headers=headers)
    lines = written()
    assert events(line for line in lines if line["correlation_id"] == "another") == [
        "request_finished"
    ]
    assert events(line for line in lines if line["correlation_id"] == "mine") == ALL


def forged():
    made = debug_header.signed("mine", SECRET)
    expires, _, signature = made["X-Log-Debug"].partition(".")
    yield "of another id", made | {"X-Correlation-ID": "yours"}
    yield "by another secret", debug_header.signed("mine", "guessed")
    yield "prolonged", made | {"X-Log-Debug": f"{int(expires) + 60}.{signature}"}
    odd = {
        "empty": "",
        "a dot": ".",
        "a number": "1",
        "not signed": f"{expires}.",
        "not ASCII": f"{expires}.é",
        "before 1970": f"-1.{signature}",
        "huge": "9" * 5000,
    }
    for name, value in odd.items():
        yield name, made | {"X-Log-Debug": value}


FORGED = list(forged())


@pytest.mark.parametrize("headers", [each for _, each in FORGED], ids=[name for name, _ in FORGED])
def test_a_header_that_is_not_signed_for_the_request_changes_nothing(headers, client, written):
    assert client.get("/", headers=headers).status_code == 200
    assert events(written()) == ["request_finished"]


@pytest.mark.parametrize("moved_s", [601, -debug_header.MAX_AGE_S], ids=["late", "years ahead"])
def test_a_header_holds_for_its_time_alone(moved_s, client, written, monkeypatch):
    headers = debug_header.signed("mine", SECRET, for_s=600)
    now = time.time()
    monkeypatch.setattr(debug_header.time, "time", lambda: now + moved_s)
    client.get("/", headers=headers)
    assert events(written()) == ["request_finished"]


def test_no_header_is_valid_for_more_than_a_day():
    with pytest.raises(ValueError, match="at most 86400 seconds"):
        debug_header.signed("mine", SECRET, for_s=86401)


def test_without_a_secret_no_header_counts(file, written):
    app = Flask("closed")
    app.testing = True
    app.config["CANONICAL_LOG_SAMPLE_RATE"] = 0
    canonical_log.init_app(app)
    app.add_url_rule("/", view_func=lambda: "ok", endpoint="view")
    for secret in ("", "None"):
        app.test_client().get("/", headers=debug_header.signed("mine", secret))
    assert events(written()) == ["request_finished"] * 2


def test_the_secret_is_in_no_text_of_the_settings():
    assert SECRET not in repr(canonical_log.Settings(debug_secret=SECRET))
