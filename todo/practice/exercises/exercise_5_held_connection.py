"""The database is idle, and everybody waits for it

`GET /parcels` counts parcels and asks the carrier where they are. A worker has one connection to
the database, which is the most that this one allows.
"""

import time

from flask import Flask
from sqlalchemy import text

from todo import create_app
from todo.models import db

RATES = {"GET /parcels": 20, "GET /api/v1/todos": 5}


def factory() -> Flask:
    """The app with a pool of one, and its parcels."""
    app = create_app(
        {"SQLALCHEMY_ENGINE_OPTIONS": {"pool_size": 1, "max_overflow": 0, "hide_parameters": True}}
    )

    @app.get("/parcels")
    def parcels() -> dict[str, int]:
        with db.engine.connect() as connection:
            n = connection.execute(text("SELECT 1")).scalar_one()
            time.sleep(0.15)  # the carrier takes its time
        return {"parcels": n}

    return app


# For the teacher: what is below is not in the learner's copy.
LAYER = "pool"
ROUTE = "GET /parcels"
LEARNED = (
    "A connection in hand is one that nobody else has, whatever the database does meanwhile. Give"
    " it back before you wait for something else."
)
SOLUTION = [
    (
        """            n = connection.execute(text("SELECT 1")).scalar_one()
            time.sleep(0.15)  # the carrier takes its time
""",
        """            n = connection.execute(text("SELECT 1")).scalar_one()
        time.sleep(0.15)  # the carrier takes its time
""",
    )
]
