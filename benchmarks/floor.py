"""The least Flask and SQLAlchemy Core code that answers the API's bytes, and the code that people
usually write.

Neither validates, logs or handles errors.
"""

import os

import orjson
from flask import Flask, Response, jsonify, request
from flask_sqlalchemy import SQLAlchemy
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


def usual() -> Flask:
    """The same with Flask-SQLAlchemy's objects and `jsonify`."""
    app = Flask(__name__, static_folder=None)
    app.config["SQLALCHEMY_DATABASE_URI"] = _url()
    db = SQLAlchemy(app)

    class Todo(db.Model):
        __tablename__ = "todos"
        id = db.Column(db.Integer, primary_key=True)
        title = db.Column(db.String(80))
        description = db.Column(db.String(120))
        completed = db.Column(db.Boolean)
        deadline_at = db.Column(db.DateTime)
        created_at = db.Column(db.DateTime)
        updated_at = db.Column(db.DateTime)

        def to_dict(self) -> dict[str, object]:
            times = {
                name: getattr(self, name) for name in ("deadline_at", "created_at", "updated_at")
            }
            return {
                "id": self.id,
                "title": self.title,
                "description": self.description,
                "completed": self.completed,
                **{name: time.isoformat() if time else None for name, time in times.items()},
            }

    @app.get("/api/v1/health")
    def health() -> Response:
        return jsonify({"status": "ok"})

    @app.get("/api/v1/todos/<int:todo_id>")
    def get_todo(todo_id: int) -> Response:
        return jsonify(db.session.get(Todo, todo_id).to_dict())

    @app.get("/api/v1/todos")
    def list_todos() -> Response:
        todos = Todo.query.order_by(Todo.id.desc()).limit(int(request.args["limit"]))
        return jsonify([todo.to_dict() for todo in todos])

    return app


def _url() -> str:
    return engine_url(os.environ["SQLALCHEMY_DATABASE_URI"]).render_as_string(hide_password=False)
