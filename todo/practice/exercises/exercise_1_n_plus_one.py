"""A page that gets slower with every row

`GET /albums` shows fifty albums. With one user it was quick enough.
"""

from flask import Flask
from sqlalchemy import text

from todo import create_app
from todo.models import db

RATES = {"GET /albums": 60, "GET /api/v1/todos": 5}
NUMBERS = list(range(1, 51))


def factory() -> Flask:
    """The app, and the page."""
    app = create_app()

    @app.get("/albums")
    def albums() -> list[str]:
        found = []
        with db.engine.connect() as connection:
            for number in NUMBERS:
                sql = text("SELECT 'album ' || :number, pg_sleep(0.003)")
                found.append(connection.execute(sql, {"number": str(number)}).scalar_one())
        return found

    return app


# For the teacher: what is below is not in the learner's copy.
LAYER = "database"
ROUTE = "GET /albums"
LEARNED = (
    "N+1: each statement is quick, and there is one for each row. The report counts how often a"
    " request sends the same statement; the cure is one statement for all of them."
)
SOLUTION = [
    (
        """            for number in NUMBERS:
                sql = text("SELECT 'album ' || :number, pg_sleep(0.003)")
                found.append(connection.execute(sql, {"number": str(number)}).scalar_one())
""",
        """            sql = text("SELECT 'album ' || n FROM unnest(:numbers) n, pg_sleep(0.003)")
            found += connection.execute(sql, {"numbers": NUMBERS}).scalars().all()
""",
    )
]
