"""A transaction stays open while the app does something else."""

import time

from flask import Flask
from planted import Expected, Load, new_app, once
from sqlalchemy import text

from todo.models import db

LOAD = Load({"POST /bookings": 8, "GET /api/v1/todos": 15})
EXPECTED = Expected(("lock",), "POST /bookings", function="bookings")


def factory() -> Flask:
    """The app, and bookings that are confirmed within their transaction."""
    app = new_app()
    once(
        app,
        "CREATE TABLE IF NOT EXISTS seats (id int PRIMARY KEY, n int)",
        "INSERT INTO seats VALUES (1, 0) ON CONFLICT DO NOTHING",
    )

    @app.post("/bookings")
    def bookings() -> dict[str, bool]:
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE seats SET n = n + 1 WHERE id = 1"))
            time.sleep(0.25)
        return {"booked": True}

    return app
