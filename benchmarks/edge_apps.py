"""The app as the benchmarks of the edge want it."""

from typing import Any

from sqlalchemy import text

import todo.database
from todo import create_app
from todo.database import deadline, reading

__all__ = ["asgi", "green", "waiting", "without_deadline", "without_watchdog"]


def asgi() -> Any:
    """For an ASGI server, by a2wsgi's bridge."""
    from a2wsgi import WSGIMiddleware  # type: ignore[import-not-found]  # in var/bench-edge

    return WSGIMiddleware(create_app(), workers=4)


def green() -> Any:
    """For gevent, with a driver that lets other greenlets run while it waits."""
    from psycogreen.gevent import patch_psycopg  # type: ignore[import-not-found]  # as above

    patch_psycopg()
    return create_app()


def waiting() -> Any:
    """With a call whose time goes by in the database."""
    app = create_app()

    @app.get("/api/v1/wait")
    def wait() -> dict[str, str]:
        with reading() as connection:
            connection.execute(text("SELECT pg_sleep(0.02)"))
        return {}

    return app


def without_deadline() -> Any:
    """With requests that have none, whose connections nothing watches either."""
    todo.database.start_deadlines = lambda *_: None
    return create_app()


def without_watchdog() -> Any:
    """With deadlines after which no connection is cut."""
    deadline.watch = lambda *_: None
    return create_app()
