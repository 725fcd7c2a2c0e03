"""A rare job locks the table that everybody reads."""

from flask import Flask
from planted import Expected, Load, new_app, once
from sqlalchemy import text

from todo.models import db

LOAD = Load({"POST /prices": 1.2, "GET /prices": 30})
EXPECTED = Expected(("lock",), "POST /prices", statement="LOCK TABLE", function="import_prices")


def factory() -> Flask:
    """The app, and a list of prices."""
    app = new_app()
    once(app, "CREATE TABLE IF NOT EXISTS prices (id int, price int)")

    @app.get("/prices")
    def prices() -> list[int]:
        with db.engine.connect() as connection:
            return list(connection.execute(text("SELECT price FROM prices")).scalars())

    @app.post("/prices")
    def import_prices() -> dict[str, bool]:
        with db.engine.begin() as connection:
            connection.execute(text("LOCK TABLE prices IN ACCESS EXCLUSIVE MODE"))
            connection.execute(text("SELECT pg_sleep(0.5)"))
        return {"imported": True}

    return app
