"""Work that is no request: its id, its lines, and what is around it."""

import asyncio
import logging
import threading
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

import canonical_log
from canonical_log import Settings, correlation_id, outgoing_headers, work

LOGGER = logging.getLogger("own")
UUID_TEXT = "12345678-1234-5678-1234-567812345678"


@pytest.fixture
def select():
    """Runs one statement, on an engine that nobody told of."""
    engine = create_engine("sqlite://", connect_args={"check_same_thread": False})

    def run():
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    return run


def ids(lines):
    return {line.get("correlation_id") for line in lines}


def test_work_has_an_id_and_lines_as_a_request_has(lines, select):
    with work("import") as own_id:
        assert correlation_id() == own_id
        select()
        canonical_log.add_fields(rows=3)
        LOGGER.info("inside")
    assert [line["event"] for line in lines() if line["event"] != "connection"] == [
        "work_started",
        "query",
        "log",
        "work_finished",
    ]
    assert ids(lines()) == {own_id}
    [finished] = lines("work_finished")
    assert (finished["work_name"], finished["rows"], finished["level"]) == ("import", 3, "INFO")
    assert (finished["db_query_count"], "outcome" in finished) == (1, False)
    assert finished["duration_ms"] >= 0 <= finished["cpu_ms"]


def test_after_it_there_is_no_work(lines):
    with work("import"):
        pass
    assert (correlation_id(), outgoing_headers()) == (None, {})
    LOGGER.info("after")
    assert "correlation_id" not in lines("log")[0]


def test_an_exception_is_told_and_raised_on_and_the_line_comes_once(lines):
    with pytest.raises(ValueError, match="as asked"), work("import") as own_id:
        raise ValueError("as asked")
    [failed], [finished] = lines("exception"), lines("work_finished")
    assert (failed["exception_message"], failed["correlation_id"]) == ("as asked", own_id)
    assert failed["message"] == "Exception in import"
    assert (finished["outcome"], finished["level"]) == ("exception", "ERROR")
    assert correlation_id() is None


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (KeyboardInterrupt, "interrupted"),
        (asyncio.CancelledError, "interrupted"),
        (lambda: SystemExit(1), "interrupted"),
        (lambda: SystemExit(0), None),
        (SystemExit, None),
    ],
)
def test_what_ends_a_process_or_a_task_is_no_fault(lines, end, outcome):
    with (
        pytest.raises((KeyboardInterrupt, asyncio.CancelledError, SystemExit)),
        work("import"),
    ):
        raise end()
    [finished] = lines("work_finished")
    assert (finished.get("outcome"), lines("exception")) == (outcome, [])
    assert finished["level"] == ("WARNING" if outcome else "INFO")


@pytest.mark.parametrize(
    ("given", "known"), [("order-7", "order-7"), (7, "7"), (UUID(UUID_TEXT), UUID_TEXT)]
)
def test_its_id_can_be_given(given, known):
    with work("import", id=given) as own_id:
        assert own_id == known


def test_an_id_that_may_not_stand_in_a_line_is_replaced(lines):
    with work("import", id="a b"):
        pass
    assert lines("work_finished")[0]["correlation_id_replaced"]
    assert "a b" not in str(lines())


def test_a_message_has_the_id_of_who_sent_it(lines):
    with work("send", id="order-7"):
        headers = outgoing_headers()
    with work("receive", headers=headers | {"x-number": 7}) as own_id:
        assert own_id == "order-7"
    finished = lines("work_finished")[-1]
    assert finished["trace_id"] == headers["traceparent"].split("-")[1]
    assert finished["parent_span_id"] == headers["traceparent"].split("-")[2]


def test_a_header_that_is_no_text_is_no_id(lines):
    with work("receive", headers={"X-Correlation-ID": 7}) as own_id:
        assert len(own_id) == 32


def test_it_ends_once(lines):
    block = work("import")
    block.begin()
    block.end()
    block.end(ValueError("too late"))
    assert [line["event"] for line in lines()] == ["work_started", "work_finished"]


def test_within_a_request_it_has_that_ones_id_and_counts_for_it_too(lines, select, serve_view):
    def view():
        select()
        with work("part") as own_id:
            select()
            select()
        select()
        return {"ids": [own_id, correlation_id()]}

    answer = serve_view(view, **{"X-Run-ID": "load-1"})
    own_id = answer.headers["X-Correlation-ID"]
    assert answer.json["ids"] == [own_id, own_id]
    assert ids(lines()) == {own_id}
    assert {line["run_id"] for line in lines()} == {"load-1"}
    assert lines("work_finished")[0]["db_query_count"] == 2
    assert lines("request_finished")[0]["db_query_count"] == 4


