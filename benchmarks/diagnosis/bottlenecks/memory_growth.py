"""Whatever was once asked for is kept, and garbage collection looks through it again and again."""

from flask import Flask
from planted import Expected, Load, new_app

LOAD = Load({"GET /history": 40, "GET /api/v1/todos": 10})
EXPECTED = Expected(("memory",), "GET /history")


class Entry:
    """Knows itself, so that only garbage collection could free it."""

    def __init__(self, number: int) -> None:
        """Keep what was asked."""
        self.myself = self
        self.facts = {"number": number, "parts": [[number], [number + 1]]}


def factory() -> Flask:
    """The app, and a history without end."""
    app = new_app()
    kept: list[Entry] = []

    @app.get("/history")
    def history() -> dict[str, int]:
        kept.extend(Entry(number) for number in range(4000))
        return {"kept": len(kept)}

    return app
