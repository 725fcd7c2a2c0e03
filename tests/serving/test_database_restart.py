"""A restart of PostgreSQL under load: 503 with Retry-After while it is away, and then as before.
Never a 500.
"""

import threading
import time

import pytest
import requests

from todo.serving.embedded_postgres import EmbeddedPostgres

PATHS = ["/api/v1/todos", "/api/v1/todos/1", "/api/v1/health/ready"]


@pytest.fixture
def own_postgres(tmp_path_factory):
    """A PostgreSQL that a test may stop."""
    import tempfile
    from pathlib import Path

    folder = Path(tempfile.mkdtemp(prefix="todo-pg-"))
    server = EmbeddedPostgres(folder / "data")
    server.start()
    yield server
    server.stop()


def test_no_request_gets_a_500(serve, own_postgres, wait_until):
    from alembic import command as alembic

    from todo.migrations.migrate import migrating

    with migrating(own_postgres.get_uri()) as config:
        alembic.upgrade(config, "head")
    with serve(SQLALCHEMY_DATABASE_URI=own_postgres.get_uri()) as server:
        server.post("/api/v1/todos", {"title": "stays"})
        answers, stop = [], threading.Event()
        clients = [threading.Thread(target=ask, args=(server.url, stop, answers)) for _ in range(4)]
        for client in clients:
            client.start()
        wait_until(lambda: len(answers) > 100, within_s=30)
        own_postgres.stop()
        wait_until(lambda: answers[-1][0] == 503, within_s=30)
        own_postgres.start()
        back_from = len(answers)
        wait_until(
            lambda: [status for status, _ in answers[back_from:]].count(200) > 200, within_s=30
        )
        stop.set()
        for client in clients:
            client.join()

        assert {status for status, _ in answers} == {200, 503}
        assert {retry_after for status, retry_after in answers if status == 503} == {"2"}
        assert {server.get(path).status_code for path in PATHS * 10} == {200}


def ask(url, stop, answers):
    """Asks for one path after the other until told to stop; keeps each status and Retry-After."""
    with requests.Session() as session:
        while not stop.is_set():
            for path in PATHS:
                response = session.get(url + path, timeout=30)
                answers.append((response.status_code, response.headers.get("Retry-After")))


def test_an_idle_connection_that_died_is_replaced_before_a_request_gets_it(
    app, client, database, execute
):
    assert client.get("/api/v1/todos").status_code == 200
    execute(
        database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND application_name = 'taskoverflow' "
        "AND datname = current_database()",
    )
    time.sleep(0.1)  # until the socket has heard of it
    assert client.get("/api/v1/todos").status_code == 200
