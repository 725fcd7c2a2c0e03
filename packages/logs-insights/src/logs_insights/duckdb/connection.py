"""A database in memory, and the macros that the SQL of this package names."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import duckdb

from . import aggregates, documents, formats, ordering, values
from .commands import parse
from .functions import addresses, numbers

MEMORY_LIMIT = "1GB"  # of the database; beyond it, it spills to a temporary folder

_SETTINGS = (
    f"SET memory_limit = '{MEMORY_LIMIT}'",
    "SET TimeZone = 'UTC'",
    "SET preserve_insertion_order = false",
    "SET enable_profiling = 'no_output'",
    "CREATE SEQUENCE ungrouped",
)
_ALL = (
    *values.MACROS,
    *numbers.MACROS,
    *addresses.MACROS,
    *formats.MACROS,
    *ordering.MACROS,
    *aggregates.MACROS,
    *parse.MACROS,
    *documents.MACROS,
)
_CALLED = re.compile(r'(\w+|"text [^"]*")\(')
_MACROS = {_CALLED.findall(sql)[0]: sql.replace("MACRO", "MACRO IF NOT EXISTS", 1) for sql in _ALL}


@contextmanager
def connect() -> Iterator[duckdb.DuckDBPyConnection]:
    """A new connection. What it spills is in a temporary folder that only this user can read."""
    with (
        TemporaryDirectory(prefix="logs-insights-") as folder,
        duckdb.connect(":memory:") as connection,
    ):
        connection.execute(";".join((*_SETTINGS, f"SET temp_directory = {values.quoted(folder)}")))
        yield connection


def define_macros(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Define the macros that the SQL calls; to define all takes as long as a small query."""
    needed: dict[str, str] = {}
    queue = _CALLED.findall(sql)
    while queue:
        name = queue.pop()
        if name in _MACROS and name not in needed:
            needed[name] = _MACROS[name]
            queue += _CALLED.findall(_MACROS[name])
    definitions = [sql for name, sql in _MACROS.items() if name in needed]
    connection.execute(";".join(("BEGIN", *definitions, "COMMIT")))
