"""A line is logged for each step of a loop."""

import logging

from flask import Flask
from planted import Expected, Load, new_app

LOAD = Load({"GET /api/v1/todos": 10}, {"GET /import": 3})
EXPECTED = Expected(("logging",), "GET /import", function="import_rows")


def factory() -> Flask:
    """The app, and an import that talks."""
    app = new_app()
    log = logging.getLogger("importer")

    @app.get("/import")
    def import_rows() -> dict[str, int]:
        for number in range(2500):
            log.info("row %s of %s has been looked at and is fine", number, 2500)
        return {"rows": 2500}

    return app
