"""A database in memory that knows what the SQL of this package needs."""

import duckdb

from . import aggregates, events, formats, ordering, values
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
_MACROS = (
    *values.MACROS,
    *numbers.MACROS,
    *addresses.MACROS,
    *formats.MACROS,
    *ordering.MACROS,
    *aggregates.MACROS,
    *parse.MACROS,
    *events.MACROS,
)


def connect() -> duckdb.DuckDBPyConnection:
    """A new connection; close it."""
    connection = duckdb.connect(":memory:")
    for setting in _SETTINGS:
        connection.execute(setting)
    connection.execute(";".join(("BEGIN", *_MACROS, "COMMIT")))
    return connection
