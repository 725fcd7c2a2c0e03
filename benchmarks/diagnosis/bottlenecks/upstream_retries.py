"""Another service fails, and is asked again and again."""

import time
import urllib.error
import urllib.request

from flask import Flask
from planted import Expected, Load, new_app, upstream

LOAD = Load({"GET /rates": 35, "GET /api/v1/todos": 5})
EXPECTED = Expected(("upstream",), "GET /rates", function="rates")


def factory() -> Flask:
    """The app, and rates that somebody else does not tell."""
    app = new_app()
    bank = upstream(0.03, status=503)

    @app.get("/rates")
    def rates() -> dict[str, bool]:
        for attempt in range(4):
            try:
                urllib.request.urlopen(bank, timeout=10).read()
            except urllib.error.HTTPError:
                time.sleep(0.02 * 2**attempt)
        return {"known": False}

    return app
