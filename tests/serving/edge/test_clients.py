"""Clients that are slow, silent or greedy, one kind at a time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

HELLO = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: localhost\r\n"


def get(path):
    return b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def hasty(run_edge):
    """An edge that gives nobody much time."""
    with run_edge(
        TODO_HEAD_TIMEOUT_S="0.5",
        TODO_BODY_TIMEOUT_S="0.5",
        TODO_WRITE_TIMEOUT_S="0.5",
        TODO_KEEP_ALIVE_S="1",
    ) as edge:
        yield edge


@pytest.mark.parametrize(
    ("sent", "path"),
    [(b"GET /hello HT", "-"), (POST + b"Content-Length: 9\r\n\r\nabc", "/echo")],
)
def test_a_request_that_does_not_come_in_time_is_a_408(hasty, sent, path):
    with hasty.client() as client:
        answer = client.ask(sent)
        assert client.is_closed()
    line = hasty.line_of(answer)
    assert answer.status == 408
    assert (line["http_path"], line["outcome"], line["level"]) == (path, "timeout", "INFO")
    assert line["duration_ms"] > 0


def test_a_byte_now_and_then_gives_no_more_time(hasty):
    with hasty.client() as client:
        client.send(POST + b"Content-Length: 60000\r\n\r\n")
        client.socket.settimeout(0.05)
        for _ in range(1200):
            try:
                client.send(b"x")
                if client.socket.recv(1024):
                    return
            except TimeoutError:
                continue
            except ConnectionError:
                return
    pytest.fail("it was given a minute")


@pytest.mark.parametrize("sent", [b"", HELLO])
def test_a_connection_on_which_nothing_comes_is_closed_without_a_word(hasty, sent):
    with hasty.client() as client:
        if sent:
            client.ask(sent)
        assert client.answer() is None


def test_a_connection_that_is_used_is_kept_for_longer_than_a_head_may_take(run_edge):
    with run_edge(TODO_HEAD_TIMEOUT_S="0.5", TODO_KEEP_ALIVE_S="600") as edge:
        for sent in (HELLO, get(b"/alive"), POST + b"Content-Length: 1\r\n\r\na"):
            with edge.client() as kept:
                assert kept.ask(sent).status == 200
                with edge.client() as silent:  # which came later, and whose time is over
                    assert silent.is_closed()
                assert kept.ask(sent).status == 200


def test_a_client_that_does_not_read_its_answer_is_cut_off(hasty, wait_until):
    with hasty.client(receive_buffer=4096) as client:
        client.send(get(b"/big?bytes=50000000"))
        wait_until(
            lambda: any("TODO_WRITE_TIMEOUT_S" in line["message"] for line in hasty.lines("log")),
            within_s=30,
        )
        assert len(client.answer().body) < 50_000_000


def test_clients_that_do_not_read_hold_no_thread(edge):
    clients = [edge.client(receive_buffer=4096) for _ in range(10)]
    for client in clients:
        client.send(get(b"/big?bytes=4000000"))
    for _ in range(10):
        assert edge.ask(HELLO).status == 200
    for client in clients:
        assert len(client.answer().body) == 4_000_000
        client.close()


def test_a_stream_waits_for_a_reader_that_reads(edge):
    with edge.client(receive_buffer=65_536) as client:
        answer = client.ask(get(b"/stream?parts=100&bytes=200000"))
        assert len(answer.body) == 20_000_000
        assert client.ask(HELLO).body == b"hello"


def test_a_stream_that_nobody_reads_is_given_up(edge, wait_until):
    with edge.client(receive_buffer=4096) as client:
        client.send(get(b"/stream?parts=1000&bytes=1000000"))
        wait_until(
            lambda: [line for line in edge.lines() if line.get("outcome") == "client_gone"],
            within_s=60,
        )
        assert edge.ask(HELLO).status == 200


def test_to_take_a_new_connection_the_one_that_was_idle_for_longest_goes(run_edge, wait_until):
    with run_edge(TODO_MAX_CONNECTIONS="16", TODO_MAX_CONNECTIONS_PER_ADDRESS="100") as edge:
        wait_until(lambda: not edge.worker().net_connections("tcp")[1:], within_s=30)
        sending = [edge.client() for _ in range(8)]
        for client in sending:
            client.ask()
            client.send(HELLO[:10])
        idle = [edge.client() for _ in range(8)]
        for client in idle:
            client.ask()
        assert edge.ask().status == 200
        assert idle[0].is_closed()
        for client in idle[1:]:
            assert client.ask().status == 200
        for client in sending:
            assert client.ask(HELLO[10:]).status == 200
        for client in idle + sending:
            client.close()


def test_more_clients_than_connections_do_not_keep_a_new_one_out(run_edge):
    with run_edge(TODO_MAX_CONNECTIONS="16", TODO_MAX_CONNECTIONS_PER_ADDRESS="1000") as edge:
        silent = [edge.client() for _ in range(200)]
        with ThreadPoolExecutor(4) as pool:  # several of the edge's threads accept at once
            answers = list(pool.map(lambda _: edge.ask(), range(200)))
        assert [answer and answer.status for answer in answers] == [200] * 200
        for client in silent:
            client.close()


def test_one_address_has_no_more_connections_than_it_may(run_edge, wait_until):
    with run_edge(TODO_MAX_CONNECTIONS_PER_ADDRESS="3") as edge:
        wait_until(lambda: not edge.worker().net_connections("tcp")[1:], within_s=30)
        clients = [edge.client() for _ in range(3)]
        assert all(client.ask().status == 200 for client in clients)
        with edge.client() as one_more:
            assert one_more.is_closed()
        clients[0].close()
        wait_until(lambda: answers(edge), within_s=30)
        for client in clients[1:]:
            client.close()


def answers(edge):
    try:
        return edge.ask() is not None
    except ConnectionError:
        return False


def test_a_client_that_hangs_up_early_takes_nothing_with_it(edge, wait_until):
    for sent in (b"", HELLO[:5], POST + b"Content-Length: 9\r\n\r\nabc", HELLO, HELLO * 20):
        for _ in range(20):
            with edge.client() as client:
                client.send(sent)
    wait_until(lambda: not edge.worker().net_connections("tcp")[1:], within_s=30)
    assert edge.ask().status == 200
