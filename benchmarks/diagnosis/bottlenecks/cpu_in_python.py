"""A view computes."""

import time

from flask import Flask
from planted import Expected, Load, new_app

LOAD = Load({"GET /score": 40, "GET /api/v1/todos": 10})
EXPECTED = Expected(("cpu",), "GET /score", function="weigh")
CPU_S = 0.08  # on any machine; 40 a second need more than two workers have


def weigh(until_s: float) -> int:
    """Something that nobody would compute."""
    total = 0
    while time.thread_time() < until_s:
        for number in range(5_000):
            total += number * number % 7
    return total


def factory() -> Flask:
    """The app, and a score."""
    app = new_app()

    @app.get("/score")
    def score() -> dict[str, int]:
        return {"score": weigh(time.thread_time() + CPU_S)}

    return app