def test_within_a_request_it_can_have_an_id_of_its_own(lines, select, serve_view):
    def view():
        with work("part", id="own"):
            select()
        return {"id": correlation_id()}

    answer = serve_view(view)
    assert answer.json["id"] == answer.headers["X-Correlation-ID"] != "own"
    assert [line["correlation_id"] for line in lines("query")] == ["own"]
    assert lines("request_finished")[0]["db_query_count"] == 1


def test_work_in_threads_is_not_mixed(lines, select):
    both_run = threading.Barrier(2)

    def run(own_id):
        with work("import", id=own_id):
            both_run.wait(20)
            select()
            LOGGER.info("inside")
            both_run.wait(20)

    threads = [threading.Thread(target=run, args=(own_id,)) for own_id in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for event in ("work_started", "query", "log", "work_finished"):
        assert sorted(line["correlation_id"] for line in lines(event)) == ["one", "two"]
    assert [line["db_query_count"] for line in lines("work_finished")] == [1, 1]


def test_work_in_tasks_is_not_mixed_and_no_task_has_the_cpu_time_of_others(lines, select):
    async def run(own_id):
        with work("import", id=own_id):
            await asyncio.sleep(0)
            select()
            await asyncio.to_thread(select)
            LOGGER.info("inside")
            await asyncio.sleep(0)

    async def run_both():
        await asyncio.gather(run("one"), run("two"))

    asyncio.run(run_both())
    assert sorted(line["correlation_id"] for line in lines("log")) == ["one", "two"]
    assert [line["db_query_count"] for line in lines("work_finished")] == [2, 2]
    assert not any("cpu_ms" in line for line in lines("work_finished"))


def test_its_settings_can_be_given(lines):
    settings = Settings(events=frozenset({"request_finished"}), constants={"service": "importer"})
    with work("import", settings=settings):
        pass
    assert [line["service"] for line in lines()] == ["importer"]


def test_a_secret_among_its_fields_is_redacted(lines):
    with work("import"):
        canonical_log.add_fields(password="hunter2")
    assert lines("work_finished")[0]["password"] == "[redacted]"


def test_the_engines_settings_of_an_app_stay(lines, select):
    app = Flask("own")
    app.config["CANONICAL_LOG_SLOW_QUERY_MS"] = 0
    canonical_log.init_app(app)
    with work("import"):
        pass
    select()
    assert [line["level"] for line in lines("query")] == ["WARNING"]


def test_an_exception_of_work_within_work_is_told_once(lines):
    with pytest.raises(ValueError, match="as asked"), work("outer"), work("inner"):
        raise ValueError("as asked")
    assert [line["message"] for line in lines("exception")] == ["Exception in inner"]
    assert [line["outcome"] for line in lines("work_finished")] == ["exception", "exception"]


def test_an_exception_of_work_within_a_request_is_told_as_one(lines, make_app):
    app = make_app()

    @app.get("/part")
    def part():
        with work("part"):
            raise ValueError("as asked")

    app.test_client().get("/part")
    assert [line["message"] for line in lines("exception")] == ["Exception in part"]
    assert lines("request_finished")[0]["http_status"] == 500


def test_generators_may_end_in_the_order_in_which_they_began(lines):
    def parts(name):
        with work(name):
            yield

    one, other = parts("one"), parts("other")
    for generator in (one, other, one, other):
        next(generator, None)
    assert correlation_id() is None


def test_a_block_may_be_entered_again_while_it_runs(lines):
    block = work("import")
    with block, block:
        pass
    both_run = threading.Barrier(2)

    def run():
        with block:
            both_run.wait(20)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert correlation_id() is None
    assert len(lines("work_started")) == len(lines("work_finished")) == 4


def test_a_handler_that_raises_leaves_no_work_behind(lines):
    class Raising(logging.Handler):
        def emit(self, record):
            raise RuntimeError("as asked")

    own = logging.getLogger("canonical_log")
    handler = Raising()
    block = work("import")
    block.begin()
    own.addHandler(handler)
    try:
        with pytest.raises(RuntimeError):
            block.end()
    finally:
        own.removeHandler(handler)
    assert correlation_id() is None


def test_alike_statements_of_many_parts_are_an_n_plus_one(lines, select):
    with work("import"):
        for _ in range(6):
            with work("part"):
                select()
    line = lines("work_finished")[-1]
    assert (line["db_n_plus_one_count"], "db_n_plus_one" in lines("work_finished")[0]) == (6, False)
    assert line["db_n_plus_one_origin"].endswith(" run")
