"""An answer is so large that writing it as JSON costs most."""

import json

from flask import Flask, Response
from planted import Expected, Load, new_app

LOAD = Load({"GET /api/v1/todos": 10}, {"GET /export": 3})
EXPECTED = Expected(("cpu",), "GET /export", function="export")


def factory() -> Flask:
    """The app, and an export."""
    app = new_app()
    rows = [
        {"id": n, "title": f"Todo {n}", "tags": ["a", "b"], "done": False} for n in range(25000)
    ]

    @app.get("/export")
    def export() -> Response:
        return Response(json.dumps(rows), mimetype="application/json")

    return app
