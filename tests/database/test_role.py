"""The app as a role that owns nothing."""

import shutil
import tempfile
from pathlib import Path

import psycopg2
import pytest
from click.testing import CliRunner
from sqlalchemy import make_url

from todo import create_app
from todo.cli import todo
from todo.serving.embedded_postgres import EmbeddedPostgres

from ..conftest import execute

ROLE = {"TODO_DATABASE_ROLE": "todo_app", "TODO_DATABASE_ROLE_PASSWORD": "s3cret:pa@ss"}
FORBIDDEN = [
    "DROP TABLE todos",
    "TRUNCATE todos",
    "ALTER TABLE todos ADD COLUMN x integer",
    "CREATE TABLE more (id integer)",
    "CREATE TEMPORARY TABLE more (id integer)",
    "SELECT * FROM alembic_version",
    "CREATE ROLE more",
    "CREATE DATABASE more",
    "COPY todos TO PROGRAM 'cat'",
]


def upgrade(uri, **variables):
    environment = {"SQLALCHEMY_DATABASE_URI": uri} | variables
    return CliRunner().invoke(todo, ["db", "upgrade"], env=environment)


@pytest.fixture(scope="module")
def server():
    """A server that asks this role for its password, and writes every statement into its log."""
    folder = Path(tempfile.mkdtemp(prefix="todo-pg-"))
    server = EmbeddedPostgres(folder / "data")
    server.start()
    (hba,) = folder.rglob("pg_hba.conf")
    hba.write_text("local all todo_app scram-sha-256\n" + hba.read_text())
    execute(server.get_uri(), "ALTER SYSTEM SET log_statement = 'all'")
    execute(server.get_uri(), "SELECT pg_reload_conf()")
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def owners(server):
    """The URI as the owner's."""
    return server.get_uri()


@pytest.fixture
def roles(owners):
    """The URI as the role's."""
    assert upgrade(owners, **ROLE).exit_code == 0
    return with_password(owners, ROLE["TODO_DATABASE_ROLE_PASSWORD"])


def with_password(uri, password):
    return make_url(uri).set(username="todo_app", password=password).render_as_string(False)


def test_the_app_does_all_that_it_does_as_the_role(roles):
    client = create_app({"SQLALCHEMY_DATABASE_URI": roles}).test_client()
    path = "/api/v1/todos"

    made = client.post(path, json={"title": "x"})
    assert made.status_code == 201
    own = f"{path}/{made.json['id']}"
    assert client.patch(own, json={"completed": True}).status_code == 200
    assert [todo["title"] for todo in client.get(path).json] == ["x"]
    assert client.delete(own).status_code == 200
    assert client.get("/api/v1/health/ready").status_code == 200


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_role_may_do_nothing_else(roles, statement):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        execute(roles, statement)


def test_a_second_migration_changes_the_password_and_takes_rights_that_came_by(owners, roles):
    execute(owners, "GRANT SELECT ON alembic_version TO todo_app")
    assert upgrade(owners, **ROLE | {"TODO_DATABASE_ROLE_PASSWORD": "another"}).exit_code == 0
    renewed = with_password(owners, "another")

    execute(renewed, "SELECT 1 FROM todos")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        execute(renewed, "SELECT * FROM alembic_version")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        execute(roles, "SELECT 1 FROM todos")


def test_the_servers_log_has_no_password(server, roles):
    log = "".join(path.read_text() for path in server.folder.parent.rglob("*log") if path.is_file())

    assert "ALTER ROLE todo_app" in log
    assert ROLE["TODO_DATABASE_ROLE_PASSWORD"] not in log


@pytest.mark.parametrize("name", ["TODO_DATABASE_ROLE", "TODO_DATABASE_ROLE_PASSWORD"])
def test_a_role_without_a_password_is_refused(owners, name):
    done = upgrade(owners, **{name: "todo_app"})

    assert done.exit_code != 0
    assert "go together" in str(done.exception)
