"""Pages that are kept: whose they are, how many, and what the log says of them."""

import logging

import psycopg2
import pytest

from todo import create_app
from todo.api.page_cache import Page, PageCache, Version
from todo.models import db

TODOS = "/api/v1/todos"
INSERT = "INSERT INTO todos (title, created_at, updated_at) VALUES (%s, now(), now())"


@pytest.fixture
def app(database):
    """An app with a pool and a cache of its own."""
    return create_app({"SQLALCHEMY_DATABASE_URI": database})


def lines_of(caplog, client, path=TODOS):
    caplog.clear()
    with caplog.at_level(logging.INFO):
        assert client.get(path).status_code == 200
    return [record.fields for record in caplog.records if hasattr(record, "fields")]


def said(caplog, client, path=TODOS):
    """What the canonical line says of the cache."""
    return lines_of(caplog, client, path)[-1].get("cache")


def test_a_page_is_read_once_and_the_log_tells_what_was_sent(client, caplog):
    client.post(TODOS, json={"title": "a"})
    missed, hit = lines_of(caplog, client), lines_of(caplog, client)
    assert [lines[-1]["cache"] for lines in (missed, hit)] == ["miss", "hit"]
    statements = [
        [line["db_statement"] for line in lines if line["event"] == "query"]
        for lines in (missed, hit)
    ]
    assert [len(each) for each in statements] == [2, 1]
    assert "FROM todos" in statements[0][1]
    assert statements[0][0] == statements[1][0]
    assert "pg_current_snapshot" in statements[1][0]


CHANGES = {
    "insert": INSERT.replace("%s", "'new'"),
    "update": "UPDATE todos SET completed = NOT completed",
    "delete": "DELETE FROM todos WHERE id = 1",
    "truncate": "TRUNCATE todos",
    "without triggers": "SET session_replication_role = replica; DELETE FROM todos",
    "rename": "ALTER TABLE todos RENAME TO old; CREATE TABLE todos (LIKE old INCLUDING ALL)",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_from_anywhere_is_in_the_next_answer(client, database, execute, change):
    client.post(TODOS, json={"title": "a"})
    before = [client.get(TODOS).json for _ in range(2)]
    try:
        execute(database, CHANGES[change])
        after = client.get(TODOS).json
        kept = execute(database, "SELECT id, completed FROM todos ORDER BY id DESC")
        assert [(todo["id"], todo["completed"]) for todo in after] == kept
        assert after != before[1]
    finally:
        if change == "rename":
            execute(database, "DROP TABLE todos; ALTER TABLE old RENAME TO todos")


def test_what_is_not_committed_is_not_seen(client, database):
    assert client.get(TODOS).json == []
    other = psycopg2.connect(database)
    other.cursor().execute(INSERT, ("perhaps",))
    assert client.get(TODOS).json == []
    other.commit()
    assert [todo["title"] for todo in client.get(TODOS).json] == ["perhaps"]
    other.cursor().execute("DELETE FROM todos")
    other.rollback()
    other.close()
    assert [todo["title"] for todo in client.get(TODOS).json] == ["perhaps"]


def test_pages_differ_by_what_was_asked(client, caplog):
    for number in range(3):
        client.post(TODOS, json={"title": str(number), "completed": number == 1})
    for path in (TODOS, f"{TODOS}?limit=2", f"{TODOS}?completed=true", f"{TODOS}?limit=2&x=1"):
        fresh, kept = client.get(path), client.get(path)
        assert (kept.json, kept.headers.get("Link")) == (fresh.json, fresh.headers.get("Link"))
    assert [todo["title"] for todo in client.get(f"{TODOS}?completed=true").json] == ["1"]
    assert "x=1" in client.get(f"{TODOS}?limit=2&x=1").headers["Link"]


def test_a_window_moves_so_it_is_not_kept(client, caplog):
    assert said(caplog, client, f"{TODOS}?window=3") is None


def test_without_bytes_there_is_no_cache(database, caplog):
    app = create_app({"SQLALCHEMY_DATABASE_URI": database, "TODO_PAGE_CACHE_BYTES": 0})
    assert said(caplog, app.test_client()) is None


def test_a_new_connection_forgets_all(client, app, caplog):
    """After a crash, a snapshot that was seen may come again with other rows."""
    assert [said(caplog, client) for _ in range(2)] == ["miss", "hit"]
    with app.app_context():
        db.engine.dispose()
    assert [said(caplog, client) for _ in range(2)] == ["miss", "hit"]


def version(snapshot, connections=0):
    return Version((snapshot,), connections)


def page(size=1000):
    return Page(b"x" * size, "tag", None)


def test_its_bytes_have_a_bound_and_what_was_wanted_last_stays():
    cache = PageCache(20_000)
    for number in range(1000):
        cache.put(number, version("a"), page())
        cache.get(0, version("a"))
    kept = [number for number in range(1000) if cache.get(number, version("a"))]
    assert len(kept) * 1000 <= 20_000
    assert kept[0] == 0
    assert kept[-1] == 999
    cache.put("large", version("a"), page(30_000))
    assert cache.get("large", version("a")) is None


def test_a_page_that_was_read_before_a_connection_was_made_is_not_kept_after():
    cache = PageCache(20_000)
    before = version("a", cache._connections)
    cache.connected()
    cache.put("key", before, page())
    assert cache.get("key", before) is None
    assert cache.get("key", version("a", cache._connections)) is None


def test_a_page_of_another_snapshot_is_none():
    cache = PageCache(20_000)
    cache.put("key", version("a"), page())
    assert cache.get("key", version("b")) is None
    assert cache.get("key", version("a")) is not None
