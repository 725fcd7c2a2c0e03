"""One statement does too much."""

from flask import Flask
from planted import Expected, Load, new_app
from sqlalchemy import text

from todo.models import db

LOAD = Load({"GET /api/v1/todos": 15}, {"GET /statistics": 3})
EXPECTED = Expected(
    ("database",), "GET /statistics", statement="generate_series", function="statistics"
)


def factory() -> Flask:
    """The app, and a sum over many rows."""
    app = new_app()

    @app.get("/statistics")
    def statistics() -> dict[str, float]:
        with db.engine.connect() as connection:
            sql = text("SELECT sum(sqrt(i)) FROM generate_series(1, :n) AS i")
            return {"sum": connection.execute(sql, {"n": 900_000}).scalar_one()}

    return app
