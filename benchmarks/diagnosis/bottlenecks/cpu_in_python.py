"""A view computes."""

from flask import Flask
from planted import Expected, Load, new_app

LOAD = Load({"GET /api/v1/todos": 10}, {"GET /score": 3})
EXPECTED = Expected(("cpu",), "GET /score", function="weigh")


def weigh(n: int) -> int:
    """Something that nobody would compute."""
    total = 0
    for number in range(n):
        total += number * number % 7
    return total


def factory() -> Flask:
    """The app, and a score."""
    app = new_app()

    @app.get("/score")
    def score() -> dict[str, int]:
        return {"score": weigh(900_000)}

    return app
