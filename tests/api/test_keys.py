"""Only those with a key come in, where keys are set; the key itself is in no log."""

import logging

import pytest
from click.testing import CliRunner

from todo import create_app
from todo.api.keys import new_key, read_keys
from todo.cli import todo
from todo.config import ConfigError

TODOS = "/api/v1/todos"
READER, KNOWN_READER = new_key("reader", is_read_only=True)
WRITER, KNOWN_WRITER = new_key("writer", is_read_only=False)
ENTRIES = f"{KNOWN_READER.entry()},{KNOWN_WRITER.entry()}"


@pytest.fixture
def guarded(database):
    """A client of an app with a key that reads and one that writes."""
    return create_app({"SQLALCHEMY_DATABASE_URI": database, "TODO_API_KEYS": ENTRIES}).test_client()


def bearing(key):
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearing("todo_wrong"),
        bearing(""),
        {"Authorization": READER},
        bearing(f"{READER}x"),
        {"Authorization": f"Basic {READER}"},
        bearing("ü"),
    ],
    ids=["none", "unknown", "empty", "no scheme", "longer", "Basic", "not ASCII"],
)
@pytest.mark.parametrize(
    "path",
    [TODOS, f"{TODOS}/1", f"{TODOS}/2147483648", "/api/v1/nothing", "/pages", "/api/v1/healthy"],
)
def test_without_a_key_it_is_a_401(guarded, path, headers):
    response = guarded.get(path, headers=headers)
    assert response.status_code == 401
    assert response.content_type == "application/problem+json"
    assert response.headers["WWW-Authenticate"].startswith("Bearer realm=taskoverflow")


def test_a_key_that_writes_does_all(guarded):
    created = guarded.post(TODOS, json={"title": "a"}, headers=bearing(WRITER))
    assert created.status_code == 201
    assert guarded.get(TODOS, headers=bearing(WRITER)).json == [created.json]


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", TODOS), ("PUT", f"{TODOS}/1"), ("PATCH", f"{TODOS}/1"), ("DELETE", f"{TODOS}/1")],
)
def test_a_key_that_reads_changes_nothing(guarded, method, path):
    for safe in (guarded.get, guarded.head, guarded.options):
        assert safe(TODOS, headers=bearing(READER)).status_code == 200
    response = guarded.open(path, method=method, json={"title": "a"}, headers=bearing(READER))
    assert (response.status_code, response.json["detail"]) == (403, "This key may only read.")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/health",
        "/api/v1/health/ready",
        "/api/v1/openapi.json",
        "/api/docs",
        "/api/docs/start.js",
        "/",
        "/page/page.js",
    ],
)
def test_health_and_the_pages_are_open(guarded, path):
    assert guarded.get(path, buffered=True).status_code == 200


def test_the_line_has_the_name_and_no_line_the_key(guarded, caplog):
    with caplog.at_level(logging.INFO):
        guarded.get(TODOS, headers=bearing(READER))
        guarded.get(f"{TODOS}?token={WRITER}", headers=bearing("todo_unknown"))
    lines = [getattr(record, "fields", {}) for record in caplog.records]
    assert [line["key_name"] for line in lines if "key_name" in line] == ["reader"]
    assert not any(key in str(lines) for key in (READER, WRITER, "todo_unknown"))


def test_the_document_says_that_a_key_is_needed(guarded, client):
    paths = guarded.get("/api/v1/openapi.json").json
    assert paths["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert paths["paths"][TODOS]["post"]["security"] == [{"key": []}]
    assert "403" in paths["paths"][TODOS]["post"]["responses"]
    assert "security" not in paths["paths"]["/api/v1/health"]["get"]
    assert "securitySchemes" not in client.get("/api/v1/openapi.json").json["components"]


def test_keys_may_be_in_a_file(tmp_path):
    file = tmp_path / "keys"
    file.write_text(f"# who\n\n{KNOWN_READER.entry()}\n  {KNOWN_WRITER.entry()}\n")
    assert read_keys(str(file)) == read_keys(ENTRIES) == [KNOWN_READER, KNOWN_WRITER]


@pytest.mark.parametrize(
    "setting",
    [
        "secret-key",
        "a:read-only:abc",
        "a:admin:" + "0" * 64,
        " ",
        f"{KNOWN_READER.entry()}\nsecret-key",
        f"{KNOWN_READER.entry()},secret-key",
    ],
    ids=["a key", "a short hash", "no such right", "nothing", "a line of two", "an entry of two"],
)
def test_what_is_no_entry_is_refused_without_being_shown(setting, tmp_path):
    file = tmp_path / "keys"
    file.write_text(setting)
    for given in (setting, str(file)):
        with pytest.raises(ConfigError) as refused:
            read_keys(given)
        assert setting.strip() == "" or setting not in str(refused.value)


def test_the_command_makes_a_key_that_is_let_in(database):
    made = CliRunner().invoke(todo, ["keys", "new", "someone"])
    key, entry = (line.split()[1] for line in made.output.splitlines())
    app = create_app({"SQLALCHEMY_DATABASE_URI": database, "TODO_API_KEYS": entry})
    assert app.test_client().get(TODOS, headers=bearing(key)).status_code == 200
    assert (
        app.test_client().post(TODOS, json={"title": "a"}, headers=bearing(key)).status_code == 201
    )


def test_the_command_refuses_a_name_that_is_none():
    refused = CliRunner().invoke(todo, ["keys", "new", "a:b"])
    assert refused.exit_code == 2
