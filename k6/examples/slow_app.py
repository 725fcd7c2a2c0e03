"""TaskOverflow with a route that is slow on purpose, to practise on: `python
k6/examples/slow_app.py`.

`GET /api/v1/overview` asks for the ids of the newest todos, and then for each of them by itself:
N+1.
"""

import os
import sys

from flask import Flask
from sqlalchemy import text

from todo import create_app
from todo.models import db

SHOWN = 50


def create_slow_app() -> Flask:
    """The app, and the slow route."""
    app = create_app()

    @app.get("/api/v1/overview")
    def overview() -> dict[str, list[str]]:
        with db.engine.connect() as connection:
            ids = (
                connection.execute(
                    text("SELECT id FROM todos ORDER BY id DESC LIMIT :n"), {"n": SHOWN}
                )
                .scalars()
                .all()
            )
            one = text("SELECT title, pg_sleep(0.002) FROM todos WHERE id = :id")
            titles = [row.title for id in ids for row in connection.execute(one, {"id": id})]
        return {"titles": titles}

    return app


if __name__ == "__main__":
    factory = f"{__file__}:create_slow_app"
    command = [sys.executable, "-m", "todo.cli", "serve", "--ship", "--app", factory]
    os.execv(command[0], command)  # noqa: S606  # no shell is wanted
