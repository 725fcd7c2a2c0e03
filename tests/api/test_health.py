"""Alive without a database, ready with one."""

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
