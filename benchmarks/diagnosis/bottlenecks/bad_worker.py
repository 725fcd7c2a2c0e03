"""One worker of two is slow, whatever it is asked."""

import fcntl
import os
import time
from pathlib import Path

from flask import Flask
from planted import Expected, Load, new_app

LOAD = Load({"GET /image": 30, "GET /api/v1/todos": 10})
EXPECTED = Expected(("worker",), field="worker=")


def factory() -> Flask:
    """The app, and images that one worker is slow to draw."""
    app = new_app()
    file = os.open(Path(os.environ["TODO_STATE_DIR"]) / "first", os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        pause_s = 0.3
    except OSError:
        pause_s = 0.002

    @app.get("/image")
    def image() -> dict[str, bool]:
        time.sleep(pause_s)
        return {"drawn": True}

    return app
