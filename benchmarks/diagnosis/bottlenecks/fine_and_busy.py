"""Nothing is wrong: some requests take a while, and there are threads enough for them."""

import time

from flask import Flask
from planted import Expected, Load, new_app
from sqlalchemy import text

from todo.models import db

LOAD = Load({"GET /page": 25, "GET /api/v1/todos": 30})
EXPECTED = Expected(())


def factory() -> Flask:
    """The app, and a page that waits for two things in turn."""
    app = new_app()

    @app.get("/page")
    def page() -> dict[str, int]:
        time.sleep(0.015)
        with db.engine.connect() as connection:
            return {"n": connection.execute(text("SELECT 1, pg_sleep(0.015)")).scalar_one()}

    return app
