"""The list of todos: filters, order and pages."""

import random
import threading
from datetime import UTC, datetime, timedelta

import pytest
import requests

TODOS = "/api/v1/todos"


def titles(client, query=""):
    response = client.get(TODOS + query)
    assert response.status_code == 200, response.text
    return [todo["title"] for todo in response.json]


@pytest.fixture
def filled(client):
    """Four todos: one overdue, one due in two days, one due in ten, and one without a deadline."""
    now = datetime.now(UTC).replace(tzinfo=None)
    for title, days, completed in [
        ("overdue", -3, True),
        ("soon", 2, False),
        ("later", 10, True),
        ("some day", None, False),
    ]:
        deadline = None if days is None else (now + timedelta(days=days, hours=-1)).isoformat()
        client.post(TODOS, json={"title": title, "completed": completed, "deadline_at": deadline})
    return client


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["some day", "later", "soon", "overdue"]),
        ("?completed=true", ["later", "overdue"]),
        ("?completed=false", ["some day", "soon"]),
        ("?window=0", ["overdue"]),
        ("?window=2", ["soon", "overdue"]),
        ("?window=36500", ["later", "soon", "overdue"]),
        ("?window=5&completed=false", ["soon"]),
        ("?limit=2", ["some day", "later"]),
        ("?unknown=1", ["some day", "later", "soon", "overdue"]),
    ],
)
def test_filters_choose_and_the_newest_comes_first(filled, query, expected):
    assert titles(filled, query) == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("completed=yes", "completed"),
        ("completed=True", "completed"),
        ("completed=", "completed"),
        ("window=-1", "window"),
        ("window=36501", "window"),
        ("window=1.5", "window"),
        ("window=x", "window"),
        ("window=", "window"),
        ("window=1_0", "window"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("cursor=", "cursor"),
        ("cursor=zzzzzz", "cursor"),
        ("cursor=AAAAAAAAAA", "cursor"),
        ("cursor=%00", "cursor"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(client, query, field):
    response = client.get(f"{TODOS}?{query}")
    assert response.status_code == 400
    assert [error["field"] for error in response.json["errors"]] == [field]


def test_a_page_holds_100_todos_unless_told(client):
    for number in range(101):
        client.post(TODOS, json={"title": str(number)})
    assert len(titles(client)) == 100


def test_the_last_page_has_no_link(filled):
    assert "Link" not in filled.get(f"{TODOS}?limit=4").headers


def test_the_link_keeps_the_filters(filled):
    link = requests.utils.parse_header_links(
        filled.get(f"{TODOS}?limit=1&completed=true").headers["Link"]
    )[0]
    assert link["rel"] == "next"
    assert titles(filled, link["url"].removeprefix(TODOS)) == ["overdue"]


def test_paging_meets_every_survivor_once_while_others_come_and_go(server, database, execute):
    execute(
        database,
        "INSERT INTO todos (title, created_at, updated_at) "
        "SELECT i::text, now(), now() FROM generate_series(1, 10000) AS i",
    )
    doomed = set(random.Random(7).sample(range(1, 10001), 300))
    stop = threading.Event()

    def disturb():
        with requests.Session() as session:
            for todo_id in doomed:
                session.delete(f"{server.url}{TODOS}/{todo_id}", timeout=30)
                session.post(server.url + TODOS, json={"title": "new"}, timeout=30)
                if stop.is_set():
                    return

    other = threading.Thread(target=disturb)
    other.start()
    met = []
    url = f"{TODOS}?limit=250"
    with requests.Session() as session:
        while url:
            response = session.get(server.url + url, timeout=30)
            met += [todo["id"] for todo in response.json()]
            url = response.links.get("next", {}).get("url")
    stop.set()
    other.join()

    assert len(met) == len(set(met))
    assert set(range(1, 10001)) - doomed <= set(met)
