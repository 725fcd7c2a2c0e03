"""A PostgreSQL of a test's own, which it may configure, stop and break."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from alembic import command as alembic

from todo.migrations.migrate import migrating
from todo.serving.embedded_postgres import EmbeddedPostgres


@pytest.fixture
def own_postgres() -> Iterator[EmbeddedPostgres]:
    """The server, with the tables in it."""
    folder = Path(tempfile.mkdtemp(prefix="todo-pg-"))
    server = EmbeddedPostgres(folder / "data")
    server.start()
    with migrating(server.get_uri()) as config:
        alembic.upgrade(config, "head")
    yield server
    server.stop()
    shutil.rmtree(folder)


def first_process(server: EmbeddedPostgres) -> psutil.Process:
    """The server's first process, whose children are the others."""
    return psutil.Process(int((server.folder / "postmaster.pid").read_text().split()[0]))
