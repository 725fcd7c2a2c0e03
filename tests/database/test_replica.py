"""GET requests are answered from a read replica, which follows by PostgreSQL's own replication."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from canonical_log.testing import log_lines  # noqa: F401  # a fixture
from todo import create_app
from todo.config import ConfigError
from todo.database import reader
from todo.serving.embedded_postgres import EmbeddedPostgres

from .conftest import first_process

TODOS = "/api/v1/todos"
NEW = {"title": "Read me"}


@pytest.fixture
def standby(own_postgres):
    """A hot standby of `own_postgres`, from a copy of its data."""
    own_postgres.stop()
    data = own_postgres.folder.with_name("standby")
    # With its owner, who may be another than the one who runs the tests.
    subprocess.run(["cp", "-a", own_postgres.folder, data], check=True)
    own_postgres.start()
    [socket] = parse_qs(urlsplit(own_postgres.get_uri()).query)["host"]
    with (data / "postgresql.auto.conf").open("a") as configuration:
        configuration.write(f"\nprimary_conninfo = 'host={socket} user=postgres'\n")
    (data / "standby.signal").touch()
    server = EmbeddedPostgres(data)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def client(own_postgres, standby):
    """Of an app with both."""
    return create_app(
        {
            "SQLALCHEMY_DATABASE_URI": own_postgres.get_uri(),
            "TODO_REPLICA_DATABASE_URI": standby.get_uri(),
            "TODO_REQUEST_TIMEOUT_S": 2,
        }
    ).test_client()


def test_todos_are_read_from_the_replica_and_written_to_the_primary(
    client, standby, execute, wait_until
):
    first = client.post(TODOS, json=NEW).headers["Location"]
    wait_until(lambda: client.get(first).status_code == 200, within_s=30)
    assert [todo["title"] for todo in client.get(TODOS).json] == ["Read me"]

    execute(standby.get_uri(), "SELECT pg_wal_replay_pause()")
    second = client.post(TODOS, json=NEW).headers["Location"]
    assert client.get(second).status_code == 404
    assert len(client.get(TODOS).json) == 1
    assert client.patch(second, json={}).json["title"] == "Read me"  # no GET: it may not be missed
    assert client.delete(second).json["title"] == "Read me"

    execute(standby.get_uri(), "SELECT pg_wal_replay_resume()")
    assert client.patch(first, json={"title": "Read it"}).status_code == 200
    # A list that was answered before is not kept: nothing would tell that it is old.
    wait_until(lambda: client.get(TODOS).json[0]["title"] == "Read it", within_s=30)


def test_only_reads_fail_with_the_replica(client, standby):
    standby.stop()
    assert client.get(TODOS).status_code == 503
    assert client.get(TODOS).json["detail"] == "The database cannot be reached."
    assert client.post(TODOS, json=NEW).status_code == 201
    assert client.get("/api/v1/health/ready").status_code == 200

    standby.start()
    assert client.get(TODOS).status_code == 200


def test_a_read_from_a_replica_that_hangs_ends_at_its_deadline(client, standby):
    assert client.get(TODOS).status_code == 200
    first = first_process(standby)
    processes = [first, *first.children()]
    for process in processes:
        process.suspend()
    with ThreadPoolExecutor() as asking:
        answer = asking.submit(client.get, TODOS)
        try:
            assert answer.result(60).status_code == 503
        finally:
            for process in processes:
                process.resume()


def test_the_replica_s_statements_are_logged_and_bounded_like_the_primary_s(client, log_lines):  # noqa: F811
    app = client.application
    app.testing = True

    @app.get("/slow")
    def slow():
        with reader() as todos:
            [[is_replica]] = todos.rows(text("SELECT pg_is_in_recovery()"))
            assert is_replica
            todos.rows(text("SELECT pg_sleep(60)"))

    assert client.get("/slow").status_code == 503
    assert client.get(TODOS).status_code == 200
    queries = [line["db_statement"] for line in log_lines("query")]
    assert queries[:2] == ["SELECT pg_is_in_recovery()", "SELECT pg_sleep(?)"]
    assert len(queries) == 3  # nothing asks a standby for its snapshot, by which no list is kept
    counts = [line["db_query_count"] for line in log_lines("request_finished")]
    assert counts == [2, 1]


def test_a_replica_s_url_that_is_none_is_told_by_its_name():
    with pytest.raises(ConfigError, match="TODO_REPLICA_DATABASE_URI is no database URL"):
        create_app(
            {"SQLALCHEMY_DATABASE_URI": "sqlite://", "TODO_REPLICA_DATABASE_URI": "replica:5432"}
        )
