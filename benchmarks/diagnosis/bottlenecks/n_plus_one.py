"""Each row of a list asks for its own details."""

from flask import Flask
from planted import Expected, Load, new_app, once
from sqlalchemy import text

from todo.models import db

LOAD = Load({"GET /albums": 40, "GET /api/v1/todos": 10})
EXPECTED = Expected(("database",), "GET /albums", statement="WHERE id =", function="albums")


def factory() -> Flask:
    """The app, and a list of albums."""
    app = new_app()
    once(
        app,
        "CREATE TABLE IF NOT EXISTS albums AS SELECT i AS id, md5(i::text) AS title"
        " FROM generate_series(1, 5000) AS i",
        "CREATE UNIQUE INDEX IF NOT EXISTS albums_id ON albums (id)",
    )

    @app.get("/albums")
    def albums() -> list[str]:
        with db.engine.connect() as connection:
            ids = connection.execute(text("SELECT id FROM albums LIMIT 120")).scalars().all()
            one = text("SELECT title, pg_sleep(0.002) FROM albums WHERE id = :id")
            return [connection.execute(one, {"id": id_}).scalar_one() for id_ in ids]

    return app
