"""A thread in the background computes without end."""

import threading

from flask import Flask
from planted import Expected, Load, new_app
from sqlalchemy import text

from todo.models import db

LOAD = Load({"GET /news": 40, "GET /api/v1/todos": 20})
EXPECTED = Expected(("gil",), function="refresh")


def refresh() -> None:
    """Never done."""
    total = 0
    while True:
        total = (total + 1) % 1_000_003


def factory() -> Flask:
    """The app, and news that are always refreshed."""
    app = new_app()
    started = threading.Event()

    @app.get("/news")
    def news() -> list[int]:
        if not started.is_set():
            started.set()
            threading.Thread(target=refresh, daemon=True).start()
        with db.engine.connect() as connection:
            return [connection.execute(text("SELECT 1")).scalar_one() for _ in range(5)]

    return app
