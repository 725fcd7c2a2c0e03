"""The least Flask and SQLAlchemy Core code that answers the API's bytes. It neither validates, logs
nor handles errors.
"""

import os

import orjson
from flask import Flask, Response, request
from sqlalchemy import bindparam, column, create_engine, select, table

from todo.database import engine_url

NAMES = ("id", "title", "description", "completed", "deadline_at", "created_at", "updated_at")


def floor() -> Flask:
    """The floor: three views, one pooled engine without transactions, rows straight to JSON."""
    app = Flask(__name__, static_folder=None)
    engine = create_engine(_url(), pool_size=4, max_overflow=0, isolation_level="AUTOCOMMIT")
    todos = table("todos", *map(column, NAMES))
    one = select(todos).where(todos.c.id == bindparam("todo_id"))
    page = select(todos).order_by(todos.c.id.desc()).limit(bindparam("rows"))

    @app.get("/api/v1/health")
    def health() -> Response:
        return Response(b'{"status":"ok"}', content_type="application/json")

    @app.get("/api/v1/todos/<int:todo_id>")
    def get_todo(todo_id: int) -> Response:
        with engine.connect() as connection:
            row = connection.execute(one, {"todo_id": todo_id}).one()
        return Response(
            orjson.dumps(dict(zip(NAMES, row, strict=True))), content_type="application/json"
        )

    @app.get("/api/v1/todos")
    def list_todos() -> Response:
        with engine.connect() as connection:
            rows = connection.execute(page, {"rows": int(request.args["limit"])}).all()
        todos = [dict(zip(NAMES, row, strict=True)) for row in rows]
        return Response(orjson.dumps(todos), content_type="application/json")

    return app


def _url() -> str:
    return engine_url(os.environ["SQLALCHEMY_DATABASE_URI"]).render_as_string(hide_password=False)
