"""The database of an app: its engine, connections for a request, and what its failures mean."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ..config import ConfigError, Settings
from ..models import db
from .deadline import (
    DeadlineOver,
    begin_deadline,
    end_deadline,
    limit_connections,
    limit_statements,
    start_deadlines,
)
from .engine import check_idle_connections, engine_options, engine_url
from .failures import CommitInDoubt, Failure, failure_of, notice_dead_connections
from .reader import REPLICA, Reader, give_readers, reader

__all__ = [
    "REPLICA",
    "CommitInDoubt",
    "DeadlineOver",
    "Failure",
    "Reader",
    "begin_deadline",
    "check_idle_connections",
    "end_deadline",
    "engine_options",
    "engine_url",
    "failure_of",
    "init_app",
    "reader",
    "reading",
    "watch_statements",
    "writing",
]


def init_app(app: Flask, settings: Settings) -> None:
    """Gives `app` its engine, and one for the replica if there is one. Nothing is connected yet, so
    that an app starts while its database is away.

    Raises ConfigError without a database, or with one that SQLAlchemy cannot make sense of.
    """
    if settings.sqlalchemy_database_uri is None:
        raise ConfigError(
            "SQLALCHEMY_DATABASE_URI is not set: give the database's URL, such as "
            "postgresql://user:password@host/name, or use `todo serve`, which starts a "
            "PostgreSQL of its own."
        )
    url = engine_url(settings.sqlalchemy_database_uri.get_secret_value())
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", engine_options(url, settings))
    if settings.replica_database_uri:
        replica = engine_url(
            settings.replica_database_uri.get_secret_value(), "TODO_REPLICA_DATABASE_URI"
        )
        options = engine_options(replica, settings)
        app.config["SQLALCHEMY_BINDS"] = {REPLICA: {"url": replica, **options}}
    start_deadlines(app, settings.request_timeout_s)
    db.init_app(app)
    with app.app_context():
        for engine in db.engines.values():
            check_idle_connections(engine)
            limit_connections(engine)
            notice_dead_connections(engine)
        if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
            db.create_all(None)  # a replica has what it is a replica of


def watch_statements(app: Flask, settings: Settings) -> None:
    """Lets the server end a statement for which the request's deadline leaves less time than the
    setting, those of readers too. To be called when all who want the statement as the app wrote it
    listen already.
    """
    statement_limit_s = settings.statement_timeout_ms / 1000 or math.inf
    with app.app_context():
        for engine in db.engines.values():
            limit_statements(engine, statement_limit_s)
        give_readers(app, db.engines, statement_limit_s)


@contextmanager
def reading() -> Iterator[Connection]:
    """A connection for one SELECT, without the two round trips that a transaction around it would
    take.
    """
    with db.engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        if connection.dialect.driver != "psycopg2" or driver is None:
            yield connection
            return
        driver.autocommit = True
        try:
            yield connection
        finally:
            if not driver.closed:
                driver.autocommit = False


@contextmanager
def writing() -> Iterator[Connection]:
    """A connection in a transaction, which commits at the end of the block and rolls back on an
    error.

    Raises CommitInDoubt when the connection dies while it commits.
    """
    with db.engine.connect() as connection, connection.begin() as transaction:
        yield connection
        try:
            transaction.commit()
        except DBAPIError as error:
            if error.connection_invalidated:
                raise CommitInDoubt from error
            raise
