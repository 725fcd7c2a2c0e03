"""One tenant has far more than the others."""

from flask import Flask
from planted import Expected, Load, new_app
from sqlalchemy import text

import canonical_log
from todo.models import db

LOAD = Load(times_capacity={"GET /tenants/N": 3})
EXPECTED = Expected(("database",), "GET /tenants/<int:number>", field="tenant=7")


def factory() -> Flask:
    """The app, and what each of ten tenants has."""
    app = new_app()

    @app.get("/tenants/<int:number>")
    def tenant(number: int) -> dict[str, int]:
        number %= 10
        canonical_log.add_fields(tenant=number)
        n = 1_500_000 if number == 7 else 500
        with db.engine.connect() as connection:
            sql = text("SELECT count(*) FROM generate_series(1, :n) AS i WHERE sqrt(i) > 3")
            return {"n": connection.execute(sql, {"n": n}).scalar_one()}

    return app
