"""A worker has one connection for all of its threads."""

from flask import Flask
from planted import Expected, Load, new_app
from sqlalchemy import text

from todo.models import db

LOAD = Load({"GET /report": 40, "GET /api/v1/todos": 5})
EXPECTED = Expected(("pool",), "GET /report")


def factory() -> Flask:
    """The app with a pool of one, and a report."""
    app = new_app(
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 1, "max_overflow": 0, "hide_parameters": True}
    )

    @app.get("/report")
    def report() -> dict[str, int]:
        with db.engine.connect() as connection:
            return {"n": connection.execute(text("SELECT 1, pg_sleep(0.07)")).scalar_one()}

    return app
