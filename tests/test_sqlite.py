"""A smoke test: what the API does works on SQLite too."""

import pytest
from alembic import command as alembic

from todo import create_app
from todo.migrations.migrate import migrating


@pytest.mark.parametrize("place", ["memory", "file"])
def test_the_whole_life_of_a_todo(tmp_path, place):
    uri = "sqlite:///:memory:"
    if place == "file":
        uri = f"sqlite:///{tmp_path}/todo.db"
        with migrating(uri) as config:
            alembic.upgrade(config, "head")
    client = create_app({"SQLALCHEMY_DATABASE_URI": uri}).test_client()

    created = client.post(
        "/api/v1/todos", json={"title": "a", "deadline_at": "2023-02-27T00:00:00"}
    )
    assert created.status_code == 201
    assert client.post("/api/v1/todos", json={"title": "b"}).json["id"] == 2
    page = client.get("/api/v1/todos?limit=1")
    assert [todo["title"] for todo in page.json] == ["b"]
    assert "Link" in page.headers
    assert client.patch("/api/v1/todos/1", json={"completed": True}).json["completed"] is True
    assert [todo["id"] for todo in client.get("/api/v1/todos?completed=true&window=1").json] == [1]
    assert client.get("/api/v1/health/ready").status_code == 200
    assert client.delete("/api/v1/todos/1").json["deadline_at"] == "2023-02-27T00:00:00"
    assert client.delete("/api/v1/todos/1").json == {}


def test_an_app_with_a_replica_leaves_the_next_one_its_tables():
    replica = {"TODO_REPLICA_DATABASE_URI": "postgresql://nobody@127.0.0.1:1/nothing"}
    for others in (replica, {}):
        client = create_app(
            {"SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:"} | others
        ).test_client()
        assert client.post("/api/v1/todos", json={"title": "a"}).status_code == 201
