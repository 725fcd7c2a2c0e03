"""A column that is asked for has no index."""

from flask import Flask
from planted import Expected, Load, new_app, once
from sqlalchemy import text

from todo.models import db

LOAD = Load({"GET /api/v1/todos": 10}, {"GET /orders/N": 3})
EXPECTED = Expected(("database",), "GET /orders/<int:customer>", statement="orders")


def factory() -> Flask:
    """The app, and the orders of a customer."""
    app = new_app()
    once(
        app,
        "CREATE TABLE IF NOT EXISTS orders AS SELECT i AS id, i % 50000 AS customer,"
        " md5(i::text) AS note FROM generate_series(1, 400000) AS i",
        "ANALYZE orders",
    )

    @app.get("/orders/<int:customer>")
    def orders(customer: int) -> list[int]:
        with db.engine.connect() as connection:
            sql = text("SELECT id FROM orders WHERE customer = :customer")
            return list(connection.execute(sql, {"customer": customer % 50000}).scalars())

    return app
