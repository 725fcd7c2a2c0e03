"""A page is put together from many small statements, each another one."""

from flask import Flask
from planted import Expected, Load, new_app
from sqlalchemy import text

from todo.models import db

LOAD = Load({"GET /api/v1/todos": 10}, {"GET /dashboard": 3})
EXPECTED = Expected(("database",), "GET /dashboard", function="dashboard")


def factory() -> Flask:
    """The app, and a dashboard of sixty numbers."""
    app = new_app()
    numbers = [
        text(f"SELECT count(*) AS number_{n}, pg_sleep(0.002) FROM todos WHERE id > {n}")
        for n in range(60)
    ]

    @app.get("/dashboard")
    def dashboard() -> list[int]:
        with db.engine.connect() as connection:
            return [connection.execute(number).scalar_one() for number in numbers]

    return app
