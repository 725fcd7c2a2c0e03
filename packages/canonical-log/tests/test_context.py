"""For the app's own code: fields that are bound, the id in threads, and the ids for another
service.
"""

import asyncio
import logging
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from flask import copy_current_request_context
from sqlalchemy import create_engine, text

import canonical_log
from canonical_log import (
    ContextExecutor,
    add_fields,
    bind,
    correlation_id,
    outgoing_headers,
    set_route,
)
from canonical_log.settings import Settings
from canonical_log.wsgi import RequestLayer

LOGGER = logging.getLogger("own")


def test_bound_fields_are_on_each_line_of_the_block(lines):
    with bind(tenant="a"), bind(job=1):
        LOGGER.info("inside")
    LOGGER.info("outside")
    inside, outside = lines()
    assert (inside["tenant"], inside["job"]) == ("a", 1)
    assert "tenant" not in outside


def test_an_inner_bind_ends_with_its_block(lines):
    with bind(step="outer"):
        with bind(step="inner"):
            LOGGER.info("1")
        LOGGER.info("2")
    assert [line["step"] for line in lines()] == ["inner", "outer"]


def test_a_bound_name_of_the_schema_is_kept_apart(lines):
    with bind(level="mine", message="mine"):
        LOGGER.info("text")
    [line] = lines()
    assert (line["level"], line["message"]) == ("INFO", "text")
    assert (line["app_level"], line["app_message"]) == ("mine", "mine")


def test_a_block_that_raises_unbinds_too(lines):
    with pytest.raises(ValueError, match="as asked"), bind(tenant="a"):
        raise ValueError("as asked")
    LOGGER.info("after")
    assert "tenant" not in lines()[0]


def test_the_id_is_none_outside_of_a_request():
    assert correlation_id() is None
    assert outgoing_headers() == {}
    assert add_fields(lost=True) is None


def test_an_app_without_a_framework_names_its_routes(lines):
    def app(_environ, start_response):
        set_route("/things/:id")
        start_response("204 No Content", [])
        return []

    list(
        RequestLayer(app, Settings())(
            {"REQUEST_METHOD": "GET", "PATH_INFO": "/things/1"}, lambda *_: None
        )
    )
    assert [line["http_route"] for line in lines("request_finished")] == ["/things/:id"]
    assert set_route("/lost") is None
    with canonical_log.work("job"):
        set_route("/lost")
    assert "http_route" not in lines("work_finished")[-1]


def test_a_line_within_a_request_has_its_id(serve_view, lines):
    def view():
        LOGGER.info("inside")
        return correlation_id()

    answer = serve_view(view)
    assert [line["correlation_id"] for line in lines("log")] == [answer.text]
    assert answer.headers["X-Correlation-ID"] == answer.text


def test_the_executor_takes_the_id_and_the_roll_up_into_threads(serve_view, lines):
    engine = create_engine("sqlite://", connect_args={"check_same_thread": False})
    canonical_log.instrument(engine)

    def work(number):
        with engine.connect() as connection:
            connection.execute(text("SELECT :number"), {"number": number})
        LOGGER.info("in a thread")
        return correlation_id()

    def view():
        with ContextExecutor(2) as threads, bind(job="j"):
            futures = [threads.submit(work, number) for number in range(3)]
        return {"ids": [future.result() for future in futures]}

    answer = serve_view(view)
    own_id = answer.headers["X-Correlation-ID"]
    assert answer.json["ids"] == [own_id] * 3
    assert [(line["correlation_id"], line["job"]) for line in lines("log")] == [(own_id, "j")] * 3
    assert lines("request_finished")[0]["db_query_count"] == 3


@pytest.mark.parametrize(
    "in_thread",
    [
        lambda run: threading.Thread(target=copy_context().run, args=(run,)),
        lambda run: threading.Thread(target=copy_current_request_context(run)),
    ],
    ids=["copy_context", "copy_current_request_context"],
)
def test_a_thread_that_has_a_copied_context_keeps_the_id(serve_view, lines, in_thread):
    engine = create_engine("sqlite://", connect_args={"check_same_thread": False})
    canonical_log.instrument(engine)
    known = []

    def run():
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        add_fields(seen=True)
        known.extend([correlation_id(), outgoing_headers()["X-Correlation-ID"]])
        with canonical_log.work("part") as own_id:
            known.append(own_id)
        LOGGER.info("in a thread")

    def view():
        thread = in_thread(run)
        thread.start()
        thread.join()
        return "done"

    own_id = serve_view(view).headers["X-Correlation-ID"]
    assert known == [own_id] * 3
    assert [line["correlation_id"] for line in lines("query") + lines("log")] == [own_id] * 2
    [finished] = lines("request_finished")
    assert (finished["db_query_count"], finished["seen"]) == (1, True)


def test_a_copied_context_outlives_its_request_with_the_id(serve_view, lines):
    is_over = threading.Event()
    threads = []

    def run():
        is_over.wait(20)
        with canonical_log.work("part"):
            pass
        LOGGER.info("after it")

    def view():
        threads.append(threading.Thread(target=copy_current_request_context(run)))
        threads[0].start()
        return "done"

    own_id = serve_view(view, **{"X-Run-ID": "load-1"}).headers["X-Correlation-ID"]
    is_over.set()
    threads[0].join()
    [line] = lines("log")
    assert (line["correlation_id"], line["run_id"]) == (own_id, "load-1")


def test_a_thread_keeps_no_id_longer_than_its_copied_context(serve_view):
    with ThreadPoolExecutor(1) as threads:

        def run():
            with canonical_log.work("part"):
                return correlation_id()

        def view():
            return {"id": threads.submit(copy_current_request_context(run)).result()}

        answer = serve_view(view)
        assert answer.json["id"] == answer.headers["X-Correlation-ID"]
        assert threads.submit(correlation_id).result() is None


def test_tasks_of_asyncio_keep_the_id(serve_view, lines):
    async def run():
        await asyncio.sleep(0)
        LOGGER.info("in a task")
        return correlation_id()

    async def run_all():
        loop = asyncio.get_running_loop()
        with ContextExecutor(1) as threads:
            return await asyncio.gather(
                asyncio.create_task(run()),
                asyncio.to_thread(correlation_id),
                loop.run_in_executor(threads, correlation_id),
            )

    answer = serve_view(lambda: {"ids": asyncio.run(run_all())})
    assert answer.json["ids"] == [answer.headers["X-Correlation-ID"]] * 3


def test_an_ordinary_executor_does_not(serve_view):
    def view():
        with ThreadPoolExecutor(1) as threads:
            return {"id": threads.submit(correlation_id).result()}

    assert serve_view(view).json == {"id": None}


def test_outgoing_headers_carry_the_id_and_a_trace_of_it(serve_view):
    answer = serve_view(outgoing_headers, **{"X-Correlation-ID": "a" * 32})
    assert answer.json["X-Correlation-ID"] == "a" * 32
    assert re.fullmatch(f"00-{'a' * 32}-[0-9a-f]{{16}}-01", answer.json["traceparent"])


def test_an_id_that_the_app_sets_itself_is_not_sent_twice(serve_view):
    answer = serve_view(
        lambda: ("ok", {"x-correlation-id": "its own"}), **{"X-Correlation-ID": "mine"}
    )
    assert answer.headers.getlist("X-Correlation-ID") == ["mine"]


def test_a_block_that_begins_in_one_context_may_end_in_another():
    def parts():
        with bind(tenant="acme"):
            yield

    generator = parts()
    copy_context().run(next, generator)
    assert copy_context().run(list, generator) == []
