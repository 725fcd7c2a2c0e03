"""A session ends with its context, whatever other contexts have."""

from flask import g
from sqlalchemy import inspect

from todo import create_app
from todo.models import db
from todo.models.todo import Todo


def test_a_session_ends_with_its_context():
    app = create_app({"SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:"})
    with app.app_context():
        todo = Todo(title="added and not committed")
        db.session.add(todo)
        db.session.flush()
    assert inspect(todo).detached
    with app.app_context():
        assert db.session.scalars(db.select(Todo)).all() == []


def test_a_context_ends_no_session_but_its_own():
    app = create_app({"SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:"})
    with app.app_context():
        todo = Todo(title="stays in its session")
        db.session.add(todo)
        with app.app_context():
            g.nothing = "asked of the database"
        with app.app_context():
            db.session.add(Todo(title="of a session in between"))
        assert todo in db.session
    assert not db.session.registry.registry


def test_a_request_s_session_ends_with_it():
    app = create_app({"SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:"})
    opened = []

    @app.get("/session")
    def view():
        db.session.add(Todo(title="added and not committed"))
        opened.append(db.session())
        return ""

    app.test_client().get("/session")
    assert not opened[0].new
    assert not db.session.registry.registry
