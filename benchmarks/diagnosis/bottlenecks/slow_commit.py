"""What a transaction really costs comes at its end."""

from flask import Flask
from planted import Expected, Load, new_app, once
from sqlalchemy import text

from todo.models import db

LOAD = Load({"POST /votes": 30, "GET /api/v1/todos": 10})
EXPECTED = Expected(("commit",), "POST /votes")


def factory() -> Flask:
    """The app, and votes that are checked when they are committed."""
    app = new_app()
    once(
        app,
        "CREATE TABLE IF NOT EXISTS votes (id serial PRIMARY KEY, n int)",
        "CREATE OR REPLACE FUNCTION check_vote() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END $$",
        "DROP TRIGGER IF EXISTS check_vote ON votes",
        "CREATE CONSTRAINT TRIGGER check_vote AFTER INSERT ON votes"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_vote()",
    )

    @app.post("/votes")
    def votes() -> dict[str, bool]:
        with db.engine.begin() as connection:
            connection.execute(text("INSERT INTO votes (n) VALUES (1)"))
        return {"voted": True}

    return app
