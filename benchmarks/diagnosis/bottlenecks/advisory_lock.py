"""Work is put in a row by an advisory lock."""

from flask import Flask
from planted import Expected, Load, new_app
from sqlalchemy import text

from todo.models import db

LOAD = Load({"POST /invoices": 25, "GET /api/v1/todos": 10})
EXPECTED = Expected(("lock",), "POST /invoices", statement="pg_advisory_xact_lock")


def factory() -> Flask:
    """The app, and numbered invoices."""
    app = new_app()

    @app.post("/invoices")
    def invoices() -> dict[str, bool]:
        with db.engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": 12})
            connection.execute(text("SELECT count(*), pg_sleep(0.06) FROM todos"))
        return {"numbered": True}

    return app
