"""A PostgreSQL for a benchmark, with todos in it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg2
from alembic import command as alembic

from todo.migrations.migrate import migrating
from todo.serving.embedded_postgres import embedded_postgres

from .harness import cpu_s

__all__ = ["Backends", "database_with_todos", "fill"]


@contextmanager
def database_with_todos(rows: int) -> Iterator[str]:
    """The URI of a new database with `rows` todos, ids from 1; it is gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="todo-bench-") as folder,
        embedded_postgres(Path(folder) / "data") as uri,
    ):
        with migrating(uri) as config:
            alembic.upgrade(config, "head")
        fill(uri, rows)
        yield uri


def fill(uri: str, rows: int) -> None:
    """Empties the table of todos and puts `rows` new ones into it, a third of them completed."""
    connection = psycopg2.connect(uri)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE todos RESTART IDENTITY")
        cursor.execute(
            "INSERT INTO todos "
            "(title, description, completed, deadline_at, created_at, updated_at) "
            "SELECT 'Todo number ' || i, 'What it takes to do number ' || i, i %% 3 = 0, "
            "timestamp '2026-01-01' + i * interval '1 minute', "
            "now() AT TIME ZONE 'utc', now() AT TIME ZONE 'utc' "
            "FROM generate_series(1, %s) AS i",
            (rows,),
        )
        cursor.execute("VACUUM ANALYZE todos")
    connection.close()


class Backends:
    """PostgreSQL's processes that serve the clients of a database, this one left out."""

    def __init__(self, uri: str) -> None:
        """Connects."""
        self._connection = psycopg2.connect(uri)
        self._connection.autocommit = True
        self._cursor = self._connection.cursor()

    def cpu_s(self) -> float:
        """Seconds of CPU that those have used that are connected now."""
        self._cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return sum(cpu_s(psutil.Process(pid)) for (pid,) in self._cursor.fetchall())

    def change(self) -> None:
        """Changes a todo in the middle of the newest 400."""
        self._cursor.execute("UPDATE todos SET completed = NOT completed WHERE id = 200")

    def close(self) -> None:
        """Disconnects."""
        self._connection.close()
