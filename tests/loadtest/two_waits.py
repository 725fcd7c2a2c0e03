"""An app whose requests wait for two things; WITHOUT leaves the first one out."""

import os
import time

from flask import Flask
from sqlalchemy import text

from benchmarks.diagnosis.bottlenecks.planted import Load
from todo import create_app
from todo.models import db

LOAD = Load({"GET /page": 60})


def factory() -> Flask:
    """The app, and a page that takes 0.2 s, or half of it."""
    app = create_app()

    @app.get("/page")
    def page() -> dict[str, bool]:
        if "WITHOUT" not in os.environ:
            with db.engine.connect() as connection:
                connection.execute(text("SELECT pg_sleep(0.1)"))
        time.sleep(0.1)
        return {"waited": True}

    return app
