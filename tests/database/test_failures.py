"""What the database's failures are answered with: what they are, and never a 500."""

import signal
import threading
from contextlib import suppress
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import text

from todo import create_app
from todo.database import failure_of, reader, reading, writing
from todo.models import db

from .conftest import first_process

TODOS = "/api/v1/todos"


@pytest.fixture
def client(database):
    """A client of an app with a pool of its own."""
    return create_app({"SQLALCHEMY_DATABASE_URI": database}).test_client()


def other_backends(execute, database):
    return execute(
        database,
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'taskoverflow' "
        "AND wait_event_type = 'Lock' AND datname = current_database()",
    )


def test_a_backend_that_is_terminated_in_the_middle_is_a_503(client, database, execute, wait_until):
    assert client.get(TODOS).status_code == 200
    holder = psycopg2.connect(database)
    holder.cursor().execute("LOCK TABLE todos")
    answers = []
    asking = threading.Thread(target=lambda: answers.append(client.get(f"{TODOS}/1")))
    asking.start()
    wait_until(lambda: other_backends(execute, database), within_s=10)
    [(pid,)] = other_backends(execute, database)
    execute(database, "SELECT pg_terminate_backend(%s)", pid)
    asking.join()
    holder.close()
    assert answers[0].status_code == 503
    assert answers[0].json["detail"] == "The database cannot be reached."
    assert client.get(TODOS).status_code == 200


def test_a_read_only_database_is_a_503_until_it_is_not(client, database, execute):
    """As after a failover: the connections of before lead to a server that takes no changes."""
    name = database.split("/")[3].split("?")[0]
    execute(database, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    try:
        assert client.get(TODOS).status_code == 200
        refused = client.post(TODOS, json={"title": "refused"})
    finally:
        writable = f"{database}&options=-c%20default_transaction_read_only%3Doff"
        execute(writable, f"ALTER DATABASE {name} RESET ALL")
    assert refused.status_code == 503
    assert refused.json["detail"] == "The database takes no changes at the moment."
    # The pool has kept none of the connections that are read-only.
    assert client.post(TODOS, json={"title": "taken"}).status_code == 201


@pytest.mark.parametrize(
    ("sqlstate", "detail"),
    [
        ("40P01", "Another request changed the same at the same time."),
        ("40001", "Another request changed the same at the same time."),
        ("55P03", "The database took too long over a statement."),
        ("57014", "The database took too long over a statement."),
        ("08006", "The database cannot be reached."),
        ("53200", "The database cannot be reached."),
        ("57P03", "The database cannot be reached."),
        ("58030", "The database cannot be reached."),
    ],
)
def test_what_may_pass_is_a_503(database, sqlstate, detail):
    app = create_app({"SQLALCHEMY_DATABASE_URI": database})

    @app.get("/fails")
    def fails():
        with writing() as connection:
            connection.execute(text(f"DO $$ BEGIN RAISE SQLSTATE '{sqlstate}'; END $$"))

    response = app.test_client().get("/fails")
    assert (response.status_code, response.json["detail"]) == (503, detail)


@pytest.mark.parametrize(
    ("error", "is_away"),
    [
        (psycopg2.DatabaseError, True),
        (psycopg2.OperationalError, True),
        (psycopg2.InterfaceError, True),
        (psycopg2.ProgrammingError, False),
        (psycopg2.IntegrityError, False),
    ],
)
def test_a_failure_without_a_code_is_the_connections_unless_its_kind_is_the_apps(error, is_away):
    assert (failure_of(error("no code")) is not None) == is_away


@pytest.mark.parametrize("read", [reader, reading])
def test_after_a_read_the_connection_is_one_with_transactions(database, execute, read):
    app = create_app({"SQLALCHEMY_DATABASE_URI": database, "TODO_THREADS": "1"})
    insert = text("INSERT INTO todos (title, created_at, updated_at) VALUES ('a', now(), now())")
    with app.app_context():
        with read() as connection:
            (connection.rows if read is reader else connection.execute)(text("SELECT 1"))
        with suppress(LookupError), writing() as connection:
            connection.execute(insert)
            raise LookupError
    assert execute(database, "SELECT count(*) FROM todos") == [(0,)]


def test_a_read_that_is_interrupted_leaves_no_connection_behind(database):
    app = create_app({"SQLALCHEMY_DATABASE_URI": database})
    with app.app_context():
        with pytest.raises(KeyboardInterrupt), reader():
            raise KeyboardInterrupt
        assert db.engine.pool.checkedin() == 0


def test_a_mistake_in_a_statement_stays_a_500(database):
    app = create_app({"SQLALCHEMY_DATABASE_URI": database})

    @app.get("/wrong")
    def wrong():
        with reading() as connection:
            connection.execute(text("SELECT nothing FROM nowhere"))

    response = app.test_client().get("/wrong")
    assert response.status_code == 500
    assert "nowhere" not in response.text


def test_a_server_without_a_connection_to_spare_is_a_503(own_postgres, execute):
    execute(own_postgres.get_uri(), "ALTER SYSTEM SET max_connections = 6")
    restart(own_postgres)
    taken = [psycopg2.connect(own_postgres.get_uri()) for _ in range(6)]
    client = create_app({"SQLALCHEMY_DATABASE_URI": own_postgres.get_uri()}).test_client()
    refused = client.get(TODOS)
    for connection in taken:
        connection.close()
    execute(own_postgres.get_uri(), "ALTER SYSTEM RESET max_connections")
    restart(own_postgres)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
    assert client.get(TODOS).status_code == 200


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_a_507_that_says_so(own_postgres, execute, caplog):
    """The table's file is on /dev/full, so that the kernel itself refuses to extend it."""
    uri = own_postgres.get_uri()
    client = create_app({"SQLALCHEMY_DATABASE_URI": uri}).test_client()
    [(path,)] = execute(uri, "SELECT pg_relation_filepath('todos')")
    own_postgres.stop()
    table = own_postgres.folder / path
    kept = table.rename(table.with_name("kept"))
    table.symlink_to("/dev/full")
    own_postgres.start()
    try:
        refused = client.post(TODOS, json={"title": "no room"})
        reads = client.get(TODOS)
    finally:
        own_postgres.stop()
        table.unlink()
        kept.rename(table)
        own_postgres.start()
    assert refused.status_code == 507
    assert refused.content_type == "application/problem+json"
    assert refused.json["title"] == "Insufficient Storage"
    assert "disk is full" in refused.json["detail"]
    assert reads.status_code == 200
    assert client.post(TODOS, json={"title": "room again"}).status_code == 201


def test_an_immediate_shutdown_in_the_middle_is_a_503(own_postgres, execute, wait_until):
    uri = own_postgres.get_uri()
    client = create_app({"SQLALCHEMY_DATABASE_URI": uri}).test_client()
    assert client.get(TODOS).status_code == 200
    holder = psycopg2.connect(uri)
    holder.cursor().execute("LOCK TABLE todos")
    answers = []
    asking = threading.Thread(target=lambda: answers.append(client.get(f"{TODOS}/1")))
    asking.start()
    wait_until(lambda: other_backends(execute, uri), within_s=10)
    first_process(own_postgres).send_signal(signal.SIGQUIT)
    wait_until(lambda: not own_postgres.is_running(), within_s=30)
    asking.join()
    away = client.get(TODOS)
    own_postgres.start()
    assert [answers[0].status_code, away.status_code] == [503, 503]
    assert client.get(TODOS).status_code == 200


def restart(server):
    server.stop()
    server.start()
