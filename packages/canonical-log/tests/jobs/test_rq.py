"""RQ's jobs, run by a worker of its own: their ids and lines."""

import sys

import pytest
import redis
import rq
import rq_jobs

from canonical_log import correlation_id, work
from canonical_log.rq import Job
from canonical_log.testing import assert_schema


@pytest.fixture
def connection(redis_socket):
    connection = redis.Redis(unix_socket_path=redis_socket)
    connection.flushall()
    yield connection
    connection.close()


@pytest.fixture
def queue(connection):
    return rq.Queue(connection=connection, job_class=Job)


@pytest.fixture(params=["Worker", "SimpleWorker"])
def run(request, redis_socket, start_worker):
    """Has a worker do all that is in the queue, and returns it."""

    def work_off():
        worker = start_worker([sys.executable, "rq_jobs.py", redis_socket, request.param])
        worker.process.wait(120)
        for line in worker.lines():
            assert_schema(line)
        return worker

    return work_off


def test_a_job_has_the_id_of_the_request_that_enqueued_it(serve, queue, run):
    def view():
        queue.enqueue(rq_jobs.add, 1, 2, job_id="job-1", meta={"own": "kept"})
        return "sent"

    serve(view, **{"X-Run-ID": "load-1"})
    worker = run()
    [line] = worker.lines("job_finished")
    assert (line["correlation_id"], line["run_id"]) == ("sender-1", "load-1")
    assert (line["work_name"], line["job_system"]) == ("rq_jobs.add", "rq")
    assert (line["job_id"], line["job_attempt"], line["job_queue"]) == ("job-1", 1, "default")
    assert (line["sum"], line["db_query_count"], line["service"]) == (3, 1, "jobs")
    assert line["queue_ms"] > 0
    events = [each["event"] for each in worker.lines() if each.get("correlation_id")]
    assert [event for event in events if event != "connection"] == [
        "job_started",
        "query",
        "log",
        "job_finished",
    ]
    assert queue.fetch_job("job-1").meta["own"] == "kept"


def test_a_job_that_is_a_coroutine_has_its_id_within(queue, run):
    with work("send", id="later-1"):
        queue.enqueue(rq_jobs.add_later, 1, 2)
    worker = run()
    assert [line["correlation_id"] for line in worker.lines("query")] == ["later-1"]
    assert worker.lines("job_finished")[0]["db_query_count"] == 1


def test_an_exception_ends_an_attempt_and_the_next_is_counted(queue, run):
    with work("send", id="failing-1"):
        queue.enqueue(rq_jobs.fail, retry=rq.Retry(max=2))
    worker = run()
    finished = worker.lines("job_finished")
    assert [line["job_attempt"] for line in finished] == [1, 2, 3]
    assert [line["outcome"] for line in finished] == ["exception"] * 3
    assert {line["correlation_id"] for line in finished} == {"failing-1"}
    [told, *_] = worker.lines("exception")
    assert (told["correlation_id"], told["exception_message"]) == ("failing-1", "as asked")


def test_a_job_that_asks_for_another_attempt_has_not_failed(queue, run):
    queue.enqueue(rq_jobs.ask_again)
    finished = run().lines("job_finished")
    assert [line["job_attempt"] for line in finished] == [1, 2]
    assert finished[0]["outcome"] == "retry"


def test_a_job_whose_code_is_not_there_fails_as_rq_has_it(queue, run):
    job = queue.enqueue("rq_jobs.missing")
    [line] = run().lines("job_finished")
    assert line["outcome"] == "exception"
    assert job.get_status() == "failed"


def test_a_job_of_another_class_has_an_id_of_its_own(connection, run):
    rq.Queue(connection=connection).enqueue(rq_jobs.add, 1, 2)
    [line] = run().lines("job_finished")
    assert len(line["correlation_id"]) == 32


def test_a_job_that_is_run_in_place_is_part_of_the_request(serve, connection, lines):
    queue = rq.Queue(connection=connection, job_class=Job, is_async=False)

    def view():
        queue.enqueue(rq_jobs.add, 1, 2)
        return {"id": correlation_id()}

    assert serve(view).json == {"id": "sender-1"}
    [job], [request] = lines("job_finished"), lines("request_finished")
    assert (job["correlation_id"], job["db_query_count"]) == ("sender-1", 1)
    assert request["db_query_count"] == 1
