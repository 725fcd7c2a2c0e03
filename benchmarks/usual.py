"""The API as people usually write it, with Flask-SQLAlchemy's objects and `jsonify`. It neither
validates, logs nor handles errors.
"""

import os

from flask import Flask, Response, jsonify, request
from flask_sqlalchemy import SQLAlchemy

__all__ = ["usual"]


def usual() -> Flask:
    """The app."""
    app = Flask(__name__, static_folder=None)
    uri = os.environ["SQLALCHEMY_DATABASE_URI"]
    app.config["SQLALCHEMY_DATABASE_URI"] = uri.replace("postgresql:", "postgresql+psycopg2:", 1)
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
