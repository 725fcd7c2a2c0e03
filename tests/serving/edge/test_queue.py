"""A queue that is bounded by time, seen from outside: threads that are stuck behind a gate."""

import select
import signal
from contextlib import ExitStack

import pytest

from canonical_log.testing import assert_schema

GATE = b"GET /gate HTTP/1.1\r\nHost: localhost\r\n\r\n"
HELLO = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
ALIVE = b"GET /alive HTTP/1.1\r\nHost: localhost\r\n\r\n"
OVERLOADED = b"GET /overloaded HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def stick(wait_until):
    """Call it for clients that wait for the gate, as many as there are threads."""
    with ExitStack() as stack:

        def stick(edge, threads=2):
            before = begun(edge, "/gate")
            clients = [stack.enter_context(edge.client()) for _ in range(threads)]
            for client in clients:
                client.send(GATE)
            wait_until(lambda: begun(edge, "/gate") == before + threads, within_s=30)
            return clients

        yield stick


def begun(edge, path):
    return len([line for line in edge.lines("request_started") if line["http_path"] == path])


def test_the_line_says_how_long_a_request_queued_and_how_many_threads_were_busy(
    run_edge, stick, wait_until
):
    with run_edge(TODO_QUEUE_S="60") as edge:
        stuck = stick(edge)
        with edge.client() as client:
            client.send(HELLO)
            assert edge.ask(ALIVE).status == 200
            edge.open_gate()
            queued = client.answer()
        assert [client.answer().body for client in stuck] == [b"open", b"open"]
        line = edge.line_of(queued)
        assert_schema(line)
        assert queued.body == b"hello"
        assert line["queue_ms"] > 0
        assert line["threads"] == 2
        assert line["threads_busy"] in (1, 2)
        # A thread is busy until it has seen to what follows its answer, which is there before.
        wait_until(lambda: edge.line_of(edge.ask())["threads_busy"] == 1, within_s=30)


def test_what_would_wait_too_long_is_sent_away_and_its_connection_stays(run_edge, stick):
    with run_edge(TODO_QUEUE_S="0.2") as edge:
        stick(edge)
        with edge.client() as client:
            refused = [client.ask(HELLO) for _ in range(20)]
            assert edge.ask(ALIVE).status == 200
            edge.open_gate()
            assert client.ask(HELLO).status in (200, 503)
        assert {answer.status for answer in refused} == {503}
        assert refused[-1].headers["Retry-After"] == "1"
        assert refused[-1].headers["Content-Type"] == "application/problem+json"
        line = edge.line_of(refused[-1])
        assert_schema(line)
        assert (line["outcome"], line["level"]) == ("shed", "WARNING")
        assert (line["threads_busy"], line["threads"]) == (2, 2)


def test_what_has_waited_too_long_is_answered_though_no_thread_is_free(run_edge):
    with run_edge(TODO_QUEUE_S="3", TODO_WORKER_TIMEOUT_S="600") as edge:
        clients = [edge.client() for _ in range(3)]  # one more than there are threads
        for client in clients:
            client.send(GATE)
        [answered], _, _ = select.select([client.socket for client in clients], [], [], 60)
        [waited] = [client for client in clients if client.socket is answered]
        answer = waited.answer()
        assert answer.status == 503
        assert begun(edge, "/gate") == 2
        assert edge.line_of(answer)["queue_ms"] > 3000


def test_the_app_is_told_how_long_the_server_has_been_sending_requests_away(
    run_edge, stick, wait_until
):
    with run_edge(TODO_QUEUE_S="1") as edge:
        assert edge.ask(OVERLOADED).json == {"seconds": 0}

        def told_s():
            """What the app is told right after a refusal, as a calm second would end it."""
            edge.gate.unlink(missing_ok=True)
            stick(edge)
            with edge.client() as client:
                assert client.ask(HELLO).status == 503
                edge.open_gate()
                answer = client.ask(OVERLOADED)
            return answer.json["seconds"] if answer.status == 200 else 0

        wait_until(lambda: told_s() > 0, within_s=60)


def test_a_worker_whose_threads_are_all_stuck_is_replaced_and_says_what_it_was_doing(
    run_edge, stick, wait_until
):
    with run_edge(TODO_WORKER_TIMEOUT_S="5", TODO_QUEUE_S="60") as edge:
        before = edge.worker().pid
        stick(edge)
        with edge.client() as queued:
            queued.send(HELLO)
            assert queued.answer().status == 503
        edge.open_gate()
        wait_until(lambda: edge.ask(HELLO).status == 200, within_s=30)
        assert edge.worker().pid != before
        outcomes = [line.get("outcome") for line in edge.lines() if line["http_path"] == "/gate"]
        assert outcomes == ["timeout", "timeout"]


def test_a_worker_that_is_told_to_stop_finishes_what_it_has(run_edge, stick):
    with run_edge(TODO_QUEUE_S="60") as edge:
        stuck = stick(edge)
        with edge.client() as idle, edge.client() as queued:
            idle.ask(ALIVE)
            queued.send(HELLO)
            assert edge.ask(ALIVE).status == 200
            edge.process.send_signal(signal.SIGTERM)
            assert idle.is_closed()
            edge.open_gate()
            answers = [client.answer() for client in (*stuck, queued)]
        assert [answer.body for answer in answers] == [b"open", b"open", b"hello"]
        assert {answer.headers["Connection"] for answer in answers} == {"close"}
        assert edge.process.wait(60) == 0


def test_a_worker_that_has_had_its_requests_makes_way_for_another(run_edge, wait_until):
    with run_edge("--max-requests", "5") as edge:
        before = edge.worker().pid
        for _ in range(5):
            assert edge.ask(HELLO).status == 200
        wait_until(lambda: not_there(edge, before), within_s=30)
        assert edge.ask(HELLO).status == 200


def not_there(edge, pid):
    try:
        return edge.worker().pid != pid
    except ValueError:  # none, or two
        return False
