"""Each request waits a little, and there is hardly a thread to wait in."""

from flask import Flask
from planted import Expected, Load, new_app
from sqlalchemy import text

from todo.models import db

ENVIRONMENT = {"TODO_WORKERS": "1", "TODO_THREADS": "2"}
LOAD = Load({"GET /quote": 70})
EXPECTED = Expected(("threads",))


def factory() -> Flask:
    """The app, and a quote that takes 40 ms."""
    app = new_app()

    @app.get("/quote")
    def quote() -> dict[str, int]:
        with db.engine.connect() as connection:
            return {"n": connection.execute(text("SELECT 1, pg_sleep(0.04)")).scalar_one()}

    return app
