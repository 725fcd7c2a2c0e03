"""Moves a database's schema from revision to revision, one process at a time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.config import Config
from sqlalchemy import Connection, NullPool, create_engine, text

from ..database import engine_url

__all__ = ["MigrationLocked", "migrating"]

LOCK_WAIT_S = 60
_LOCK_ID = 6400_2026  # any number, as long as every process uses the same one


class MigrationLocked(Exception):
    """Another process has been migrating this database for longer than the wait."""


@contextmanager
def migrating(uri: str, lock_wait_s: float = LOCK_WAIT_S) -> Iterator[Config]:
    """A configuration for `alembic.command`, bound to the database, while no other process migrates
    it.

    On PostgreSQL an advisory lock keeps the others out. It goes with its connection, so that a
    process that is killed leaves none behind. Raises MigrationLocked after `lock_wait_s` seconds of
    waiting for it, and sqlalchemy.exc.OperationalError when the database is away.
    """
    engine = create_engine(engine_url(uri), poolclass=NullPool, hide_parameters=True)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            _lock(connection, lock_wait_s)
        config.attributes["connection"] = connection
        yield config
        connection.commit()


def _lock(connection: Connection, wait_s: float) -> None:
    try_lock = text("SELECT pg_try_advisory_lock(:id)")
    give_up = time.monotonic() + wait_s
    while not connection.scalar(try_lock, {"id": _LOCK_ID}):
        connection.rollback()
        if time.monotonic() > give_up:
            raise MigrationLocked(
                f"Another process has been migrating this database for over {wait_s:.0f} s. "
                "Look for it in pg_stat_activity; when it is stuck, end it and try again."
            )
        time.sleep(0.1)
    connection.rollback()  # the lock belongs to the session and outlives this transaction
