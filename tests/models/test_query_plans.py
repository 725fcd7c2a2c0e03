"""Every filter and order that the API offers is read off an index: no sequential scan, no sort."""

import itertools

import pytest
from sqlalchemy import event

from todo import create_app
from todo.models import db

ROWS = 100_000


@pytest.fixture(scope="module")
def large_app(new_database, execute):
    from alembic import command as alembic

    from todo.migrations.migrate import migrating

    uri = new_database()
    with migrating(uri) as config:
        alembic.upgrade(config, "head")
    execute(
        uri,
        "INSERT INTO todos (title, completed, deadline_at, created_at, updated_at) "
        "SELECT i::text, i %% 3 = 0, "
        "CASE WHEN i %% 4 > 0 THEN now() + (i - 50000) * interval '1 hour' END, "
        "now(), now() FROM generate_series(1, %s) AS i",
        ROWS,
    )
    execute(uri, "VACUUM ANALYZE todos")
    return create_app({"SQLALCHEMY_DATABASE_URI": uri})


FILTERS = [
    "&".join(filter(None, parts))
    for parts in itertools.product(
        ["", "completed=true", "completed=false"],
        ["", "window=0", "window=30"],
        ["", "cursor=AADDUA"],
    )
]


@pytest.mark.parametrize("query", FILTERS)
def test_a_page_is_read_off_an_index(large_app, query):
    plan = explain(large_app, f"/api/v1/todos?{query}")
    nodes = set(node_types(plan))
    assert nodes <= {"Limit", "Index Scan", "Index Scan Backward", "Index Only Scan"}, plan


def explain(app, url):
    """The plan of the one statement that GET `url` runs."""
    plans = []

    def keep(_connection, cursor, statement, parameters, _context, _many):
        with cursor.connection.cursor() as other:
            other.execute("EXPLAIN (FORMAT JSON) " + statement, parameters)
            plans.append(other.fetchone()[0][0]["Plan"])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "after_cursor_execute", keep)
    try:
        assert app.test_client().get(url).status_code == 200
    finally:
        event.remove(engine, "after_cursor_execute", keep)
    (plan,) = plans
    return plan


def node_types(plan):
    yield plan["Node Type"]
    for child in plan.get("Plans", []):
        yield from node_types(child)
