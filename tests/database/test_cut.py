"""A connection to PostgreSQL that is cut at any byte of the protocol: 503, never a 500, and the
next request is as before.
"""

import os

import pytest

from todo import create_app
from todo.models import db

from .proxy import CuttingProxy

TODOS = "/api/v1/todos"
POINTS = 10_000 if os.environ.get("FAULT_TESTS") == "full" else 40

CALLS = {
    "list": lambda client: client.get(TODOS),
    "create": lambda client: client.post(TODOS, json={"title": "cut"}),
    "change": lambda client: client.patch(f"{TODOS}/5000", json={"completed": True}),
    "delete": lambda client: client.delete(f"{TODOS}/4999"),
}


@pytest.fixture
def proxy(database):
    proxy = CuttingProxy(database)
    yield proxy
    proxy.close()


def new_app(proxy):
    return create_app({"SQLALCHEMY_DATABASE_URI": proxy.uri})


def forget_connections(app):
    with app.app_context():
        db.engine.dispose()


def points(total):
    """Where to cut: every byte, or evenly spread ones."""
    return range(1, total + 1, max(1, total // POINTS))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", ["first connection", "new connection", "pooled connection"])
def test_a_cut_at_any_byte_is_a_503(proxy, execute, database, kind, call):
    execute(database, "INSERT INTO todos VALUES (5000, 'a', NULL, false, NULL, now(), now())")
    app = new_app(proxy)
    prepare = {
        "first connection": lambda: new_app(proxy),
        "new connection": lambda: (app.test_client().get(TODOS), forget_connections(app), app)[-1],
        "pooled connection": lambda: (app.test_client().get(TODOS), app)[-1],
    }[kind]
    prepared = prepare()
    proxy.reset()
    assert CALLS[call](prepared.test_client()).status_code < 300
    total = proxy.seen
    assert total > 100

    statuses = []
    for point in points(total):
        proxy.reset()
        prepared = prepare()
        proxy.reset(cut_after=point)
        statuses.append(CALLS[call](prepared.test_client()).status_code)
        proxy.finish()
        proxy.reset()
        if kind != "first connection":
            assert CALLS[call](prepared.test_client()).status_code < 300
        forget_connections(prepared)
    assert set(statuses) <= {200, 201, 503}
    assert statuses.count(503) > len(statuses) // 2


def test_a_cut_in_a_commit_says_that_nobody_knows(proxy, execute, database):
    client = new_app(proxy).test_client()
    assert client.get(TODOS).status_code == 200
    proxy.reset(cut_at=b"COMMIT")
    response = client.post(TODOS, json={"title": "perhaps"})
    assert response.status_code == 503
    assert "Retry-After" not in response.headers
    assert "may have been made or not" in response.json["detail"]
