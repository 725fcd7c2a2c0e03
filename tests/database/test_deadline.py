"""A request has one deadline for all that it asks of the database, whatever the database does."""

import os
import signal
import threading
import time

import pytest
from sqlalchemy import event, text
from sqlalchemy.util.queue import Queue

from todo import create_app
from todo.database import reader, reading, writing
from todo.models import db

from .conftest import first_process
from .proxy import CuttingProxy

TODOS = "/api/v1/todos"
QUEUE_MS = "canonical_log.queue_ms"
LATE = "The database took too long over a statement."


def app_with(database, **settings):
    """The app, and routes that are slow."""
    app = create_app({"SQLALCHEMY_DATABASE_URI": database, **settings})

    @app.get("/slow")
    def slow():
        with reading() as connection:
            connection.execute(text("SELECT pg_sleep(60)"))

    @app.get("/slow-read")
    def slow_read():
        with reader() as connection:
            connection.rows(text("SELECT pg_sleep(60)"))

    @app.get("/slow-later")
    def slow_later():
        with writing() as connection:
            for _ in range(600):
                connection.execute(text("SELECT pg_sleep(0.1)"))

    @app.get("/limit")
    def limit():
        with reading() as connection:
            return {"limit": connection.execute(text("SHOW statement_timeout")).scalar_one()}

    return app


@pytest.mark.parametrize("path", ["/slow", "/slow-read", "/slow-later"])
def test_the_server_ends_a_statement_at_the_deadline(database, path):
    """Its own time-out, of a minute and per statement, would come much later."""
    client = app_with(
        database, TODO_REQUEST_TIMEOUT_S=1, TODO_STATEMENT_TIMEOUT_MS=60_000
    ).test_client()
    response = client.get(path)
    assert response.status_code == 503
    assert response.json["detail"] in (LATE, "The time for this request was over.")
    assert response.headers["Retry-After"] == "2"


def test_the_limit_of_one_request_is_not_that_of_the_next(database):
    app = app_with(database, TODO_REQUEST_TIMEOUT_S=2, TODO_STATEMENT_TIMEOUT_MS=60_000)
    client = app.test_client()
    assert client.get("/limit").json["limit"].endswith("ms")
    with app.app_context(), reading() as connection:
        assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "1min"


def test_a_statement_with_time_to_spare_goes_as_it_is(database):
    client = app_with(database, TODO_REQUEST_TIMEOUT_S=60).test_client()
    assert client.get("/limit").json["limit"] == "5s"


def test_the_log_has_the_statement_as_the_app_wrote_it(database, caplog):
    with caplog.at_level("INFO"):
        app_with(database, TODO_REQUEST_TIMEOUT_S=1).test_client().get("/limit")
    queries = [record.fields for record in caplog.records if record.getMessage() == "query"]
    assert [query["db_statement"] for query in queries if "db_statement" in query] == [
        "SHOW statement_timeout"
    ]


def test_the_wait_for_a_connection_ends_at_the_deadline(database, monkeypatch):
    waits_s, get = [], Queue.get

    def noted_get(queue, block=True, timeout=None):
        waits_s.append(timeout)
        return get(queue, block, timeout)

    monkeypatch.setattr(Queue, "get", noted_get)
    app = app_with(database, TODO_THREADS=1, TODO_POOL_TIMEOUT_S=60, TODO_REQUEST_TIMEOUT_S=0.2)
    with app.app_context():
        held = db.engine.connect()
    response = app.test_client().get(TODOS)
    held.close()
    assert response.status_code == 503
    assert response.json["detail"] == "All connections to the database are in use."
    assert waits_s[-1] <= 0.2


def test_connecting_may_take_no_longer_than_is_left(database):
    app = app_with(database, TODO_CONNECT_TIMEOUT_S=60, TODO_REQUEST_TIMEOUT_S=5)
    given_s = []
    with app.app_context():
        event.listen(
            db.engine, "do_connect", lambda *args: given_s.append(args[3]["connect_timeout"])
        )
    assert app.test_client().get(TODOS).status_code == 200
    assert given_s
    assert max(given_s) <= 5


@pytest.mark.parametrize("is_connected", [True, False])
def test_the_time_in_the_queue_counts(database, is_connected):
    app = app_with(database, TODO_REQUEST_TIMEOUT_S=10)
    client, connections = app.test_client(), []
    if is_connected:
        assert client.get(TODOS, environ_overrides={QUEUE_MS: 10.0}).status_code == 200
    with app.app_context():
        event.listen(db.engine, "connect", lambda *args: connections.append(args))
    late = client.get(TODOS, environ_overrides={QUEUE_MS: 10_500.0})
    assert late.json["detail"] == "The time for this request was over."
    assert connections == []


def test_each_of_many_clients_has_an_answer_while_a_table_is_locked(database, execute):
    app = app_with(database, TODO_REQUEST_TIMEOUT_S=1)
    with app.app_context():
        holder = db.engine.connect()
        holder.execute(text("LOCK TABLE todos"))
    statuses = []
    clients = [
        threading.Thread(target=lambda: statuses.append(app.test_client().get(TODOS).status_code))
        for _ in range(40)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()  # before the lock is gone, or this would wait for ever
    holder.close()
    assert statuses == [503] * 40
    assert app.test_client().get(TODOS).status_code == 200


def processes_of(server):
    first = first_process(server)
    return [first, *first.children()]


@pytest.mark.parametrize("is_connected", [True, False])
def test_a_server_that_hangs_holds_no_thread(own_postgres, is_connected):
    app = app_with(own_postgres.get_uri(), TODO_REQUEST_TIMEOUT_S=1)
    client = app.test_client()
    if is_connected:
        assert client.get(TODOS).status_code == 200
    hung = processes_of(own_postgres)
    for process in hung:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        responses = [client.get(TODOS), client.post(TODOS, json={"title": "hangs"})]
    finally:
        for process in hung:
            os.kill(process.pid, signal.SIGCONT)
    assert [response.status_code for response in responses] == [503, 503]
    if is_connected:
        assert responses[0].json["detail"] == "The database did not answer in time."
    assert client.get(TODOS).status_code == 200


def test_a_server_that_hangs_right_after_connecting_holds_no_thread(database):
    proxy = CuttingProxy(database)
    proxy.reset(hang_at=b"pg_catalog.version()")  # SQLAlchemy's own first statement
    client = app_with(proxy.uri, TODO_REQUEST_TIMEOUT_S=1).test_client()
    statuses = []
    asking = threading.Thread(
        target=lambda: statuses.append(client.get(TODOS).status_code), daemon=True
    )
    asking.start()
    asking.join(60)
    proxy.close()
    assert statuses == [503]


def test_a_deadline_that_was_kept_cuts_nothing_later(database):
    client = app_with(database, TODO_REQUEST_TIMEOUT_S=0.5).test_client()
    assert client.get(TODOS).status_code == 200
    connected = "SELECT count(*), min(pid) FROM pg_stat_activity WHERE pid = pg_backend_pid()"
    app = app_with(database, TODO_REQUEST_TIMEOUT_S=0.5)

    @app.get("/backend")
    def backend():
        with reading() as connection:
            return {"pid": connection.execute(text(connected)).one()[1]}

    first = app.test_client().get("/backend").json
    time.sleep(1.5)  # longer than the deadline and what the watchdog adds
    assert app.test_client().get("/backend").json == first
