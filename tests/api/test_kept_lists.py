"""A list that is kept is answered before Flask, and nothing tells but that it is quick."""

import logging

import psycopg2
import pytest
from flask import (
    appcontext_popped,
    appcontext_pushed,
    appcontext_tearing_down,
    request_finished,
    request_started,
    request_tearing_down,
)
from werkzeug.test import EnvironBuilder

from todo import create_app
from todo.api import query
from todo.api.keys import new_key

TODOS = "/api/v1/todos"
FILL = (
    "INSERT INTO todos (title, completed, created_at, updated_at)"
    " SELECT n::text, n = 1, now(), now() FROM generate_series(1, 4) n"
)
READER, KNOWN_READER = new_key("reader", is_read_only=True)


@pytest.fixture
def filled(database, execute):
    execute(database, FILL)
    return database


@pytest.fixture
def app(filled):
    """An app whose lists are its own."""
    return create_app({"SQLALCHEMY_DATABASE_URI": filled})


@pytest.fixture
def dispatched(app, monkeypatch):
    """The paths that Flask was asked for."""
    paths = []
    dispatch = app.full_dispatch_request
    monkeypatch.setattr(
        app, "full_dispatch_request", lambda ctx=None: paths.append(1) or dispatch()
    )
    return paths


@pytest.fixture
def ask(caplog):
    """Call it for the answer to a request, and its lines."""

    def send(app, path=TODOS, **options):
        caplog.clear()
        with caplog.at_level(logging.INFO):
            answer = app.test_client().open(path, buffered=True, **options)
        return answer, [record.fields for record in caplog.records if hasattr(record, "fields")]

    return send


def by_flask(app, ask, path=TODOS, **options):
    first, app.answer_first = app.answer_first, None
    try:
        return ask(app, path, **options)
    finally:
        app.answer_first = first


def seen(answer):
    headers = [each for each in answer.headers if each[0] != "X-Correlation-ID"]
    return answer.status, headers, answer.data


ETAG = "the list's"


@pytest.mark.parametrize("known", [None, ETAG, f"W/{ETAG}", f'"a", {ETAG}', "*", '"a"', "a", ""])
@pytest.mark.parametrize("asked", ["", "?limit=2", "?limit=2&x=%C3%BC&x=2", "?completed=true", "?"])
def test_the_answer_is_flasks_byte_for_byte(app, ask, dispatched, asked, known):
    first, _ = ask(app, TODOS + asked)
    headers = {}
    if known is not None:
        headers["If-None-Match"] = known.replace(ETAG, first.headers["ETag"])
    dispatched.clear()
    kept, _ = ask(app, TODOS + asked, headers=headers)
    assert not dispatched
    flasks, _ = by_flask(app, ask, TODOS + asked, headers=headers)
    assert dispatched
    assert seen(kept) == seen(flasks)


def test_the_lines_are_the_same_and_name_the_route(app, ask):
    ask(app)
    _, lines = ask(app)
    _, lines_of_flask = by_flask(app, ask)
    by_chance = {"db_pool_wait_ms", "db_pool_wait_count"}  # on a busy machine
    assert [line.keys() - by_chance for line in lines] == [
        line.keys() - by_chance for line in lines_of_flask
    ]
    assert lines[-1]["http_route"] == lines_of_flask[-1]["http_route"] == TODOS
    assert lines[-1]["cache"] == lines_of_flask[-1]["cache"] == "hit"
    assert lines[-1]["db_query_count"] == 1


def test_of_a_list_that_changed_it_is_asked_once_what_is_visible(app, ask, filled, execute):
    ask(app)
    execute(filled, "DELETE FROM todos WHERE id = 1")
    answer, lines = ask(app)
    assert len(answer.json) == 3
    assert [line["event"] for line in lines].count("query") == 2  # that, and the page
    assert lines[-1]["cache"] == "miss"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{TODOS}?limit=0"),
        ("GET", f"{TODOS}?window=1"),
        ("GET", f"{TODOS}/"),
        ("GET", f"{TODOS}/1"),
        ("GET", "/api/v1/todo"),
        ("HEAD", TODOS),
        ("OPTIONS", TODOS),
        ("PUT", TODOS),
    ],
)
def test_all_else_is_flasks(app, ask, dispatched, method, path):
    ask(app)
    ask(app, path, method=method)
    dispatched.clear()
    answer, _ = ask(app, path, method=method)
    assert dispatched
    assert answer.status == by_flask(app, ask, path, method=method)[0].status


