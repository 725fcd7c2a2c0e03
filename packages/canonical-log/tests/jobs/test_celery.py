"""Celery's tasks, run by a worker of its own: their ids and lines."""

import sys

import pytest
from celery_app import add, app, end, fail, fail_once, send

from canonical_log import correlation_id, work
from canonical_log.testing import assert_schema


@pytest.fixture(scope="session", params=["prefork", "threads", "solo"])
def worker(request, redis_socket, start_worker):
    """A worker, for each pool that there is."""
    queue = f"{request.param}-queue"
    options = ["--pool", request.param, "--concurrency", "2", "--queues", queue]
    command = [sys.executable, "-m", "celery", "-A", "celery_app", "worker", *options]
    worker = start_worker(command, REDIS_SOCKET=redis_socket)
    app.conf.update(broker_url=f"redis+socket://{redis_socket}", task_default_queue=queue)
    return worker


@pytest.fixture
def finished(worker, wait_until):
    """Call it for the lines of a job's attempts that have ended, once there are so many."""

    def lines(job, attempts=1):
        def found():
            return worker.lines("job_finished", job.id)

        wait_until(lambda: len(found()) == attempts, 60)
        return found()

    yield lines
    for line in worker.lines():
        assert_schema(line)


def test_a_task_has_the_id_of_the_request_that_sent_it(serve, worker, finished):
    sent = []

    def view():
        sent.append(add.delay(1, 2))
        return "sent"

    serve(view, **{"X-Run-ID": "load-1"})
    [line] = finished(sent[0])
    assert (line["correlation_id"], line["run_id"], line["service"]) == (
        "sender-1",
        "load-1",
        "tasks",
    )
    assert (line["work_name"], line["job_system"]) == ("celery_app.add", "celery")
    assert (line["job_attempt"], line["job_queue"]) == (1, app.conf.task_default_queue)
    assert (line["sum"], line["db_query_count"], "outcome" in line) == (3, 1, False)
    assert line["queue_ms"] >= 0 <= line["duration_ms"]
    events = [each["event"] for each in worker.lines() if each.get("correlation_id") == "sender-1"]
    assert [event for event in events if event != "connection"] == [
        "job_started",
        "query",
        "log",
        "log",  # Celery's own, that it succeeded
        "job_finished",
    ]


def test_a_task_that_is_sent_outside_of_any_work_has_an_id_of_its_own(finished):
    [line] = finished(add.delay(1, 2))
    assert len(line["correlation_id"]) == 32


def test_a_task_that_a_task_sends_has_its_id(worker, finished, wait_until):
    with work("send", id="chain-1"):
        sent = send.delay()
    finished(sent)
    wait_until(lambda: len(of_id(worker, "chain-1")) == 2, 60)
    assert {line["work_name"] for line in of_id(worker, "chain-1")} == {
        "celery_app.send",
        "celery_app.add",
    }


def of_id(worker, own_id):
    return [line for line in worker.lines("job_finished") if line["correlation_id"] == own_id]


def test_an_exception_is_told_once(worker, finished):
    with work("send", id="failing-1"):
        sent = fail.delay()
    [line] = finished(sent)
    assert (line["outcome"], line["level"]) == ("exception", "ERROR")
    [told] = [each for each in worker.lines() if each.get("exception_message") == "as asked"]
    assert (told["event"], told["correlation_id"]) == ("exception", "failing-1")
    assert "celery_app.py" in told["exception_location"]


@pytest.mark.parametrize("outcome", ["ignored", "rejected"])
def test_a_task_can_end_in_other_ways(finished, outcome):
    [line] = finished(end.delay(outcome))
    assert line["outcome"] == outcome


def test_each_attempt_has_its_lines(finished):
    with work("send", id="again-1"):
        sent = fail_once.delay()
    # Threads write their lines as they come: the second attempt's may be there first.
    lines = finished(sent, attempts=2)
    first, second = sorted(lines, key=lambda line: line["job_attempt"])
    assert [first["job_attempt"], second["job_attempt"]] == [1, 2]
    assert [first["outcome"], second.get("outcome")] == ["retry", None]
    assert {first["correlation_id"], second["correlation_id"]} == {"again-1"}


def test_a_task_for_later_does_not_wait_before_then(finished):
    [line] = finished(add.apply_async((1, 2), countdown=2))
    assert line["queue_ms"] < 2000


def test_a_task_that_is_called_in_place_is_part_of_the_request(serve, lines):
    def view():
        assert add.apply((1, 2)).get() == 3
        return {"id": correlation_id()}

    assert serve(view).json == {"id": "sender-1"}
    [job], [request] = lines("job_finished"), lines("request_finished")
    assert (job["correlation_id"], job["job_attempt"]) == ("sender-1", 1)
    assert (job["db_query_count"], request["db_query_count"]) == (1, 1)


def test_an_exception_of_a_task_in_place_goes_on(lines):
    with pytest.raises(ValueError, match="as asked"), work("send"):
        fail.apply(throw=True)
    assert [line["outcome"] for line in lines("job_finished")] == ["exception"]
    assert lines("exception")[0]["exception_message"] == "as asked"
