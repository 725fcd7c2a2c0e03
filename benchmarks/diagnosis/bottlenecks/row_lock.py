"""All write to one row, and keep it for a while."""

from flask import Flask
from planted import Expected, Load, new_app, once
from sqlalchemy import text

from todo.models import db

LOAD = Load({"POST /visits": 25, "GET /api/v1/todos": 10})
EXPECTED = Expected(("lock",), "POST /visits", statement="UPDATE counters")


def factory() -> Flask:
    """The app, and a counter."""
    app = new_app()
    once(
        app,
        "CREATE TABLE IF NOT EXISTS counters (id int PRIMARY KEY, n int)",
        "INSERT INTO counters VALUES (1, 0) ON CONFLICT DO NOTHING",
    )

    @app.post("/visits")
    def visits() -> dict[str, bool]:
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE counters SET n = n + 1 WHERE id = :id"), {"id": 1})
            connection.execute(text("SELECT count(*), pg_sleep(0.06) FROM todos"))
        return {"counted": True}

    return app
