"""The JSON that PostgreSQL keeps of each todo: the bytes that Python would make of its columns."""

from datetime import datetime

import orjson
import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
times = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)) | st.datetimes().map(
    lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000)
)
todos = st.fixed_dictionaries(
    {
        "title": texts,
        "description": st.none() | texts,
        "completed": st.booleans(),
        "deadline_at": st.none() | times | times.map(lambda time: time.replace(microsecond=0)),
        "created_at": times,
        "updated_at": times,
    }
)


NAMES = ("title", "description", "completed", "deadline_at", "created_at", "updated_at")
INSERT = (
    f"INSERT INTO todos ({', '.join(NAMES)})"
    f" VALUES ({', '.join(f'%({name})s' for name in NAMES)}) RETURNING id, as_json"
)


@pytest.fixture(scope="module")
def cursor(migrated_database):
    """In a session that writes times its own way."""
    odd = "-c DateStyle=German -c TimeZone=Asia/Tokyo"
    connection = psycopg2.connect(migrated_database, options=odd)
    connection.autocommit = True
    with connection.cursor() as cursor:
        yield cursor
    connection.close()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(todos)
def test_it_is_what_python_makes_of_the_columns(cursor, todo):
    cursor.execute(INSERT, todo)
    todo_id, as_json = cursor.fetchone()
    assert as_json.encode() == orjson.dumps({"id": todo_id, **{name: todo[name] for name in NAMES}})


def test_it_follows_a_change_whoever_makes_it(database, execute):
    insert = "INSERT INTO todos (title, created_at, updated_at) VALUES ('a', now(), now())"
    execute(database, insert)
    execute(database, "UPDATE todos SET title = 'b'")
    [(as_json,)] = execute(database, "SELECT as_json FROM todos")
    assert orjson.loads(as_json)["title"] == "b"
