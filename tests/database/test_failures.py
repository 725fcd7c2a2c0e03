"""What the database's failures are answered with: what they are, and never a 500."""

import signal
import threading
from pathlib import Path

import psycopg2
import pytest

from todo import create_app

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


def test_a_deadlock_is_a_503(database):
    from sqlalchemy import text

    from todo.database import writing

    app = create_app({"SQLALCHEMY_DATABASE_URI": database})

    @app.get("/lost")
    def lost():
        with writing() as connection:
            connection.execute(text("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"))

    response = app.test_client().get("/lost")
    assert response.status_code == 503
    assert response.json["detail"] == "Another request changed the same at the same time."


def test_a_mistake_in_a_statement_stays_a_500(database):
    from sqlalchemy import text

    from todo.database import reading

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
