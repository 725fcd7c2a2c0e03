"""Another service takes its time."""

import urllib.request

from flask import Flask
from planted import Expected, Load, new_app, upstream

LOAD = Load({"GET /weather": 45, "GET /api/v1/todos": 5})
EXPECTED = Expected(("upstream",), "GET /weather", function="weather")


def factory() -> Flask:
    """The app, and the weather as somebody else knows it."""
    app = new_app()
    station = upstream(0.25)

    @app.get("/weather")
    def weather() -> dict[str, int]:
        return {"bytes": len(urllib.request.urlopen(station, timeout=10).read())}

    return app
