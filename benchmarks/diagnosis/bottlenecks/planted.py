"""What the planted bottlenecks share: the app they are planted in, and how one is described."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from flask import Flask
from sqlalchemy import text

from todo import create_app
from todo.models import db

__all__ = ["Expected", "Load", "new_app", "once", "upstream"]


@dataclass(frozen=True)
class Expected:
    """What the first culprit must be. What is empty may be anything; of several layers one."""

    layers: tuple[str, ...]
    route: str = ""
    statement: str = ""
    function: str = ""
    field: str = ""


@dataclass(frozen=True)
class Load:
    """Requests a second, by `METHOD PATH`; N in a path is a number that grows. `times_capacity` is
    for work that one machine does faster than another: its rate is so many times what the server
    was measured to answer. `users` is the most that k6 may use, `pause_s` how long each pauses
    after a request.
    """

    rates: dict[str, float] = field(default_factory=dict)
    times_capacity: dict[str, float] = field(default_factory=dict)
    seconds: int = 10
    users: int = 100
    pause_s: float = 0.0


@dataclass(frozen=True)
class Second:
    """A smaller bottleneck beside the planted one: what it does, and how often it is asked."""

    work: Callable[[], None]
    rate: float = 3.0
    route: str = field(default="GET /second", init=False)


def new_app(**config: object) -> Flask:
    """TaskOverflow's app, with a second, smaller bottleneck where SECOND names one."""
    app = create_app(config)
    second = os.environ.get("SECOND")
    if second:
        work = SECONDS[second].work
        app.add_url_rule("/second", "second", lambda: work() or {"done": True})
    return app


def once(app: Flask, *statements: str) -> None:
    """Runs the statements in one worker; the others wait for it. They must bear repetition."""
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(4711)"))
        for statement in statements:
            connection.execute(text(statement))


def upstream(delay_s: float, status: int = 200) -> str:
    """The URL of a service, in this process, that answers late."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # as BaseHTTPRequestHandler calls it
            time.sleep(delay_s)
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def _slow_statement() -> None:
    with db.engine.connect() as connection:
        connection.execute(text("SELECT pg_sleep(0.05)"))


def _pause() -> None:
    time.sleep(0.05)


def _computing() -> None:
    sum(number * number for number in range(150_000))


SECONDS = {
    "statement": Second(_slow_statement),
    "pause": Second(_pause),
    "computing": Second(_computing),
}
