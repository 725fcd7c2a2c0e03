"""Transactions that get in each other's way are tried again at once."""

from flask import Flask
from planted import Expected, Load, new_app, once
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from todo.models import db

LOAD = Load({"GET /api/v1/todos": 10}, {"POST /transfers": 3})
EXPECTED = Expected(("lock", "database"), "POST /transfers")


def factory() -> Flask:
    """The app, and transfers between a few accounts."""
    app = new_app()
    once(
        app,
        "CREATE TABLE IF NOT EXISTS accounts (id int PRIMARY KEY, n int)",
        "INSERT INTO accounts SELECT i, 0 FROM generate_series(1, 2) AS i ON CONFLICT DO NOTHING",
    )

    @app.post("/transfers")
    def transfers() -> dict[str, int]:
        for attempt in range(50):
            try:
                transfer()
            except OperationalError:
                continue
            return {"attempts": attempt + 1}
        return {"attempts": 50}

    return app


def transfer() -> None:
    """One attempt; it fails when another one was quicker."""
    engine = db.engine.execution_options(isolation_level="SERIALIZABLE")
    with engine.begin() as connection:
        n = connection.execute(text("SELECT sum(n), pg_sleep(0.02) FROM accounts")).scalar()
        connection.execute(text("UPDATE accounts SET n = :n WHERE id = 1"), {"n": n})
