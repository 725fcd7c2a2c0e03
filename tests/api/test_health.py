"""Alive without a database, ready with one."""

import pytest

from todo import create_app

AWAY = "postgresql://nobody:secret@127.0.0.1:1/none"


def test_alive_asks_no_database():
    response = create_app({"SQLALCHEMY_DATABASE_URI": AWAY}).test_client().get("/api/v1/health")
    assert (response.status_code, response.json) == (200, {"status": "ok"})


def test_ready_when_the_database_answers(client):
    response = client.get("/api/v1/health/ready")
    assert (response.status_code, response.json) == (200, {"status": "ok"})


def test_not_ready_says_why_and_when_to_come_back():
    response = (
        create_app({"SQLALCHEMY_DATABASE_URI": AWAY}).test_client().get("/api/v1/health/ready")
    )
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert response.json["detail"] == "The database cannot be reached."
    assert "secret" not in response.text


@pytest.mark.parametrize(("overloaded_s", "status"), [(0.0, 200), (2.9, 200), (3.1, 503)])
def test_not_ready_while_the_server_has_been_sending_requests_away(client, overloaded_s, status):
    response = client.get(
        "/api/v1/health/ready", environ_overrides={"edge.overloaded_s": overloaded_s}
    )
    assert response.status_code == status


def test_an_overloaded_server_is_alive_and_says_since_when_it_is_not_ready(client):
    overrides = {"edge.overloaded_s": 12.3}
    assert client.get("/api/v1/health", environ_overrides=overrides).status_code == 200
    refused = client.get("/api/v1/health/ready", environ_overrides=overrides)
    assert refused.json["detail"] == "The server has been sending requests away for 12 seconds."
    assert refused.headers["Retry-After"] == "2"
