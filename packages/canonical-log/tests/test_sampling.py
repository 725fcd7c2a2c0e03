"""Where only a share of requests is logged in full, nothing that matters is missing, and what is
there can be weighed.
"""

import io
import json
import logging
import time
from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

import canonical_log
from canonical_log import ContextExecutor
from canonical_log.sampling import MAX_HELD, is_chosen
from canonical_log.testing import assert_schema

LOGGER = logging.getLogger("own")
RATE = 0.25
IDS = [f"request-{number}" for number in range(40)]
CHOSEN = [one for one in IDS if is_chosen(one, RATE)]
OTHER = next(one for one in IDS if one not in CHOSEN)


@pytest.fixture
def app():
    """An app that is logged by a share, whose views ask a database and write lines of DEBUG."""
    app = Flask("sampled")
    app.config.from_mapping(
        CANONICAL_LOG_SAMPLE_RATE=RATE,
        CANONICAL_LOG_SLOW_REQUEST_MS=1000,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    engine = create_engine("sqlite://", connect_args={"check_same_thread": False})
    canonical_log.init_app(app)
    canonical_log.instrument(engine)

    def ask(times=2):
        with engine.connect() as connection:
            for number in range(times):
                connection.execute(text("SELECT :number"), {"number": number})

    def view(what=None, times=2):
        LOGGER.debug("begins")
        ask(times)
        return what() if what else "ok"

    def fail():
        raise RuntimeError("as asked")

    app.add_url_rule("/", view_func=view, endpoint="ok")
    app.add_url_rule("/fails", view_func=lambda: view(fail), endpoint="fails")
    app.add_url_rule("/slow", view_func=lambda: view(lambda: time.sleep(1.05) or ""), endpoint="s")
    app.add_url_rule("/many", view_func=lambda: view(None, 6), endpoint="many")
    app.add_url_rule("/thousand", view_func=lambda: view(fail, 1000), endpoint="thousand")
    app.add_url_rule("/warns", view_func=lambda: LOGGER.warning("careful") or "", endpoint="warns")

    @app.get("/threads")
    def threads():
        with ContextExecutor(3) as executor:
            list(executor.map(ask, [1, 1, 1]))
        return "ok"

    return app


@pytest.fixture
def ask(app):
    """Call it for the answer to a path, with this id."""
    return lambda path, one=OTHER: app.test_client().get(path, headers={"X-Correlation-ID": one})


def test_the_share_is_near_the_rate_and_the_same_each_time():
    ids = [f"id-{number}" for number in range(10_000)]
    chosen = {one for one in ids if is_chosen(one, 0.1)}
    assert 900 < len(chosen) < 1100
    assert chosen == {one for one in ids if is_chosen(one, 0.1)}
    assert chosen < {one for one in ids if is_chosen(one, 0.2)}
    assert not any(is_chosen(one, 0) for one in ids)
    assert all(is_chosen(one, 1) for one in ids)


def test_only_chosen_requests_have_their_lines_and_all_have_a_canonical_one(ask, lines):
    for one in IDS:
        ask("/", one)
    finished = {line["correlation_id"]: line for line in lines("request_finished")}
    assert list(finished) == IDS
    queries = Counter(line["correlation_id"] for line in lines("query"))
    assert 0 < len(CHOSEN) < len(IDS)
    assert queries == dict.fromkeys(CHOSEN, 2)
    assert [line["correlation_id"] for line in lines("request_started")] == CHOSEN
    for one, line in finished.items():
        assert (line["sample_rate"], line["db_query_count"]) == (RATE, 2)
        # A connection may have had a line, too.
        assert line.get("sampled_out_count", 0) >= (0 if one in CHOSEN else 3)
        assert ("sampled_out_count" in line) == (one not in CHOSEN)


def test_lines_that_are_there_by_the_rate_add_up_to_the_whole(ask, lines):
    ids = [f"weighed-{number}" for number in range(400)]
    for one in ids:
        ask("/", one)
    weighed = sum(1 / line.get("sample_rate", 1) for line in lines("query"))
    whole = sum(line["db_query_count"] for line in lines("request_finished"))
    assert weighed == pytest.approx(whole, rel=0.25)  # of 100 chosen ones, give or take 9


@pytest.mark.parametrize("path", ["/fails", "/slow", "/many"])
def test_a_request_that_is_worth_it_is_written_whole(path, ask, lines):
    ask(path)
    [finished] = lines("request_finished")
    assert "sample_rate" not in finished
    assert "sampled_out_count" not in finished
    assert len(lines("query")) == finished["db_query_count"] > 0
    assert len(lines("request_started")) == 1
    assert not any("sample_rate" in line for line in lines())


def test_its_lines_have_the_times_at_which_they_happened(ask, lines):
    ask("/slow")
    [finished] = lines("request_finished")
    stamps = [line["timestamp"] for line in lines("query")]
    assert max(stamps) < finished["timestamp"]


def test_warnings_never_wait(ask, lines):
    ask("/warns")
    assert [line["message"] for line in lines("log")] == ["careful"]
    assert [line["event"] for line in lines()] == ["log", "request_finished"]


def test_what_waits_has_a_bound_and_the_rest_is_counted(ask, lines):
    ask("/thousand")
    [finished] = lines("request_finished")
    assert finished["db_query_count"] == 1000
    assert len(lines("query") + lines("connection")) == MAX_HELD
    assert finished["sampled_out_count"] >= 1001 - MAX_HELD


def test_lines_of_threads_wait_too(ask, lines):
    ask("/threads")
    assert [line["event"] for line in lines()] == ["request_finished"]
    assert lines()[0]["sampled_out_count"] >= 4


def test_a_line_after_the_end_goes_with_the_others(app, lines):
    for is_worth_it in (False, True):
        held = canonical_log.sampling.HeldLines(OTHER, RATE)
        held.settle(is_worth_it=is_worth_it)
        held.add(logging.INFO, dict, ({"event": "log", "logger": "own"},))
        assert len(lines()) == is_worth_it


def test_a_share_is_from_0_to_1():
    with pytest.raises(ValueError, match="a share from 0 to 1, not 10"):
        canonical_log.Settings(sample_rate=10)


@pytest.fixture
def written():
    """Call it for the lines of a handler that `configure` was given, at DEBUG."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    canonical_log.configure("DEBUG", logging.StreamHandler(stream))

    def lines():
        parsed = [json.loads(line) for line in stream.getvalue().splitlines()]
        for line in parsed:
            assert_schema(line)
        return parsed

    yield lines
    root.handlers[:] = handlers
    root.setLevel(level)


def test_lines_of_debug_wait_and_are_written_with_the_request_that_failed(ask, written):
    ask("/", OTHER)
    assert [line["event"] for line in written()] == ["request_finished"]
    assert written()[0]["sampled_out_count"] >= 4
    ask("/fails", OTHER)
    [debug] = [line for line in written() if line["level"] == "DEBUG"]
    assert (debug["message"], debug["logger"], debug["event"]) == ("begins", "own", "log")
    assert debug["correlation_id"] == OTHER


def test_lines_of_debug_outside_of_a_request_are_written_at_once(written):
    LOGGER.debug("outside")
    assert [line["message"] for line in written()] == ["outside"]


def test_other_handlers_see_a_line_of_debug_once(ask, written, caplog):
    caplog.set_level(logging.DEBUG)
    ask("/fails", OTHER)
    assert [record.getMessage() for record in caplog.records].count("begins") == 1


@pytest.mark.parametrize("own_id", [CHOSEN[0], OTHER])
def test_the_lines_of_work_within_a_request_wait_as_its_own_do(app, lines, own_id):
    def view():
        with canonical_log.work("part"):
            return "ok"

    app.add_url_rule("/part", view_func=view)
    app.test_client().get("/part", headers={"X-Correlation-ID": own_id})
    assert len(lines("work_started")) == (own_id in CHOSEN)
    assert len(lines("work_finished")) == 1
