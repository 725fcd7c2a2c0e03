"""Every filter and order that the API offers is read off an index: no sequential scan, no sort."""

import itertools

import psycopg2
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
    """The plan of the one statement that GET `url` runs on the table."""
    plans = []

    class Cursor(psycopg2.extensions.cursor):
        def execute(self, statement, parameters=None):
            if "todos" in statement:
                with self.connection.cursor(cursor_factory=psycopg2.extensions.cursor) as other:
                    other.execute("EXPLAIN (FORMAT JSON) " + statement, parameters)
                    plans.append(other.fetchone()[0][0]["Plan"])
            super().execute(statement, parameters)

    def watch(connection, _entry):
        connection.cursor_factory = Cursor

    with app.app_context():
        engine = db.engine
        engine.dispose()
    event.listen(engine, "connect", watch)
    try:
        assert app.test_client().get(url).status_code == 200
    finally:
        event.remove(engine, "connect", watch)
    (plan,) = plans
    return plan


def node_types(plan):
    yield plan["Node Type"]
    for child in plan.get("Plans", []):
        yield from node_types(child)
