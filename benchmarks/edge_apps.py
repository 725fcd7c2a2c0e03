"""The app as other servers want it: `make bench-edge` measures them beside the edge."""

from typing import Any

from todo import create_app

__all__ = ["asgi", "green"]


def asgi() -> Any:
    """For an ASGI server, by a2wsgi's bridge."""
    from a2wsgi import WSGIMiddleware  # type: ignore[import-not-found]  # in var/bench-edge

    return WSGIMiddleware(create_app(), workers=4)


def green() -> Any:
    """For gevent, with a driver that lets other greenlets run while it waits."""
    from psycogreen.gevent import patch_psycopg  # type: ignore[import-not-found]  # as above

    patch_psycopg()
    return create_app()
