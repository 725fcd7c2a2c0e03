"""Everybody waits, and no statement is slow by itself

`POST /visits` counts a visit and then adds up a statistic. At 25 visits a second most of them wait.
"""

from flask import Flask
from sqlalchemy import text

from todo import create_app
from todo.models import db

RATES = {"POST /visits": 25, "GET /api/v1/todos": 5}


def factory() -> Flask:
    """The app, and its counter."""
    app = create_app()
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(4711)"))  # one worker makes the table
        connection.execute(text("CREATE TABLE IF NOT EXISTS counters (id int PRIMARY KEY, n int)"))
        connection.execute(text("INSERT INTO counters VALUES (1, 0) ON CONFLICT DO NOTHING"))

    @app.post("/visits")
    def visits() -> dict[str, bool]:
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE counters SET n = n + 1 WHERE id = 1"))
            connection.execute(text("SELECT count(*), pg_sleep(0.06) FROM todos"))
        return {"counted": True}

    return app


# For the teacher: what is below is not in the learner's copy.
LAYER = "lock"
ROUTE = "POST /visits"
LEARNED = (
    "A row lock is kept until the transaction ends, so that all that is done meanwhile is done by"
    " one request at a time. Take locks late, and end the transaction soon."
)
SOLUTION = [
    (
        """            connection.execute(text("UPDATE counters SET n = n + 1 WHERE id = 1"))
            connection.execute(text("SELECT count(*), pg_sleep(0.06) FROM todos"))
""",
        """            connection.execute(text("SELECT count(*), pg_sleep(0.06) FROM todos"))
            connection.execute(text("UPDATE counters SET n = n + 1 WHERE id = 1"))
""",
    )
]
