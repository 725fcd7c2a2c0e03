"""The contract of one todo: create, read, change, delete."""

import json
from datetime import datetime

import pytest

TODOS = "/api/v1/todos"


def create(client, **fields):
    response = client.post(TODOS, json={"title": "Write the report"} | fields)
    assert response.status_code == 201, response.text
    return response.json


def test_a_new_todo_has_defaults(client):
    todo = create(client)
    times = {todo.pop("created_at"), todo.pop("updated_at")}
    assert todo == {
        "id": 1,
        "title": "Write the report",
        "description": None,
        "completed": False,
        "deadline_at": None,
    }
    assert len(times) == 1, "created_at and updated_at are the same moment"
    assert datetime.fromisoformat(times.pop()).tzinfo is None


def test_location_is_the_url_of_the_new_todo(client):
    response = client.post(TODOS, json={"title": "Write the report"})
    assert client.get(response.headers["Location"]).json == response.json


def test_every_field_comes_back_as_sent(client):
    fields = {
        "title": "Ärger & <b>Ω</b> 🎉",
        "description": "x" * 120,
        "completed": True,
        "deadline_at": "2023-02-27T00:00:00",
    }
    assert create(client, **fields).items() >= fields.items()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2023-02-27T00:00:00", "2023-02-27T00:00:00"),
        ("2023-02-27T10:00:00Z", "2023-02-27T10:00:00"),
        ("2023-02-27T10:00:00+10:00", "2023-02-27T00:00:00"),
        ("2023-02-27T10:00:00.250-01:30", "2023-02-27T11:30:00.250000"),
        ("2023-02-27 10:00", "2023-02-27T10:00:00"),
    ],
)
def test_a_deadline_is_kept_as_utc(client, sent, kept):
    assert create(client, deadline_at=sent)["deadline_at"] == kept


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": ""}, "title"),
        ({"title": "x" * 81}, "title"),
        ({"title": None}, "title"),
        ({"title": 1}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"title": "a", "description": "x" * 121}, "description"),
        ({"title": "a", "description": "\0"}, "description"),
        ({"title": "a", "completed": "true"}, "completed"),
        ({"title": "a", "completed": 1}, "completed"),
        ({"title": "a", "completed": None}, "completed"),
        ({"title": "a", "deadline_at": 1677456000}, "deadline_at"),
        ({"title": "a", "deadline_at": "1677456000"}, "deadline_at"),
        ({"title": "a", "deadline_at": "2023-02-27"}, "deadline_at"),
        ({"title": "a", "deadline_at": "2023-02-30T00:00:00"}, "deadline_at"),
        ({"title": "a", "deadline_at": "0001-01-01T00:00:00+10:00"}, "deadline_at"),
        ({"title": "a", "id": 7}, "id"),
        ({"title": "a", "colour": "red"}, "colour"),
        ([], "body"),
        ("a", "body"),
        (None, "body"),
    ],
)
def test_a_bad_body_is_refused_by_field(client, body, field):
    response = client.post(TODOS, data=json.dumps(body), content_type="application/json")
    assert response.status_code == 400
    assert [error["field"] for error in response.json["errors"]] == [field]


@pytest.mark.parametrize("method", ["put", "patch"])
def test_only_the_given_fields_change(client, method):
    before = create(client, description="Long", deadline_at="2023-02-27T00:00:00")
    after = client.open(f"{TODOS}/1", method=method.upper(), json={"completed": True}).json
    assert after.pop("updated_at") > before.pop("updated_at")
    assert after == before | {"completed": True}


@pytest.mark.parametrize("field", ["description", "deadline_at"])
def test_null_empties_an_optional_field(client, field):
    create(client, description="Long", deadline_at="2023-02-27T00:00:00")
    assert client.put(f"{TODOS}/1", json={field: None}).json[field] is None


def test_a_change_of_nothing_changes_nothing(client):
    before = create(client)
    assert client.put(f"{TODOS}/1", json={}).json == before


@pytest.mark.parametrize(
    "body",
    [
        {"title": None},
        {"title": ""},
        {"completed": None},
        {"id": 2},
        {"created_at": "2023-02-27T00:00:00"},
    ],
)
def test_a_bad_change_is_refused_and_changes_nothing(client, body):
    before = create(client)
    assert client.patch(f"{TODOS}/1", json=body).status_code == 400
    assert client.get(f"{TODOS}/1").json == before


def test_delete_answers_the_todo_and_then_an_empty_object(client):
    todo = create(client)
    assert [client.delete(f"{TODOS}/1").json for _ in range(2)] == [todo, {}]
    assert client.get(f"{TODOS}/1").status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH"])
@pytest.mark.parametrize(
    "todo_id", ["1", "0", "-1", "2147483647", "2147483648", "9" * 50, "x", "1.0"]
)
def test_an_unknown_id_is_a_404(client, method, todo_id):
    assert client.open(f"{TODOS}/{todo_id}", method=method, json={"title": "a"}).status_code == 404


def test_deleting_an_id_beyond_the_integers_is_a_404(client):
    assert client.delete(f"{TODOS}/2147483648").status_code == 404
