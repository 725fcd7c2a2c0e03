"""A connection is kept in hand while another service is asked."""

import urllib.request

from flask import Flask
from planted import Expected, Load, new_app, upstream
from sqlalchemy import text

from todo.models import db

LOAD = Load({"GET /parcels": 20, "GET /api/v1/todos": 10})
EXPECTED = Expected(("pool",), "GET /parcels", function="parcels")


def factory() -> Flask:
    """The app with a pool of one, and parcels whose carrier is asked."""
    app = new_app(
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 1, "max_overflow": 0, "hide_parameters": True}
    )
    carrier = upstream(0.15)

    @app.get("/parcels")
    def parcels() -> dict[str, int]:
        with db.engine.connect() as connection:
            n = connection.execute(text("SELECT 1")).scalar_one()
            urllib.request.urlopen(carrier, timeout=10).read()
        return {"n": n}

    return app
