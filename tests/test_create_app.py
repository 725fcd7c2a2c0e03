"""The app factory, as TaskOverflow's users call it."""

import subprocess
import sys

import pytest

from todo import create_app
from todo.config import ConfigError


def test_an_app_without_a_database_is_refused_with_the_remedy():
    with pytest.raises(ConfigError, match="SQLALCHEMY_DATABASE_URI is not set"):
        create_app()


@pytest.mark.parametrize("uri", ["not a url", "mongodb://user:hunter2@host/name", "://hunter2"])
def test_what_is_no_database_url_is_refused_without_quoting_it(uri):
    with pytest.raises(ConfigError, match="SQLALCHEMY_DATABASE_URI is no database URL") as refusal:
        create_app({"SQLALCHEMY_DATABASE_URI": uri})
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_spelling_of_postgresql_means_psycopg2(scheme):
    app = create_app({"SQLALCHEMY_DATABASE_URI": f"{scheme}://user@localhost/name"})
    assert app.config["SQLALCHEMY_DATABASE_URI"].drivername == "postgresql+psycopg2"


def test_overrides_of_flask_s_own_configuration_count(migrated_database):
    app = create_app({"SQLALCHEMY_DATABASE_URI": migrated_database, "TESTING": True})
    assert app.testing


def test_two_apps_in_one_process_keep_apart(new_database, migrated_database):
    other = create_app({"SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:"})
    client = other.test_client()
    client.post("/api/v1/todos", json={"title": "only here"})
    first = create_app({"SQLALCHEMY_DATABASE_URI": migrated_database}).test_client()
    assert "only here" not in first.get("/api/v1/todos").text
    assert "only here" in client.get("/api/v1/todos").text


def test_importing_todo_imports_nothing_heavy():
    heavy = ("flask", "sqlalchemy", "boto3", "pydantic")
    script = f"import sys, todo; print(*(name for name in {heavy} if name in sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == ""


@pytest.mark.parametrize(("hops", "address"), [(0, "127.0.0.1"), (1, "198.51.100.7")])
def test_the_client_s_address_is_taken_from_as_many_proxies_as_there_are(hops, address):
    app = create_app({"SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:", "TODO_PROXY_HOPS": hops})

    @app.get("/address")
    def remote_address():
        from flask import request

        return request.remote_addr

    forwarded = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
    assert app.test_client().get("/address", headers=forwarded).text == address
