"""The app has a lock of its own around slow work."""

import threading
import time

from flask import Flask
from planted import Expected, Load, new_app

LOAD = Load({"GET /ticket": 40, "GET /api/v1/todos": 10})
EXPECTED = Expected(("app_lock",), "GET /ticket", function="ticket")


def factory() -> Flask:
    """The app, and tickets that are printed one by one."""
    app = new_app()
    printer = threading.Lock()

    @app.get("/ticket")
    def ticket() -> dict[str, bool]:
        with printer:
            time.sleep(0.06)
        return {"printed": True}

    return app
