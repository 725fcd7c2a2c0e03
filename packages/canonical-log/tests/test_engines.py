"""Whoever makes an engine, and whenever, its statements are found."""

import logging
from functools import partial

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import create_engine, text

import canonical_log
from canonical_log import flask as middleware


def make_app(**config):
    app = Flask("found")
    app.testing = True
    app.config.from_mapping(config)
    app.add_url_rule("/run", "run")
    return app


def statements(app, lines, function):
    """How many statements the canonical line of a request tells that runs the function."""
    app.view_functions["run"] = lambda: function() or "ok"
    app.test_client().get("/run").get_data()
    return lines("request_finished")[-1]["db_query_count"]


def ask(engine):
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))


@pytest.fixture
def engines(new_database):
    made = [create_engine(url) for url in (new_database(), "sqlite://")]
    yield made
    for engine in made:
        engine.dispose()


@pytest.mark.parametrize("order", ["before", "after"])
def test_flask_sqlalchemy_is_found_with_all_its_binds(lines, new_database, order):
    db = SQLAlchemy()
    app = make_app(
        SQLALCHEMY_DATABASE_URI=new_database(),
        SQLALCHEMY_BINDS={"other": "sqlite://", "third": new_database()},
    )
    for step in [db.init_app, canonical_log.init_app][:: 1 if order == "before" else -1]:
        step(app)

    def use_all():
        db.session.execute(text("SELECT 1"))
        for engine in db.engines.values():
            ask(engine)

    assert statements(app, lines, use_all) == 4
    assert lines("request_finished")[0]["db_connect_ms"] > 0
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def test_engines_made_before_are_found(lines, engines):
    app = make_app()
    canonical_log.init_app(app)
    assert statements(app, lines, lambda: [ask(engine) for engine in engines] and None) == 2


def test_an_engine_that_a_request_makes_is_found(lines):
    app = make_app()
    canonical_log.init_app(app)
    assert statements(app, lines, lambda: ask(create_engine("sqlite://"))) == 1


def test_an_engine_that_connected_before_is_found(lines, engines):
    app = make_app()
    for engine in engines:
        ask(engine)
    canonical_log.init_app(app)
    assert statements(app, lines, lambda: [ask(engine) for engine in engines] and None) == 2


def test_a_view_of_an_engine_with_options_is_found_and_counted_once(lines, engines):
    app = make_app()
    views = [engine.execution_options(stream_results=False) for engine in engines]
    canonical_log.init_app(app)
    assert statements(app, lines, lambda: [ask(view) for view in views] and None) == 2
    assert statements(app, lines, lambda: [ask(engine) for engine in engines] and None) == 2


def test_an_engine_has_the_settings_of_the_app_that_first_uses_it(lines, engines):
    for slow_query_ms, engine in zip((0, 60_000), engines, strict=True):
        app = make_app(CANONICAL_LOG_SLOW_QUERY_MS=slow_query_ms)
        canonical_log.init_app(app)
        statements(app, lines, partial(ask, engine))
    slow = [line.get("db_slow_count", 0) for line in lines("request_finished")]
    assert slow == [1, 0]


def test_what_is_given_counts_more_than_what_was_found(lines, engines):
    app = make_app(CANONICAL_LOG_SLOW_QUERY_MS=60_000)
    canonical_log.init_app(app)
    ask(engines[1])
    canonical_log.instrument(engines[1], canonical_log.Settings(slow_query_ms=0))
    assert statements(app, lines, lambda: ask(engines[1])) == 1
    assert lines("request_finished")[0]["db_slow_count"] == 1


@pytest.mark.parametrize("wrong", [None, "postgresql://", SQLAlchemy()])
def test_what_is_no_engine_is_refused_with_what_to_give(wrong):
    with pytest.raises(TypeError, match="takes an Engine or an AsyncEngine"):
        canonical_log.instrument(wrong)


def test_an_engine_that_cannot_be_instrumented_works_and_is_told_once(lines, monkeypatch):
    def fail(*_):
        raise RuntimeError("as asked")

    monkeypatch.setattr("canonical_log.sqlalchemy.engines.time_engine", fail)
    engine = create_engine("sqlite://")
    app = make_app()
    canonical_log.init_app(app)
    assert statements(app, lines, lambda: ask(engine)) == 0
    ask(engine)
    assert [line["message"] for line in lines("log")] == ["an engine cannot be instrumented"]


def test_a_driver_without_an_engine_is_told_once_with_what_to_call(lines, monkeypatch):
    monkeypatch.setattr("canonical_log.sqlalchemy.engines._has_engine", False)
    monkeypatch.setattr(middleware, "TOLD_AFTER_REQUESTS", 3)
    app = make_app()
    canonical_log.init_app(app)
    client = app.test_client()
    for _ in range(6):
        client.get("/nothing")
    [warning] = [line for line in lines("log") if line["level"] == "WARNING"]
    assert "psycopg2" in warning["message"]
    assert "canonical_log.instrument(engine)" in warning["message"]


def test_an_app_whose_engine_was_found_is_told_nothing(lines, engines, monkeypatch):
    monkeypatch.setattr(middleware, "TOLD_AFTER_REQUESTS", 1)
    app = make_app()
    canonical_log.init_app(app)
    for _ in range(3):
        statements(app, lines, lambda: ask(engines[1]))
    assert [line for line in lines() if line["level"] == "WARNING"] == []
    assert logging.getLogger("canonical_log").isEnabledFor(logging.WARNING)
