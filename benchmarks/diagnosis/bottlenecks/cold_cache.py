"""A cache that is emptied now and then is filled by everybody at once."""

import time

from flask import Flask
from planted import Expected, Load, new_app
from sqlalchemy import text

from todo.models import db

LOAD = Load({"GET /menu": 30, "GET /api/v1/todos": 10})
EXPECTED = Expected(("database",), "GET /menu", statement="generate_series", function="fill")


def fill() -> float:
    """What is cached."""
    with db.engine.connect() as connection:
        sql = text("SELECT sum(sqrt(i)) FROM generate_series(1, :n) AS i")
        return float(connection.execute(sql, {"n": 1_200_000}).scalar_one())


def factory() -> Flask:
    """The app, and a menu that is cached for a second."""
    app = new_app()
    cache: dict[str, float] = {"until": 0.0}

    @app.get("/menu")
    def menu() -> dict[str, float]:
        if time.monotonic() > cache["until"]:
            cache["menu"] = fill()
            cache["until"] = time.monotonic() + 1
        return {"menu": cache["menu"]}

    return app
