"""TaskOverflow with a route that is slow on purpose, to practise on: `python
k6/examples/slow_app.py`.

`GET /api/v1/overview` asks for the ids of the newest todos, and then for each of them by itself:
N+1.
"""

import os
import sys

from alembic import command as alembic
from flask import Flask
from sqlalchemy import text

from todo import create_app
from todo.config import load_settings
from todo.migrations.migrate import migrating
from todo.models import db
from todo.serving.embedded_postgres import embedded_postgres
from todo.serving.processes import run_until_stopped
from todo.serving.shipper_process import shipping

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


def main() -> int:
    """Serves it until Ctrl-C, as `todo serve --migrate --ship` serves the real one."""
    with embedded_postgres(load_settings().state_dir / "postgres") as uri:
        with migrating(uri) as config:
            alembic.upgrade(config, "head")
        environment = os.environ | {"SQLALCHEMY_DATABASE_URI": uri, "TODO_LOG_OUTPUT": "spool"}
        gunicorn = [
            sys.executable,
            "-m",
            "gunicorn",
            "--config",
            "python:todo.serving.gunicorn_config",
        ]
        gunicorn += [
            "--chdir",
            os.path.dirname(os.path.abspath(__file__)),
            "slow_app:create_slow_app()",
        ]
        with shipping(environment, print):
            return run_until_stopped(gunicorn, environment, stop_within_s=3)


if __name__ == "__main__":
    sys.exit(main())