def test_an_environ_without_a_path_is_flasks(app):
    """PEP 3333 lets a server leave an empty one out."""
    environ = EnvironBuilder("/").get_environ()
    del environ["PATH_INFO"]
    statuses = []
    app(environ, lambda status, *_: statuses.append(status))
    assert statuses == ["200 OK"]


HOOKS = {
    "before": lambda app, call: app.before_request(call),
    "before, of the blueprint": lambda app, call: app.before_request_funcs.update(todos=[call]),
    "after": lambda app, call: app.after_request(lambda answer: call() or answer),
    "teardown": lambda app, call: app.teardown_request(lambda _error: call()),
    "of the context": lambda app, call: app.teardown_appcontext(lambda _error: call()),
    "values": lambda app, call: app.url_value_preprocessor(lambda *_: call()),
}


@pytest.mark.parametrize("kind", HOOKS)
def test_a_hook_of_the_apps_users_is_always_called(app, ask, kind):
    calls = []
    HOOKS[kind](app, lambda: calls.append(kind))
    for _ in range(3):
        ask(app)
    assert len(calls) == 3


@pytest.mark.parametrize(
    "signal",
    [
        request_started,
        request_finished,
        request_tearing_down,
        appcontext_pushed,
        appcontext_popped,
        appcontext_tearing_down,
    ],
    ids=lambda signal: signal.name,
)
def test_a_receiver_of_a_signal_is_always_called_whenever_it_is_connected(app, ask, signal):
    for _ in range(2):
        ask(app)
    calls = []
    with signal.connected_to(lambda *_, **__: calls.append(signal.name), app):
        for _ in range(3):
            ask(app)
    assert len(calls) == 3


def test_a_view_in_the_place_of_the_list_is_always_called(app, ask):
    for _ in range(2):
        ask(app)
    view = app.view_functions["todos.list_todos"]
    calls = []
    app.view_functions["todos.list_todos"] = lambda: calls.append(1) or view()
    for _ in range(3):
        ask(app)
    assert len(calls) == 3


def test_a_key_is_wanted_for_a_list_that_is_kept(filled, ask):
    app = create_app({"SQLALCHEMY_DATABASE_URI": filled, "TODO_API_KEYS": KNOWN_READER.entry()})
    bearing = {"Authorization": f"Bearer {READER}"}
    for _ in range(3):
        answer, lines = ask(app, headers=bearing)
        assert (answer.status_code, lines[-1]["key_name"]) == (200, "reader")
    for headers in ({}, {"Authorization": "Bearer other"}):
        answer, lines = ask(app, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"]
        assert "cache" not in lines[-1]


def test_a_database_that_fails_is_asked_once_and_told_as_ever(app, ask, monkeypatch):
    """Its time is not waited for twice, and the answer is the problem that it is elsewhere."""
    asked = []

    def fail(*_):
        asked.append(1)
        raise psycopg2.OperationalError("server closed the connection unexpectedly")

    ask(app)
    monkeypatch.setattr("todo.api.page_cache.PageCache.version", fail)
    answer, lines = ask(app)
    assert asked == [1]
    flasks, lines_of_flask = by_flask(app, ask)
    assert answer.status_code == flasks.status_code == 503
    assert answer.json["detail"] == flasks.json["detail"]
    for events in (lines, lines_of_flask):
        assert (events[-1]["event"], events[-1]["http_status"]) == ("request_finished", 503)


def test_queries_are_remembered_within_a_bound(app, ask):
    query._wanted.cache_clear()
    query._link.cache_clear()
    for number in range(1100):
        query.wanted_by(f"limit=2&x={number}")
        query.next_page_link(TODOS, f"limit=2&x={number}", number)
    query.wanted_by(f"limit=2&x={'y' * 200}")
    query.next_page_link(TODOS, f"limit=2&x={'y' * 200}", 1)
    for remembered in (query._wanted, query._link):
        assert remembered.cache_info().currsize == 1024
        remembered.cache_clear()
        query.wanted_by("x" * 201)
        query.next_page_link(TODOS, "x" * 201, 1)
        assert remembered.cache_info().currsize == 0
