"""The model, as code that imports it uses it."""

from datetime import datetime

import pytest

from todo.models import db
from todo.models.todo import Todo


@pytest.fixture
def todo(app):
    with app.app_context():
        todo = Todo(title="Write the report")
        db.session.add(todo)
        db.session.commit()
        yield todo


def test_a_new_todo_has_both_times_alike(todo):
    assert isinstance(todo.created_at, datetime)
    assert todo.created_at == todo.updated_at


def test_an_update_moves_updated_at_alone(todo):
    created_at = todo.created_at
    todo.completed = True
    db.session.commit()
    assert todo.created_at == created_at < todo.updated_at


def test_to_dict_is_what_the_api_shows(todo, client):
    assert client.get(f"/api/v1/todos/{todo.id}").json == todo.to_dict()
