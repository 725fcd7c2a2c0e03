"""Every error is a problem document that gives nothing away."""

import http.client

import pytest
import requests

TODOS = "/api/v1/todos"


@pytest.fixture(scope="module")
def failing_client(migrated_database):
    """A client of an app with a route that fails."""
    from todo import create_app

    app = create_app({"SQLALCHEMY_DATABASE_URI": migrated_database})

    @app.get("/fails")
    def fails():
        raise LookupError("the secret is 1234")

    return app.test_client()


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/nowhere", {}, 404),
        ("GET", "/api/v1/nothing", {}, 404),
        ("GET", f"{TODOS}/1", {}, 404),
        ("GET", "/api/v1//todos", {}, 404),  # a redirect would name the host that was sent
        ("PATCH", TODOS, {}, 405),
        ("POST", TODOS, {"data": "{", "content_type": "application/json"}, 400),
        ("POST", TODOS, {"data": b"\xff\xfe", "content_type": "application/json"}, 400),
        ("POST", TODOS, {"data": '{"title": "\\ud800"}', "content_type": "application/json"}, 400),
        ("POST", TODOS, {"data": "", "content_type": "application/json"}, 400),
        ("POST", TODOS, {"data": '{"title": "a"}'}, 415),
        ("POST", TODOS, {"data": '{"title": "a"}', "content_type": "text/plain"}, 415),
        ("POST", TODOS, {"data": b" " * 65537, "content_type": "application/json"}, 413),
        ("GET", f"{TODOS}?limit=x", {}, 400),
        ("GET", "/fails", {}, 500),
    ],
)
def test_an_error_is_a_problem_document(failing_client, database, method, path, options, status):
    response = failing_client.open(path, method=method, **options)
    problem = response.json
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["correlation_id"] == response.headers["X-Correlation-ID"]


def test_a_405_says_what_is_allowed(client):
    assert set(client.patch(TODOS).headers["Allow"].split(", ")) == {
        "GET",
        "HEAD",
        "OPTIONS",
        "POST",
    }


def test_an_unexpected_error_gives_nothing_away(failing_client):
    text = failing_client.get("/fails").text
    assert "secret" not in text
    assert "LookupError" not in text


def test_the_largest_body_that_is_allowed_is_read(client):
    body = b'{"title": "a"' + b" " * (65536 - 14) + b"}"
    assert client.post(TODOS, data=body, content_type="application/json").status_code == 201


def test_a_chunked_body_has_the_same_limit(server):
    response = requests.post(
        server.url + TODOS,
        data=iter([b" " * 40000, b" " * 40000]),
        headers={"Content-Type": "application/json"},
        timeout=30,
    )
    assert response.status_code == 413


def test_the_server_the_app_and_the_document_name_a_status_alike(server, client):
    body, headers = b" " * 65_537, {"Content-Type": "application/json"}
    by_server = requests.post(server.url + TODOS, data=body, headers=headers, timeout=30)
    by_app = client.post(TODOS, data=body, headers=headers)
    operation = client.get("/api/v1/openapi.json").json["paths"][TODOS]["post"]

    name = by_app.json["title"]
    assert by_server.json()["title"] == name
    assert by_server.reason == name
    assert operation["responses"]["413"]["description"] == name


def test_a_statement_that_takes_too_long_is_a_503(migrated_database):
    from sqlalchemy import text

    from todo import create_app
    from todo.database import reading

    app = create_app(
        {"SQLALCHEMY_DATABASE_URI": migrated_database, "TODO_STATEMENT_TIMEOUT_MS": 50}
    )

    @app.get("/slow")
    def slow():
        with reading() as connection:
            connection.execute(text("SELECT pg_sleep(10)"))

    response = app.test_client().get("/slow")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert response.json["detail"] == "The database took too long over a statement."


def test_a_pool_in_full_use_is_a_503(migrated_database):
    from todo import create_app
    from todo.models import db

    app = create_app(
        {
            "SQLALCHEMY_DATABASE_URI": migrated_database,
            "TODO_THREADS": 1,
            "TODO_POOL_TIMEOUT_S": 0.05,
        }
    )
    with app.app_context():
        held = db.engine.connect()
        response = app.test_client().get(TODOS)
        held.close()
    assert response.status_code == 503
    assert response.json["detail"] == "All connections to the database are in use."


@pytest.mark.parametrize("size", [65_537, 500_000])
def test_the_connection_can_be_used_after_a_body_that_was_too_large(server, size):
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
    connection.request("POST", TODOS, b" " * size, {"Content-Type": "application/json"})
    refused = connection.getresponse()
    refused.read()
    assert refused.status == 413
    connection.auto_open = False
    connection.request("GET", "/api/v1/health")
    assert connection.getresponse().status == 200
    connection.close()
