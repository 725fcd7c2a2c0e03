"""The engine: its URL, its pool, its time-outs, and how a connection that died is noticed."""

import select
from typing import Any

from sqlalchemy import Engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from ..config import ConfigError, Settings
from .deadline import DeadlinePool

__all__ = ["check_idle_connections", "engine_options", "engine_url"]


def engine_url(uri: str, setting: str = "SQLALCHEMY_DATABASE_URI") -> URL:
    """The URL with psycopg2 as PostgreSQL's driver, whatever way its scheme is spelt.

    Raises ConfigError, which names the setting that the URL is of.
    """
    try:
        url = make_url(uri)
        if url.drivername in ("postgres", "postgresql"):
            # SQLAlchemy 2.1 takes the second to mean psycopg 3.
            url = url.set(drivername="postgresql+psycopg2")
        url.get_dialect()
    except ArgumentError:  # its own text would quote the password
        raise ConfigError(
            f"{setting} is no database URL: it looks like postgresql://user:password@host/name."
        ) from None
    return url


def engine_options(url: URL, settings: Settings) -> dict[str, Any]:
    """The arguments for `create_engine`: a pool as large as a worker has threads, and bounded
    waits.
    """
    if url.get_backend_name() != "postgresql":
        return {"hide_parameters": True}
    connect_args: dict[str, Any] = {
        "connect_timeout": settings.connect_timeout_s,
        "application_name": "taskoverflow",
        # A peer that vanished without a word, as in a failover, is given up after 5 s without an
        # answer.
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 5000 + settings.statement_timeout_ms,
    }
    if settings.statement_timeout_ms:
        connect_args["options"] = f"-c statement_timeout={settings.statement_timeout_ms}"
    return {
        "poolclass": DeadlinePool,
        "pool_size": settings.threads,
        "max_overflow": 0,
        "pool_timeout": settings.pool_timeout_s,
        "pool_use_lifo": True,
        "hide_parameters": True,
        "connect_args": connect_args,
    }


def check_idle_connections(engine: Engine) -> None:
    """Lets the pool replace, before a request gets it, a connection that the server has closed.

    A closed connection is one whose idle socket has something to read. Looking costs one system
    call, where SQLAlchemy's `pool_pre_ping` costs a round trip to the server; `benchmarks/api.py`
    has the figures.
    """
    if engine.dialect.driver != "psycopg2":
        return

    @event.listens_for(engine, "connect")
    def watch(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        entry.info["poll"] = poll.poll
        entry.info["is_new"] = True

    @event.listens_for(engine, "checkout")
    def look(connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object) -> None:
        if entry.info.pop("is_new", False):
            return  # should it be dead already, then the statement's own error says so
        if entry.info["poll"](0):
            # The pool then opens a new connection, here and for the others.
            raise InvalidatePoolError
