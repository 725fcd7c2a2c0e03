"""Five hundred hostile connections at a time, and others who are served meanwhile."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg2
import pytest

SOCKETS = 500
POST = b"POST /api/v1/todos HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
ALIVE = b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
LIST = b"GET /api/v1/todos HTTP/1.1\r\nHost: localhost\r\n\r\n"
LARGE = b"GET /api/v1/todos?limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n"

ATTACKS = {
    "silent": (b"", b""),
    "part of a head": (b"GET /api/v1/todos HTTP/1.1\r\nHost: loc", b""),
    "part of a body": (POST + b"Content-Length: 1000\r\n\r\n{", b""),
    "part of a chunk": (POST + b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n{", b""),
    "a head byte by byte": (b"GET /api/v1/todos HTTP/1.1\r\nX: ", b"x"),
    "a body byte by byte": (POST + b"Content-Length: 1000\r\n\r\n{", b" "),
    "answers that nobody reads": (LARGE, b""),
    "kept and idle": (ALIVE, b""),
}


@pytest.fixture(scope="module")
def attacked(serve, migrated_database, execute):
    """The app with its two workers of four threads, and as many todos as an answer may hold."""
    execute(migrated_database, "TRUNCATE todos RESTART IDENTITY")
    execute(
        migrated_database,
        "INSERT INTO todos (title, description, completed, created_at, updated_at)"
        " SELECT 'Todo ' || i, repeat('x', 100), false, now(), now()"
        " FROM generate_series(1, 1000) AS i",
    )
    with serve(
        SQLALCHEMY_DATABASE_URI=migrated_database, TODO_THREADS="4", TODO_QUEUE_S="60"
    ) as server:
        yield int(server.url.rpartition(":")[2])


@contextmanager
def attack(connect, port, begin, now_and_then):
    """Keeps it up meanwhile."""
    clients = [connect(port, receive_buffer=4096) for _ in range(SOCKETS)]
    over = threading.Event()

    def go_on():
        while not over.wait(0.5):
            for client in clients:
                try:
                    client.send(now_and_then)
                except OSError:
                    continue

    for client in clients:
        client.send(begin)
    sender = threading.Thread(target=go_on)
    sender.start()
    try:
        yield
    finally:
        over.set()
        sender.join()
        for client in clients:
            client.close()


@pytest.mark.parametrize(("begin", "now_and_then"), ATTACKS.values(), ids=ATTACKS)
def test_the_others_are_served_meanwhile(connect, attacked, begin, now_and_then):
    with attack(connect, attacked, begin, now_and_then):
        for _ in range(10):
            with connect(attacked) as client:
                assert client.ask(ALIVE).status == 200
                listed = client.ask(LIST)
                assert (listed.status, len(listed.json)) == (200, 100)


@pytest.mark.parametrize("clients", [40, 400])
def test_a_locked_table_keeps_nobody_waiting(
    connect, serve, migrated_database, clients, wait_until
):
    with serve(
        SQLALCHEMY_DATABASE_URI=migrated_database,
        TODO_THREADS="4",
        TODO_STATEMENT_TIMEOUT_MS="2000",
    ) as server:
        port = int(server.url.rpartition(":")[2])
        with locked(migrated_database):
            waiting = [connect(port) for _ in range(clients)]
            for client in waiting:
                client.send(LIST)
            with ThreadPoolExecutor(clients) as pool:
                answers = pool.map(lambda client: client.answer(), waiting)
                with connect(port) as client:
                    alive = [client.ask(ALIVE).status for _ in range(100)]
                statuses = [answer.status for answer in answers]
        assert set(alive) == {200}
        assert set(statuses) == {503}
        wait_until(lambda: server.get("/api/v1/todos").status_code == 200, within_s=30)


@contextmanager
def locked(uri):
    """The table, so that no statement on it gets anywhere."""
    connection = psycopg2.connect(uri)
    try:
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE todos")
            yield
            connection.rollback()
    finally:
        connection.close()
